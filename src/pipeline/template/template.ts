// Resolves `${…}` in strings: looks up the names and inserts the values. Owns neither where the names come from (context.ts)
// nor which strings of a stage are resolved.
import { isList, isMap, isScalar, spellPython, spellScalar } from '../../base/spelling.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import { expressionsOf, isExactTemplate, type Expression, type TemplateFault } from './expression.ts';
import { defaultFlagStyle, nestedList, spellFlags, type FlagStyle } from './flags.ts';

export interface TemplateOptions {
  /** Mappings become flags (in `cmd`). */
  readonly flags?: FlagStyle;
  /** Gets the lines of a text whose flags contain line ends, which are part of an argument and do not end a line. */
  readonly onLines?: (lines: readonly string[]) => void;
  /** Lists and mappings are allowed: in `foreach`, `matrix` and at the top of a file. */
  readonly composite?: boolean;
}

export type Resolution = { readonly value: Value } | { readonly fault: TemplateFault };

/**
 * A string with its templates replaced. One that is exactly one `${…}` takes the value with its type; otherwise values
 * are spelled into the text.
 */
export function resolveTemplate(text: string, context: ValueMap, options: TemplateOptions = {}): Resolution {
  const expressions = expressionsOf(text);
  const exact = isExactTemplate(text);
  let result = '';
  let end = 0;
  /** The ranges of flags with line ends in the result. */
  const unsplit: (readonly [start: number, end: number])[] = [];
  for (const expression of expressions) {
    if (expression.fault) return { fault: expression.fault };
    const found = lookUp(expression, context);
    if ('fault' in found) return found;
    // A command that is only a mapping stays one; it is refused later, with its own message.
    if (exact && (options.composite || isScalar(found.value) || (options.flags && isMap(found.value))))
      return found;
    const spelled = spell(found.value, expression, options);
    if (typeof spelled !== 'string') return { fault: spelled };
    result += text.slice(end, expression.start);
    if (isMap(found.value) && spelled.includes('\n'))
      unsplit.push([result.length, result.length + spelled.length]);
    result += spelled;
    end = expression.end;
  }
  result += text.slice(end);
  if (unsplit.length > 0) options.onLines?.(linesAround(result, unsplit).map(withoutEscapes));
  return { value: withoutEscapes(result) };
}

const withoutEscapes = (text: string): string => text.replaceAll('\\${', '${');

/** The lines of a text, not split inside of these ranges. */
function linesAround(text: string, unsplit: readonly (readonly [start: number, end: number])[]): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const { index, 0: lineEnd } of text.matchAll(/\r?\n/g)) {
    if (unsplit.some(([from, to]) => index >= from && index < to)) continue;
    lines.push(text.slice(start, index));
    start = index + lineEnd.length;
  }
  return [...lines, text.slice(start)];
}

function lookUp({ path, text }: Expression, context: ValueMap): Resolution {
  let value: Value = context;
  for (let index = 0; index < path.length; index += 1) {
    const name = path[index]!;
    const next: Value | undefined = isMap(value)
      ? value.get(name)
      : isList(value)
        ? itemAt(value, name)
        : undefined;
    if (next === undefined) {
      const known = isMap(value)
        ? [...value.keys()].filter((key): key is string => typeof key === 'string')
        : [];
      const missing = { name, known };
      const title = unknownTitle(path, index, value);
      return { fault: { code: 'unknown-name', title, missing, text: `\${${text}}` } };
    }
    value = next;
  }
  return { value };
}

function unknownTitle(path: readonly string[], index: number, at: Value): string {
  const name = path.slice(0, index + 1).join('.');
  if (isMap(at)) return `could not find '${name}'`;
  const parent = path.slice(0, index).join('.');
  if (isList(at)) return `could not find '${name}': '${parent}' is a list of ${at.length}`;
  return `could not find '${name}': '${parent}' is a single value`;
}

function itemAt(list: readonly Value[], index: string): Value | undefined {
  return /^[-+]?\d+$/.test(index) ? list.at(Number(index)) : undefined;
}

function spell(
  value: Value,
  { text }: Expression,
  { flags, composite }: TemplateOptions,
): string | TemplateFault {
  if (isScalar(value)) return spellScalar(value);
  const fault = (title: string): TemplateFault => ({ code: 'template-type', title, text: `\${${text}}` });
  if (isMap(value) && flags) {
    const nested = nestedList(value);
    if (nested !== undefined)
      return fault(`\${${text}} cannot become flags: '${nested}' is a list that contains lists or mappings`);
    return spellFlags(value, flags);
  }
  if (composite) return isMap(value) ? spellFlags(value, defaultFlagStyle) : spellPython(value);
  return fault(`\${${text}} is a ${isMap(value) ? 'mapping' : 'list'}, which is not allowed here`);
}
