// Removes an entry of a mapping: its lines, with the comments inside and at the ends of them. Comments above stay.
import { afterDeeperComments, columnOf, isFirstOnLine, lineEnd, lineStart } from './lines.ts';
import type { Entry, Mapping } from './mapping.ts';
import type { Edit } from './splice.ts';

export interface RemoveOptions {
  /** Comments below that are indented deeper than the entry's key belong to it. */
  readonly withComments: boolean;
  /** Whether the line end at this offset is part of the value of a scalar before it. */
  readonly keepsLineEnd: (end: number) => boolean;
}

/** @param header where the part before the mapping ends: the removal of the last entry inserts `{}` there. */
export function removeEntry(
  text: string,
  mapping: Mapping,
  entry: Entry,
  header: number,
  options: RemoveOptions,
): readonly Edit[] {
  if (mapping.style === 'flow') return [inFlow(text, mapping, entry)];
  const only = mapping.entries.length === 1;
  const lines = isFirstOnLine(text, entry.start);
  if (!lines) {
    const next = mapping.entries[1];
    return [{ start: entry.start, end: next?.start ?? entry.end, text: next ? '' : '{}' }];
  }
  const empty: Edit[] = only ? [{ start: header, end: header, text: ' {}' }] : [];
  return [...empty, removeLines(text, entry, options)];
}

/** Removes the lines of an entry. A text without a line end at its end has none afterwards either. */
export function removeLines(text: string, { start, end }: Entry, options: RemoveOptions): Edit {
  const from = lineStart(text, start);
  const next = text[end - 1] === '\n' ? end : lineEnd(text, end);
  const to = options.withComments ? afterDeeperComments(text, next, columnOf(text, start)) : next;
  const open = to === text.length && text[to - 1] !== '\n';
  if (!open || from === 0 || options.keepsLineEnd(from)) return { start: from, end: to, text: '' };
  return { start: from - (text[from - 2] === '\r' ? 2 : 1), end: to, text: '' };
}

function inFlow(text: string, { entries }: Mapping, entry: Entry): Edit {
  const index = entries.findIndex(({ start }) => start === entry.start);
  const next = entries[index + 1];
  const comma = /^[ \t]*,/.exec(text.slice(entry.end))?.[0].length ?? 0;
  const cut = (start: number, end: number): Edit => ({ start, end, text: '' });
  const sharesLine = next !== undefined && next.start < lineEnd(text, entry.end);
  if (isFirstOnLine(text, entry.start)) {
    const rest = text.slice(entry.end + comma, lineEnd(text, entry.end));
    if (sharesLine) return cut(entry.start, next.start);
    if (/^[ \t]*(?:#[^\n]*)?\r?\n$/.test(rest))
      return cut(lineStart(text, entry.start), lineEnd(text, entry.end));
    return cut(entry.start, entry.end + comma);
  }
  if (index === 0) return sharesLine ? cut(entry.start, next.start) : cut(entry.start, entry.end + comma);
  // From the comma before it, which is on the same line.
  return cut(text.lastIndexOf(',', entry.start), entry.end);
}
