// The section `stages:` that `stage add` adds to a file without one. A comment marks it, so that `stage remove` of its last
// stage removes the section too and restores the file.
import { lineEnd, lineEndStyle } from '../../yaml/lines.ts';
import type { Entry, Mapping } from '../../yaml/mapping.ts';
import { removeLines, type RemoveOptions } from '../../yaml/remove-entry.ts';
import type { Edit } from '../../yaml/splice.ts';
import { flowEntry, type Plain } from '../../yaml/write-entry.ts';

const NOTE = '# begun by `pipe stage add`; goes with its last stage';

export const sectionHead = (column: number): string => `${' '.repeat(column)}stages:  ${NOTE}`;

/** Adds the section to a file that is one mapping in brackets. */
export function insertSectionInFlow(text: string, top: Mapping, stages: Plain): Edit {
  const eol = lineEndStyle(text, top.start);
  const at = top.entries.at(-1)?.end ?? top.start + 1;
  const comma = top.entries.length > 0 ? ',' : '';
  return { start: at, end: at, text: `${comma}${eol}  ${flowEntry('stages', stages)}  ${NOTE}${eol}` };
}

/** Undefined for a section that `stage add` did not add. */
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
