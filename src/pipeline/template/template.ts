// Resolves `${…}` in strings: looks up the names and inserts the values. Owns neither where the names come from (context.ts)
// nor which strings of a stage are resolved.
import { isList, isMap, spellFloat, spellPython, spellScalar } from '../../base/spelling.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import type { Scalar, Value, ValueMap } from '../../base/value.ts';

/** A fault of a template. */
export interface TemplateFault {
  readonly code: 'template-syntax' | 'unknown-name' | 'template-type';
  readonly title: string;
  /** The name that was not found, and the names that exist in its place. */
  readonly missing?: { readonly name: string; readonly known: readonly string[] };
  /** The template. */
  readonly text: string;
}

/** How mappings become flags: `parsing.bool` and `parsing.list` of DVC's configuration. */
export interface FlagStyle {
  readonly bool: 'store_true' | 'boolean_optional';
  readonly list: 'nargs' | 'append';
}

export const defaultFlagStyle: FlagStyle = { bool: 'store_true', list: 'nargs' };

export interface TemplateOptions {
  /** Mappings become flags (in `cmd`). */
  readonly flags?: FlagStyle;
  /** Gets the lines of a text whose flags contain line ends, which are part of an argument and do not end a line. */
  readonly onLines?: (lines: readonly string[]) => void;
  /** Lists and mappings are allowed: in `foreach`, `matrix` and at the top of a file. */
  readonly composite?: boolean;
}

export type Resolution = { readonly value: Value } | { readonly fault: TemplateFault };

interface Expression extends ParsedName {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The words of a name, or its fault. */
interface ParsedName {
  readonly path: readonly string[];
  readonly fault?: TemplateFault;
}

/** The members of a group have the same templates. Bounded, since there can be many texts. */
const remembered = new Map<string, readonly Expression[]>();
const MOST_REMEMBERED = 1000;
const LONG = 2000;
/** The last long text: it is parsed several times in a row. */
let long: { readonly text: string; readonly expressions: readonly Expression[] } | undefined;

function expressionsOf(text: string): readonly Expression[] {
  if (text.length >= LONG) {
    if (long?.text !== text) long = { text, expressions: findExpressions(text) };
    return long.expressions;
  }
  const known = remembered.get(text);
  if (known) return known;
  const expressions = findExpressions(text);
  if (remembered.size < MOST_REMEMBERED) remembered.set(text, expressions);
  return expressions;
}

/**
 * Every `${…}`, from left to right: up to the first `}` on the same line. A backslash before it makes it literal.
 * No regular expression, as that takes quadratic time for a text of many `${`.
 */
function findExpressions(text: string): Expression[] {
  const expressions: Expression[] = [];
  let lineEnd = -1;
  let brace = -1;
  for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', start)) {
    if (text[start - 1] === '\\') {
      start += 2;
      continue;
    }
    if (lineEnd < start) lineEnd = indexOrEnd(text, '\n', start);
    if (brace < start) brace = indexOrEnd(text, '}', start);
    if (brace < lineEnd) {
      const inner = text.slice(start + 2, brace);
      expressions.push({ start, end: brace + 1, text: inner, ...parseExpression(inner) });
      start = brace + 1;
    } else start = lineEnd;
  }
  return expressions;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index < 0 ? text.length : index;
}

export const isTemplate = (text: string): boolean => expressionsOf(text).length > 0;

/** The string is one `${…}` and nothing else. */
export function isExactTemplate(text: string): boolean {
  const [only, ...more] = expressionsOf(text);
  return only !== undefined && more.length === 0 && only.start === 0 && only.end === text.length;
}

/** Syntax errors of the templates in a string, without looking anything up. */
export function templateFaults(text: string): TemplateFault[] {
  return expressionsOf(text).flatMap(({ fault }) => (fault ? [fault] : []));
}

/**
 * A string with its templates replaced. One that is exactly one `${…}` takes the value with its type; otherwise values
 * are spelled into the text.
 */
