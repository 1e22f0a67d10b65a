// The markers that git leaves in a file where two branches changed the same lines.
import { PipeError, type Place } from '../base/problem.ts';

const MARKER = /^(?:<{7}|>{7}|\|{7})(?: |\r?$)/m;

/** The place of the first one; undefined without any. */
export function conflictPlace(text: string, file: string): Place | undefined {
  if (!MARKER.test(text)) return undefined;
  const lines = text.split('\n');
  const line = lines.findIndex((candidate) => MARKER.test(candidate));
  return { file, line: line + 1, column: 1, source: lines[line]!.replace(/\r$/, '') };
}

/** @throws PipeError naming the first marker in a lock file. */
export function refuseConflictMarkers(text: string, file: string): void {
  const place = conflictPlace(text, file);
  if (!place) return;
  throw new PipeError({
    code: 'lock-conflict',
    title: 'the lock file has unresolved merge conflicts',
    hint: 'resolve them (git can call `pipe lock merge`: see `pipe init --git`), or take either side: stages that differ are restored or run again; nothing was changed',
    place,
  });
}

/** The error to report for a file that cannot be parsed: the merge conflict, if it has one, since that causes the others. */
export function orConflict(error: PipeError, text: string, file: string): PipeError {
  const place = conflictPlace(text, file);
  const [first] = error.problems;
  if (!place || !first) return error;
  return new PipeError({
    code: first.code,
    title: 'the file has unresolved merge conflicts',
    hint: 'resolve them, or take either side',
    place,
  });
}
