// Where a text ends inside of a block scalar without a line end, readers disagree whether the scalar ends with one. Edits
// at such a place would change its value for one of them.
import type { CST } from 'yaml';
import { contentEnd, type Item } from './token-range.ts';

/** Whether only blanks separate an offset from a block scalar before it that takes a line end at its end for content. */
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
  return (token.items as readonly Item[]).flatMap(({ value }) => (value ? scalarsOf(value) : []));
}

const isStripped = ({ props }: CST.BlockScalar): boolean =>
  props.some((prop) => prop.type === 'block-scalar-header' && prop.source.includes('-'));
