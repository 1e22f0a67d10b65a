// The ranges of syntax tokens, without the blanks and comments around their content.
import type { CST } from 'yaml';

/** A pair of a mapping or an item of a list. */
export interface SyntaxItem {
  readonly start: readonly CST.SourceToken[];
  readonly key?: CST.Token | null;
  readonly sep?: readonly CST.SourceToken[];
  readonly value?: CST.Token;
}

const isContent = ({ type }: CST.Token): boolean =>
  type !== 'space' && type !== 'newline' && type !== 'comment' && type !== 'comma';

const endOf = ({ offset, source }: CST.SourceToken): number => offset + source.length;

export const isProperty = ({ type }: CST.SourceToken): boolean => type === 'anchor' || type === 'tag';

/** After the last character of a node. */
export function contentEnd(token: CST.Token): number {
  switch (token.type) {
    case 'block-map':
    case 'block-seq':
      return Math.max(token.offset, ...token.items.map(itemEnd));
    case 'flow-collection':
      return endOf(token.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end')!);
    case 'block-scalar':
      return blockScalarEnd(token);
    default:
      return 'source' in token ? token.offset + token.source.length : token.offset;
  }
}

/** Blank lines at the end are content only with `+` (`|+`). */
function blockScalarEnd({ props, source }: CST.BlockScalar): number {
  const header = props.find((prop) => prop.type === 'block-scalar-header') as CST.SourceToken;
  const start = contentEnd(props.at(-1)!);
  if (header.source.includes('+')) return start + source.length;
  const length = source.replace(/[ \t\r\n]+$/, '').length;
  return length === 0 ? endOf(header) : start + length;
}

/** Where a pair or an item begins: at its indicator, the properties of its key, or its key. */
export function itemStart(item: SyntaxItem): number {
  const first = item.start.find(isContent) ?? item.key ?? item.sep?.find(isContent) ?? item.value;
  return first?.offset ?? 0;
}

export function itemEnd(item: SyntaxItem): number {
  if (item.value) return contentEnd(item.value);
  return headerEnd(item);
}

/** Where the part before the value ends: after the colon and the properties of the value. */
export function headerEnd({ start, key, sep }: SyntaxItem): number {
  const last = sep?.findLast(isContent);
  if (last) return endOf(last);
  if (key) return contentEnd(key);
  const indicator = start.findLast(isContent);
  return indicator ? endOf(indicator) : 0;
}

/** Where the value begins, its properties included; undefined where nothing is written. */
export function valueStart({ sep, value }: SyntaxItem): number | undefined {
  return (sep?.find(isProperty) ?? value)?.offset;
}
