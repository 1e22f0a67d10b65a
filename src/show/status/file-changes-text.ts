// Which files of a folder changed, in a few lines.
import type { FileChange } from '../../plan/folder-changes.ts';
import { spelledOut } from '../text/spell-out.ts';

const MOST = 10;

/** The first ten, and how many more there are. */
export function fileChangesText(changes: readonly FileChange[]): string[] {
  const shown = changes.length > MOST + 1 ? changes.slice(0, MOST) : changes;
  const lines = shown.map(({ path, status }) => `${status.padEnd('modified'.length)}  ${spelledOut(path)}`);
  return shown.length < changes.length
    ? [...lines, `and ${changes.length - shown.length} more of ${changes.length}`]
    : lines;
}
