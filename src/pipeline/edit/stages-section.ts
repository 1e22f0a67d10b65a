// The section `stages:` that `stage add` begins in a file that has none. It is marked, so that the section goes with its
// last stage, and the file is as before.
import { lineEnd, lineEndStyle } from '../../yaml/lines.ts';
import type { Entry, Mapping } from '../../yaml/mapping.ts';
import { removeLines, type RemoveOptions } from '../../yaml/remove-entry.ts';
import type { Edit } from '../../yaml/splice.ts';
import { flowEntry, type Plain } from '../../yaml/write.ts';

const NOTE = '# begun by `pipe stage add`; goes with its last stage';

export const sectionHead = (column: number): string => `${' '.repeat(column)}stages:  ${NOTE}`;

/** In a file whose whole is written in brackets. */
export function insertSectionInFlow(text: string, top: Mapping, stages: Plain): Edit {
  const eol = lineEndStyle(text, top.start);
  const at = top.entries.at(-1)?.end ?? top.start + 1;
  const comma = top.entries.length > 0 ? ',' : '';
  return { start: at, end: at, text: `${comma}${eol}  ${flowEntry('stages', stages)}  ${NOTE}${eol}` };
}

/** Undefined where `stage add` did not begin the section. */
export function removeSection(
  text: string,
  top: Mapping,
  stages: Entry,
  options: RemoveOptions,
): Edit | undefined {
  const from = top.style === 'block' ? stages.headerEnd : stages.end;
  const marked = text.slice(from, lineEnd(text, from)).trim() === NOTE;
  if (!marked) return undefined;
  if (top.style === 'block') return removeLines(text, stages, options);
  const before = /,?\r?\n *$/.exec(text.slice(0, stages.start));
  return before ? { start: before.index, end: lineEnd(text, from), text: '' } : undefined;
}
