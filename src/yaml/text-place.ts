// Converts offsets in a text to the places that problems show.
import type { Place } from '../base/problem.ts';

/** Longer source lines are not shown. */
const MAX_SHOWN = 400;

export const stripBom = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);

/** Places of one text, by offset in UTF-16 units. */
export function placer(text: string, file: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const start = starts[low]!;
    const end = text.indexOf('\n', start);
    const length = (end < 0 ? text.length : end) - start;
    const column = Math.min(offset, text.length) - start + 1;
    return {
      file,
      line: low + 1,
      column,
      ...(length <= MAX_SHOWN && { source: text.slice(start, start + length).replace(/\r$/, '') }),
    };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
