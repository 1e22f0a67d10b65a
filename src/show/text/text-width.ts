// How many columns a text takes on a terminal, and cutting it to fit. Control sequences take none, wide characters two.
import { stripVTControlCharacters } from 'node:util';

/** Made when first needed, for that takes 20 ms: most texts are simple. */
let segmenter: Intl.Segmenter | undefined;

/** Letters of Western languages, arrows, box drawing, bars and dots: one column each, and nothing that combines. */
const SIMPLE = /^[\x20-\x7e\xa1-\xac\xae-\xff\u2026\u2212\u2260\u2190-\u21ff\u2500-\u25ff\u2800-\u28ff]*$/;
// Functions, since reading such patterns takes time, and few runs need them.
const noWidth = (): RegExp => /^[\p{Cc}\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u;
/** East Asian wide and full-width blocks, after Unicode's EastAsianWidth.txt, and emoji. */
const wide = (): RegExp =>
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}])/u;

export interface Cell {
  readonly text: string;
  readonly width: 1 | 2;
}

/** The visible characters of a text, combining marks joined to their base. */
export function cells(text: string): Cell[] {
  const visible = stripVTControlCharacters(text);
  if (SIMPLE.test(visible)) return Array.from(visible, (character): Cell => ({ text: character, width: 1 }));
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const list: Cell[] = [];
  for (const { segment } of segmenter.segment(visible)) {
    if (!noWidth().test(segment)) list.push({ text: segment, width: wide().test(segment) ? 2 : 1 });
  }
  return list;
}

/** Columns. */
export function textWidth(text: string): number {
  const visible = stripVTControlCharacters(text);
  return SIMPLE.test(visible) ? visible.length : cells(visible).reduce((sum, { width }) => sum + width, 0);
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
