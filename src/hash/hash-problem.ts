// Failures of hashing as problems.
import { relative } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import { systemProblem } from '../disk/system-problem.ts';

/** A path for messages: relative to the project if it is inside. */
export function shownPath(path: string, root: string): string {
  return path.startsWith(`${root}/`) ? relative(root, path) : path;
}

export function notAFile(path: string, what: string): PipeError {
  return new PipeError({
    code: 'not-a-file',
    title: `${JSON.stringify(path)} is ${what}, not a file or a directory`,
    hint: 'only files, directories and (inside directories) symlinks can be dependencies and outputs',
  });
}

export function keepsChanging(path: string): PipeError {
  return new PipeError({
    code: 'file-changing',
    title: `${JSON.stringify(path)} changes while it is being hashed`,
    hint: 'wait until whatever writes it has ended, then run again',
  });
}

export function badEntry(path: string, why: string): PipeError {
  return new PipeError({
    code: 'bad-name',
    title: `${JSON.stringify(path)} cannot be part of a directory: ${why}`,
    hint: 'rename it or move it away',
  });
}

export function badSymlink(path: string, target: string, why: string): PipeError {
  return new PipeError({
    code: 'symlink-refused',
    title: `the symlink ${JSON.stringify(path)} cannot be part of a directory: ${why}`,
    facts: [['target', target]],
    hint: 'copy the file into the directory, or make the link relative to a place inside the project',
  });
}

/** Data or an output itself is such a link. */
export function linkOutside(path: string, target: string): PipeError {
  return new PipeError({
    code: 'symlink-refused',
    title: `the symlink ${JSON.stringify(path)} cannot be data or an output: it points outside of the project`,
    facts: [['target', target]],
    hint: 'replace it with what it leads to (`pipe add TARGET -o PATH` copies it), or link to a place inside of the project',
  });
}

/** An error of the operating system as a problem; any other error, and that a file is gone, stays as it is. */
export function readError(error: unknown, path: string): unknown {
  if (isGone(error)) return error;
  const problem = systemProblem(error, { doing: `read ${JSON.stringify(path)}`, denied: 'unreadable' });
  return problem === undefined ? error : new PipeError(problem);
}

/** The file was removed or replaced between the look at its name and the read. */
export function isGone(error: unknown): boolean {
  const code = errno(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
