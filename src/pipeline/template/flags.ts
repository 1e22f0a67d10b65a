// Writes mappings as command line flags, as DVC does.
import { shellQuote } from '../../base/shell-quote.ts';
import { isList, isMap, isScalar, spellFloat, spellScalar } from '../../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../../base/value.ts';

/** How mappings become flags: `parsing.bool` and `parsing.list` of DVC's configuration. */
export interface FlagStyle {
  readonly bool: 'store_true' | 'boolean_optional';
  readonly list: 'nargs' | 'append';
}

export const defaultFlagStyle: FlagStyle = { bool: 'store_true', list: 'nargs' };

/** The dotted name of a list that contains more than scalars. */
export function nestedList(map: ValueMap): string | undefined {
  for (const [key, value] of flatten(map)) if (isList(value) && !value.every(isScalar)) return key;
  return undefined;
}

/** `--key value …`; nested names are joined with dots. */
export function spellFlags(map: ValueMap, style: FlagStyle): string {
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
