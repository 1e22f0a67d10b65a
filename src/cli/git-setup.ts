// What `pipe init` sets up in git: lock files are merged stage by stage, and the cache is ignored.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';
import { shellQuote } from '../base/shell-quote.ts';
import type { Dialect } from '../dialect.ts';
import { appendLine } from '../disk/append-line.ts';

const DRIVER = 'pipe-lock';

/** Makes git merge lock files stage by stage. @throws PipeError outside of a git repository, and without git. */
export function installMergeDriver(folder: string, { lockFile }: Dialect): void {
  const [script] = process.argv.slice(1, 2);
  // git calls the driver without the PATH that an npm script or npx has.
  const command = [process.execPath, script!].map(shellQuote).join(' ');
  git(folder, ['config', `merge.${DRIVER}.name`, 'merges the lock files of pipe stage by stage']);
  git(folder, ['config', `merge.${DRIVER}.driver`, `${command} lock merge %O %A %B %P`]);
  appendLine(join(folder, '.gitattributes'), `${lockFile.name} merge=${DRIVER}`);
}

/** Whether git merges lock files stage by stage in this clone. */
export function hasMergeDriver(folder: string): boolean {
  const attributes = join(folder, '.gitattributes');
  if (!existsSync(attributes) || !readFileSync(attributes, 'utf8').includes(`merge=${DRIVER}`)) return false;
  const end = runProgram('git', ['config', `merge.${DRIVER}.driver`], { cwd: folder });
  return end.kind === 'exited' && end.stdout !== '';
}

/** Adds the cache to the folder's `.gitignore`, unless git ignores it already. @returns whether a line was added. */
export function ignoreCache(folder: string, { ignoresCache }: Dialect): boolean {
  return (
    ignoresCache && !isIgnored(folder, 'cache/objects') && appendLine(join(folder, '.gitignore'), '/cache/')
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
