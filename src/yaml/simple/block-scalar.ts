// Block scalars of the plain kind: `|`, `|-`, `>` and `>-`, whose first line gives the indentation.
import { leaveToFullReader } from './full-reader.ts';
import { afterSpaces, lineStop } from './lines.ts';

export const isBlockScalar = (text: string, at: number): boolean => text[at] === '|' || text[at] === '>';

/**
 * @param header what follows the key or the dash, without a comment.
 * @param starts where each of the lines of the scalar begins.
 */
export function readBlockScalar(text: string, header: string, starts: readonly number[]): string {
  if (!/^[|>]-?$/.test(header)) return leaveToFullReader();
  const lines = contentLines(text, starts);
  const content = header.startsWith('|') ? lines.join('\n') : fold(lines);
  return header.endsWith('-') ? content : `${content}\n`;
}

/** The lines without their indentation, up to the last one that is not blank. */
function contentLines(text: string, starts: readonly number[]): readonly string[] {
  const isBlank = (start: number): boolean => afterSpaces(text, start) === lineStop(text, start);
  const first = starts.find((start) => !isBlank(start));
  if (first === undefined) return leaveToFullReader();
  const indent = afterSpaces(text, first) - first;
  const last = starts.findLastIndex((start) => !isBlank(start));
  return starts.flatMap((start, index) => {
    const deeper = afterSpaces(text, start) - start - indent;
    // Spaces on a blank line can be content, and a line with less indentation is an error.
    if (isBlank(start) ? deeper > 0 : deeper < 0) leaveToFullReader();
    return index > last ? [] : [isBlank(start) ? '' : text.slice(start + indent, lineStop(text, start))];
  });
}

/** Joins neighbouring lines with a space; line ends beside blank and more deeply indented lines stay. */
function fold(lines: readonly string[]): string {
  let text = '';
  let previous: string | undefined;
  let blank = 0;
  for (const line of lines) {
    if (line === '') {
      blank += 1;
      continue;
    }
    const keepsLineEnds = line.startsWith(' ') || previous?.startsWith(' ') === true;
    if (previous === undefined) text += '\n'.repeat(blank);
    else if (keepsLineEnds) text += '\n'.repeat(blank + 1);
    else text += blank === 0 ? ' ' : '\n'.repeat(blank);
    text += line;
    previous = line;
    blank = 0;
  }
  return text;
}
