// `pipe lock merge`: git's merge driver for lock files, and its installation by `pipe init --git`.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mergeDvcLocks, type MergedText } from '../dvc/merge-lock.ts';
import { mergeLocks } from '../lock/merge.ts';
import { formatLock, parseLock } from '../lock/pipe-format.ts';
import { errno, PipeError } from '../base/problem.ts';
import { spelledOut } from '../show/text/spell-out.ts';

const DRIVER = 'pipe-lock';
const LOCKS = { pipe: 'pipeline.lock', dvc: 'dvc.lock' } as const;

/**
 * As git calls it: three files, of which `ours` receives the result. @param shown the path in the repository.
 * @returns the exit code. @throws PipeError for a side that cannot be read; git then leaves the merge to the user.
 */
export function lockMergeCommand(
  base: string,
  ours: string,
  theirs: string,
  shown: string = LOCKS.pipe,
): number {
  const merge = basename(shown) === LOCKS.dvc ? mergeDvcLocks : mergePipeLocks;
  const [before, our, their] = [base, ours, theirs].map((file) => readFileSync(file, 'utf8'));
  const { text, both } = merge(before!, our!, their!, shown);
  // git's own temporary file: what a crash leaves of it is never looked at.
  writeFileSync(ours, text);
  if (both.length > 0)
    process.stderr.write(
      `${spelledOut(shown)}: both branches ran ${both.map(spelledOut).join(', ')}; our record is kept, \`pipe repro\` settles the rest\n`,
    );
  return 0;
}

function mergePipeLocks(base: string, ours: string, theirs: string, file: string): MergedText {
  const [before, our, their] = [base, ours, theirs].map((text) => parseLock(text, file));
  const { lock, both } = mergeLocks(before!, our!, their!);
  return { text: formatLock(lock), both };
}

/** Makes git merge lock files stage by stage and leave the cache alone. @throws PipeError outside of a git repository. */
export function installInGit(folder: string, kind: 'pipe' | 'dvc'): void {
  const [script] = process.argv.slice(1, 2);
  // git calls the driver without the PATH that an npm script or npx has.
  const command = [process.execPath, script!].map(quote).join(' ');
  git(folder, ['config', `merge.${DRIVER}.name`, 'merges the lock files of pipe stage by stage']);
  git(folder, ['config', `merge.${DRIVER}.driver`, `${command} lock merge %O %A %B %P`]);
  addLine(join(folder, '.gitattributes'), `${LOCKS[kind]} merge=${DRIVER}`);
  // DVC keeps its own cache out of git.
  if (kind === 'pipe' && !isIgnored(folder, 'cache/objects')) addLine(join(folder, '.gitignore'), '/cache/');
}

function git(cwd: string, args: readonly string[]): void {
  try {
    execFileSync('git', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    const missing = errno(error) === 'ENOENT';
    throw new PipeError({
      code: 'no-git',
      title: missing ? 'git is not installed' : 'this folder is not in a git repository',
      hint: missing ? 'install git, or leave --git away' : 'make one (`git init`), or leave --git away',
    });
  }
}

function isIgnored(cwd: string, path: string): boolean {
  try {
    execFileSync('git', ['check-ignore', '-q', path], { cwd, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function addLine(file: string, line: string): void {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text.split('\n').includes(line)) return;
  appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
}

const quote = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
