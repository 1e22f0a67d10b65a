// A large text in pieces, so that it is never in memory as a whole.

/** Characters. */
const PIECE = 1 << 18;

/** @param lines without line ends. */
export function* piecesOf(lines: Iterable<string>): Iterable<string> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length <= PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
