// Lines of a text by offset. A line includes its end, `\n` or `\r\n`; the last one may have none.

export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** Where the line ends: after its line end, or at the end of the text. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

export const columnOf = (text: string, at: number): number => at - lineStart(text, at);

/** Only spaces precede the offset on its line. */
export const isFirstOnLine = (text: string, at: number): boolean =>
  /^ *$/.test(text.slice(lineStart(text, at), at));

/** The line end of the text near an offset. */
export function lineEndStyle(text: string, at: number): '\n' | '\r\n' {
  const before = text.lastIndexOf('\n', at - 1);
  const near = before >= 0 ? before : text.indexOf('\n', at);
  return near > 0 && text[near - 1] === '\r' ? '\r\n' : '\n';
}

/** A line without content: blank, or a comment. */
const TRIVIA = /^([ \t]*)(?:(#)[^\n]*)?\r?\n?$/;

/**
 * The end of the comments from a line on that are indented deeper than a column: they belong to the entry before them.
 * @param from the start of a line. @returns the start of a line; `from` if there are none.
 */
export function afterDeeperComments(text: string, from: number, column: number): number {
  let end = from;
  for (let at = from; at < text.length; at = lineEnd(text, at)) {
    const line = TRIVIA.exec(text.slice(at, lineEnd(text, at)));
    if (!line) break;
    if (line[2] !== undefined && line[1]!.length > column) end = lineEnd(text, at);
  }
  return end;
}
