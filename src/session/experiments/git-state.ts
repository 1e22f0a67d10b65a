// The commit of the workspace, and whether its code differs from it.
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { isWithin } from '../../base/workspace-path.ts';
import { runProgram } from '../../base/run-program.ts';
import { paramSources } from '../../pipeline/params/param-sources.ts';
import type { Project } from '../../pipeline/project.ts';

export interface GitState {
  /** Undefined outside of git, and before the first commit. */
  readonly revision: string | undefined;
  /** Tracked files differ that are neither files of parameters alone, which an experiment has itself, nor written by stages. */
  readonly dirty: boolean;
  /** Digest of all changes of tracked files. */
  readonly changes: string | undefined;
}

export function gitState(project: Project): GitState {
  const { root } = project;
  const head = git(root, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (head === undefined) return { revision: undefined, dirty: false, changes: undefined };
  const revision = head.trim();
  const names =
    git(root, ['diff', 'HEAD', '--name-only', '--relative', '-z'])?.split('\0').filter(Boolean) ?? [];
  const inputs = names.filter(
    (name) => !/^(?:pipeline|dvc)\.lock$/.test(posix.basename(name)) && !isOut(name, project),
  );
  if (inputs.length === 0) return { revision, dirty: false, changes: undefined };
  const params = new Set<string>(paramSources(project).map(({ file }) => file));
  // They have more than their `vars`.
  for (const file of project.files) params.delete(file);
  const text = git(root, [
    'diff',
    'HEAD',
    '--binary',
    '--no-ext-diff',
    '--no-textconv',
    '--',
    ...inputs.map(literal),
  ]);
  return {
    revision,
    dirty: inputs.some((name) => !params.has(name)),
    changes: createHash('sha256')
      .update(text ?? '')
      .digest('hex')
      .slice(0, 16),
  };
}

const literal = (path: string): string => `:(literal)${path}`;

const isOut = (path: string, { stages }: Project): boolean =>
  stages.some(({ outs }) => outs.some(({ at }) => isWithin(path, at)));

/** Undefined where git fails or is not installed. */
function git(cwd: string, args: readonly string[]): string | undefined {
  const end = runProgram('git', args, { cwd });
  return end.kind === 'exited' && end.code === 0 ? end.stdout : undefined;
}
