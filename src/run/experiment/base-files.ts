// The files that every work folder has: those that git tracks, as they are in the workspace, without the outputs of stages. Outside of
// git, all small files of the project. Folders of installed packages are links to those of the workspace.
import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isWithin, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { runProgram } from '../../base/run-program.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { Mirror } from './mirror.ts';

export interface BaseFiles {
  /** Relative to the top. */
  readonly files: readonly string[];
  /** Files that git tracks and that are too large to be copied into every folder. */
  readonly large: readonly WorkspacePath[];
  /** Relative to the top; they become links. */
  readonly environments: readonly string[];
}

/** Installed packages, which git ignores: what stages need to run, not what they read. */
const ENVIRONMENTS = ['.venv', 'venv', 'node_modules', '.env'];
/** Bytes. Outside of git, larger files are data, which stages declare. */
const SMALL = 256 << 10;

/** @param ours absolute folders of the engine. */
export function baseFiles(
  mirror: Mirror,
  git: string | undefined,
  stages: readonly Stage[],
  ours: readonly string[],
): BaseFiles {
  const { top, root } = mirror;
  const outs = new Set<string>(stages.flatMap((stage) => stage.outs.map(({ at }) => at)));
  const isOutput = (path: string): boolean => {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
      if (outs.has(path.slice(0, end))) return true;
    return false;
  };
  const found = (git === undefined ? undefined : trackedFiles(git)) ?? smallFiles(root, ours);
  const paths = found.filter((path) => !isOutput(workspacePath(root, '.' as WorkspacePath, path)));
  const files = paths.filter((path) => lstatSync(path).size <= SMALL).map((path) => relative(top, path));
  const large = paths.filter((path) => lstatSync(path).size > SMALL);
  const tracked = new Set(files);
  const environments = ENVIRONMENTS.map((name) => relative(top, join(root, name))).filter(
    (path) => !tracked.has(path) && !files.some((file) => isWithin(file, path)) && exists(join(top, path)),
  );
  return {
    files,
    large: large.map((path) => workspacePath(root, '.' as WorkspacePath, path)),
    environments,
  };
}

/** Absolute paths; undefined where git cannot list them. */
function trackedFiles(git: string): readonly string[] | undefined {
  const end = runProgram('git', ['ls-files', '-z', '--recurse-submodules'], { cwd: git });
  if (end.kind !== 'exited' || end.code !== 0) return undefined;
  return end.stdout
    .split('\0')
    .filter(Boolean)
    .map((path) => join(git, path))
    .filter((path) => isFileOrLink(path));
}

function smallFiles(root: string, ours: readonly string[]): readonly string[] {
  const skipped = new Set([...ours, ...ENVIRONMENTS.map((name) => join(root, name)), join(root, '.git')]);
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (skipped.has(path)) return [];
      if (entry.isDirectory()) return walk(path);
      if (entry.isSymbolicLink()) return [path];
      return entry.isFile() && lstatSync(path).size <= SMALL ? [path] : [];
    });
  return walk(root);
}

/** The top of the git repository around a folder. */
export function gitTopOf(root: string): string | undefined {
  const end = runProgram('git', ['rev-parse', '--show-toplevel'], { cwd: root });
  return end.kind === 'exited' && end.code === 0 ? end.stdout.replace(/\n$/, '') : undefined;
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** A submodule is listed as one path, a folder; a file can be missing in the workspace. */
function isFileOrLink(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true || stats?.isSymbolicLink() === true;
}
