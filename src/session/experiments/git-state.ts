// The commit of the workspace, and whether tracked files differ from it. Lock files do not count: runs write them.
import { createHash } from 'node:crypto';
import { runProgram } from '../../base/run-program.ts';

export interface GitState {
  /** Undefined outside of git, and before the first commit. */
  readonly revision: string | undefined;
  /** Digest of the changes. */
  readonly dirty: string | undefined;
}

export function gitState(root: string): GitState {
  const head = git(root, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (head === undefined) return { revision: undefined, dirty: undefined };
  const locks = [':(exclude,glob)**/pipeline.lock', ':(exclude,glob)**/dvc.lock'];
  const changes = git(root, [
    'diff',
    'HEAD',
    '--binary',
    '--no-ext-diff',
    '--no-textconv',
    '--',
    '.',
    ...locks,
  ]);
  const dirty = changes ? createHash('sha256').update(changes).digest('hex').slice(0, 16) : undefined;
  return { revision: head.trim(), dirty };
}

/** Undefined where git fails or is not installed. */
function git(cwd: string, args: readonly string[]): string | undefined {
  const end = runProgram('git', args, { cwd });
  return end.kind === 'exited' && end.code === 0 ? end.stdout : undefined;
}
