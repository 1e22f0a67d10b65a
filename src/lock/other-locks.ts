// Reads the lock files, besides those of the workspace, whose results garbage collection keeps: those of `--lock` in the cache folder,
// and those of other git branches.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';
import { decode } from '../yaml/read-text.ts';
import { naming } from '../disk/system-problem.ts';
import type { Lock } from './lock-entry.ts';
import type { LockFormat } from './lock-file.ts';

/** @param folder absolute. @throws PipeError for a file with the name of a lock file that cannot be read as one. */
export function locksInFolder(folder: string, format: LockFormat): Lock[] {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.lock') && name !== 'run.lock')
    : [];
  return names.map((name) =>
    format.parse(decode(readBytes(join(folder, name)), name, 'lock-unreadable'), name),
  );
}

const readBytes = (file: string): Buffer => naming(file, () => readFileSync(file));

/**
 * @param root absolute folder of the project; @param name of the lock files.
 * @throws PipeError when the project is not in a git repository.
 */
export function locksOfBranches(root: string, name: string, format: LockFormat): Lock[] {
  const branches = git(root, [
    'for-each-ref',
    '--format=%(refname)',
    'refs/heads',
    'refs/remotes',
    'refs/tags',
  ])
    .split('\n')
    .filter(Boolean);
  return branches.flatMap((branch) =>
    git(root, ['ls-tree', '-r', '-z', '--name-only', branch, '.'])
      .split('\0')
      .filter((path) => path === name || path.endsWith(`/${name}`))
      .map((path) => format.parse(git(root, ['show', `${branch}:./${path}`]), `${branch}:${path}`)),
  );
}

function git(cwd: string, args: readonly string[]): string {
  const end = runProgram('git', args, { cwd });
  if (end.kind === 'exited' && end.code === 0) return end.stdout;
  const reasons = { missing: 'git is not installed', killed: 'a signal ended git' };
  const reason = end.kind === 'exited' ? end.stderr.trim() || `exit code ${end.code}` : reasons[end.kind];
  throw new PipeError({
    code: 'git-failed',
    title: 'git cannot list the branches',
    facts: [['reason', reason]],
    hint: 'run this in a git repository, or leave out --all-branches',
  });
}
