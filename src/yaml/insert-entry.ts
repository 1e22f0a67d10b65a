// Inserts an entry into a mapping such that removing it (remove-entry.ts) restores the earlier bytes.
import { afterDeeperComments, columnOf, isFirstOnLine, lineEnd, lineEndStyle, lineStart } from './lines.ts';
import type { Entry, Mapping } from './mapping.ts';
import type { Edit } from './splice.ts';
import { flowEntry, blockEntry, type Layout, type Plain } from './write-entry.ts';

const insertion = (at: number, text: string): Edit => ({ start: at, end: at, text });

/** @param header where the part before the mapping ends; @param entry on one line. */
export function insertFirst(text: string, mapping: Mapping, header: number, entry: string): Edit {
  const [first] = mapping.entries;
  if (!first) return insertion(mapping.start + 1, entry);
  if (mapping.style === 'flow') return insertion(first.start, `${entry}, `);
  const eol = lineEndStyle(text, first.start);
  if (isFirstOnLine(text, first.start))
    return insertion(lineEnd(text, header), indentOf(text, first) + entry + eol);
  return insertion(first.start, entry + eol + ' '.repeat(columnOf(text, first.start)));
}

const indentOf = (text: string, { start }: Entry): string => text.slice(lineStart(text, start), start);

/** Inserts after the last entry of a flow mapping, with a comma if there is one. */
export function insertLastInFlow(mapping: Mapping, key: string, value: Plain): Edit {
  const last = mapping.entries.at(-1);
  const entry = flowEntry(key, value);
  return last ? insertion(last.end, `, ${entry}`) : insertion(mapping.start + 1, entry);
}

/**
 * Inserts after the last entry of a block mapping and the comments inside of it.
 * @param endsOpen the text ends inside of a scalar whose value a line end after it would change.
 */
export function insertLastInBlock(
  text: string,
  mapping: Mapping,
  key: string,
  value: Plain,
  layout: Layout,
  endsOpen: boolean,
): Edit {
  const first = mapping.entries[0]!;
  const lines = blockEntry(key, value, columnOf(text, first.start), layout);
  if (!isFirstOnLine(text, first.start)) {
    const eol = lineEndStyle(text, first.start);
    return insertion(
      first.start,
      lines.join(eol).trimStart() + eol + ' '.repeat(columnOf(text, first.start)),
    );
  }
  const last = mapping.entries.at(-1)!;
  if (endsOpen && lineEnd(text, last.end) === text.length)
    return insertLines(text, lineStart(text, first.start), lines);
  return insertLines(text, afterEntry(text, last.end, columnOf(text, first.start)), lines);
}

/** The start of the line after an entry that ends at an offset, and after the comments inside of it. */
export function afterEntry(text: string, end: number, column: number): number {
  // A scalar that keeps its blank lines ends with them.
  const next = end > 0 && text[end - 1] === '\n' ? end : lineEnd(text, end);
  return afterDeeperComments(text, next, column);
}

/** @param at the start of a line, or the end of the text, which keeps its end: with or without a line end. */
export function insertLines(text: string, at: number, lines: readonly string[]): Edit {
  const eol = lineEndStyle(text, at);
  const block = lines.join(eol);
  const afterOpenLine = at === text.length && at > 0 && text[at - 1] !== '\n';
  return insertion(at, afterOpenLine ? eol + block : block + eol);
}
