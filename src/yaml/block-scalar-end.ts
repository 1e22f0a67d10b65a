// Finds block scalars at the end of a text without a line end. Readers disagree whether such a scalar ends with one, so an
// edit there would change its value for some of them.
import type { CST } from 'yaml';
import { contentEnd, type SyntaxItem } from './token-range.ts';

/** Whether only blanks separate an offset from a block scalar before it to which a line end would be content. */
export function endsInBlockScalar(text: string, root: CST.Token | undefined, at: number): boolean {
  return (
    root !== undefined &&
    scalarsOf(root).some((scalar) => {
      const end = contentEnd(scalar);
      return end <= at && text.slice(end, at).trim() === '';
    })
  );
}

function scalarsOf(token: CST.Token): readonly CST.BlockScalar[] {
  if (token.type === 'block-scalar') return isStripped(token) ? [] : [token];
  if (!('items' in token)) return [];
  return (token.items as readonly SyntaxItem[]).flatMap(({ value }) => (value ? scalarsOf(value) : []));
}

const isStripped = ({ props }: CST.BlockScalar): boolean =>
  props.some((prop) => prop.type === 'block-scalar-header' && prop.source.includes('-'));
