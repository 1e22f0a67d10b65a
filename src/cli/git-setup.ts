// What `pipe init` sets up in git: lock files are merged stage by stage, and the cache is ignored.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';
import { shellQuote } from '../base/shell-quote.ts';
import type { Dialect } from '../dialect.ts';
import { naming } from '../disk/system-problem.ts';

const DRIVER = 'pipe-lock';

/** The folder or one above it has a `.git`. Starts no process. */
export function isInGit(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInGit(dirname(folder)));
}

/** Makes git merge lock files stage by stage. @throws PipeError outside of a git repository, and without git. */
export function installMergeDriver(folder: string, { lockFile }: Dialect): void {
  const [script] = process.argv.slice(1, 2);
  // git calls the driver without the PATH that an npm script or npx has.
  const command = [process.execPath, script!].map(shellQuote).join(' ');
  git(folder, ['config', `merge.${DRIVER}.name`, 'merges the lock files of pipe stage by stage']);
  git(folder, ['config', `merge.${DRIVER}.driver`, `${command} lock merge %O %A %B %P`]);
  addLine(join(folder, '.gitattributes'), `${lockFile.name} merge=${DRIVER}`);
}

/** Adds the cache to the folder's `.gitignore`, unless git ignores it already. @returns whether a line was added. */
export function ignoreCache(folder: string, { ignoresCache }: Dialect): boolean {
  return (
    ignoresCache && !isIgnored(folder, 'cache/objects') && addLine(join(folder, '.gitignore'), '/cache/')
  );
}

function git(cwd: string, args: readonly string[]): void {
  const end = runProgram('git', args, { cwd });
  if (end.kind === 'exited' && end.code === 0) return;
  const missing = end.kind === 'missing';
  throw new PipeError({
    code: 'no-git',
    title: missing ? 'git is not installed' : 'this folder is not in a git repository',
    hint: missing ? 'install git, or leave out --git' : 'make one (`git init`), or leave out --git',
  });
}

function isIgnored(cwd: string, path: string): boolean {
  const end = runProgram('git', ['check-ignore', '-q', path], { cwd });
  return end.kind === 'exited' && end.code === 0;
}

function addLine(file: string, line: string): boolean {
  const text = existsSync(file) ? naming(file, () => readFileSync(file, 'utf8')) : '';
  if (text.split('\n').includes(line)) return false;
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  naming(file, () => appendFileSync(file, `${separator}${line}\n`));
  return true;
}
