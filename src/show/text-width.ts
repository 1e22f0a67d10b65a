// How many columns a text takes on a terminal, and cutting it to fit. Control sequences take none, wide characters two.
import { stripVTControlCharacters } from 'node:util';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// Most texts are printable ASCII, whose width is its length.
const ASCII = /^[\x20-\x7e]*$/;
const NO_WIDTH = /^[\p{Cc}\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u;
/** East Asian wide and full-width blocks, after Unicode's EastAsianWidth.txt, and emoji. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}])/u;

export interface Cell {
  readonly text: string;
  readonly width: 1 | 2;
}

/** The visible characters of a text, combining marks joined to what they stand on. */
export function cells(text: string): Cell[] {
  const list: Cell[] = [];
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) {
    if (!NO_WIDTH.test(segment)) list.push({ text: segment, width: WIDE.test(segment) ? 2 : 1 });
  }
  return list;
}

/** Columns. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return cells(text).reduce((sum, { width }) => sum + width, 0);
}

/** Spaces after a text, up to a width in columns. */
export const padTo = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - textWidth(text)));

/** At most `width` columns of a text without colours; what is cut ends in `…`. */
export function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 0) return '';
  let used = 1;
  let kept = '';
  for (const cell of cells(text)) {
    if (used + cell.width > width) break;
    used += cell.width;
    kept += cell.text;
  }
  return `${kept}…`;
}

/** What a stage printed, made safe to show inside a line of ours: no control characters, tabs as spaces. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll('\t', '    ')
    .replace(/\p{Cc}+/gu, ' ')
    .trimEnd();