export function resolveTemplate(text: string, context: ValueMap, options: TemplateOptions = {}): Resolution {
  const expressions = expressionsOf(text);
  const exact =
    expressions.length === 1 && expressions[0]!.start === 0 && expressions[0]!.end === text.length;
  let result = '';
  let end = 0;
  /** The ranges of flags with line ends in the result. */
  const whole: (readonly [start: number, end: number])[] = [];
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
      whole.push([result.length, result.length + spelled.length]);
    result += spelled;
    end = expression.end;
  }
  result += text.slice(end);
  if (whole.length > 0) options.onLines?.(linesAround(result, whole).map(withoutEscapes));
  return { value: withoutEscapes(result) };
}

const withoutEscapes = (text: string): string => text.replaceAll('\\${', '${');

/** The lines of a text, not split inside of these ranges. */
function linesAround(text: string, whole: readonly (readonly [start: number, end: number])[]): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const { index, 0: lineEnd } of text.matchAll(/\r?\n/g)) {
    if (whole.some(([from, to]) => index >= from && index < to)) continue;
    lines.push(text.slice(start, index));
    start = index + lineEnd.length;
  }
  return [...lines, text.slice(start)];
}

const isScalar = (value: Value): value is Scalar => value === null || typeof value !== 'object';

/** `a.b`, `a[b]`: words without `.`, `[` and `]`. */
function parseExpression(text: string): ParsedName {
  const wrong = (title: string): ParsedName => ({
    path: [],
    fault: { code: 'template-syntax', title, text: `\${${text}}` },
  });
  const word = /[^.[\]]+/y;
  const step = /\s*(?:\.([^.[\]]+)|\[([^.[\]]+)\s*\])/y;
  const first = word.exec(text);
  if (!first)
    return wrong(text === '' ? 'a name is missing in ${}' : `a name is missing at the start of \${${text}}`);
  const path = [first[0].trim()];
  let at = word.lastIndex;
  while (at < text.length) {
    step.lastIndex = at;
    const match = step.exec(text);
    if (!match) {
      if (text.slice(at).trim() === '') break;
      const rest = text.slice(at).trimStart();
      const title = rest.startsWith('[')
        ? `\`[\` without a name and \`]\` after it in \${${text}}`
        : `unexpected ${JSON.stringify(rest.charAt(0))} in \${${text}}`;
      return wrong(title);
    }
    path.push((match[1] ?? match[2])!.trim());
    at = step.lastIndex;
  }
  return { path };
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

/** The dotted name of a list that contains more than scalars. */
function nestedList(map: ValueMap): string | undefined {
  for (const [key, value] of flatten(map)) if (isList(value) && !value.every(isScalar)) return key;
  return undefined;
}

/** `--key value …`; nested names are joined with dots. */
function spellFlags(map: ValueMap, style: FlagStyle): string {
  const words: string[] = [];
  for (const [key, value] of flatten(map)) {
    if (value === true) words.push(`--${key}`);
    else if (value === false) {
      if (style.bool === 'boolean_optional') words.push(`--no-${key}`);
    } else if (isList(value)) {
      const items = (value as readonly Scalar[]).map(spellArgument);
      if (style.list === 'append') for (const item of items) words.push(`--${key} ${item}`);
      else if (items.length > 0) words.push(`--${key} ${items.join(' ')}`);
    } else words.push(`--${key} ${spellArgument(value as Scalar)}`);
  }
  return words.join(' ');
}

function spellArgument(value: Scalar): string {
  if (typeof value === 'string') return shellQuote(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? spellFloat(value) : spellScalar(value);
}

function* flatten(map: ValueMap, prefix = ''): Generator<[string, Value]> {
  for (const [key, value] of map) {
    const name = prefix + spellScalar(key);
    if (isMap(value)) yield* flatten(value, `${name}.`);
    else yield [name, value];
  }
}
