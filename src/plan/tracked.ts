// Which paths of the workspace git tracks: they are sources, even if a stage once made them.
import { basename, dirname } from 'node:path';
import { runProgram } from '../base/run-program.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';

/**
 * @param root absolute root of the project.
 * @param unmodified leave out paths with a tracked file that differs from git's version.
 * @returns those that git tracks, or that hold a tracked file; none outside of git, or where git is not installed.
 */
export function trackedAmong(
  root: string,
  paths: readonly WorkspacePath[],
  unmodified = false,
): ReadonlySet<WorkspacePath> {
  const tracked = new Set<WorkspacePath>();
  // A call per folder, since a folder can be in a repository of its own.
  for (const [folder, inside] of Map.groupBy(paths, (at) => dirname(absolutePath(root, at)))) {
    const found = listed(folder, inside, []);
    const modified = unmodified ? listed(folder, inside, ['--modified']) : new Set<WorkspacePath>();
    for (const at of found) if (!modified.has(at)) tracked.add(at);
  }
  return tracked;
}

function listed(
  folder: string,
  paths: readonly WorkspacePath[],
  options: readonly string[],
): ReadonlySet<WorkspacePath> {
  const end = runProgram(
    'git',
    ['--literal-pathspecs', 'ls-files', '-z', ...options, '--', ...paths.map((at) => basename(at))],
    { cwd: folder },
  );
  if (end.kind !== 'exited' || end.code !== 0) return new Set();
  const names = new Set(end.stdout.split('\0').map((path) => path.split('/', 1)[0]!));
  return new Set(paths.filter((at) => names.has(basename(at))));
}
