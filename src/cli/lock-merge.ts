// `pipe lock merge`: git's merge driver for lock files, and its installation by `pipe init --git`.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Dialect } from '../dialect.ts';
import { dialectOf } from '../session/load.ts';
import { PipeError } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';
import { spelledOut } from '../show/text/spell-out.ts';

const DRIVER = 'pipe-lock';

/**
 * As git calls it: three files, of which `ours` receives the result. @param shown the path in the repository.
 * @returns the exit code. @throws PipeError for a side that cannot be read; git then leaves the merge to the user.
 */
export async function lockMergeCommand(
  base: string,
  ours: string,
  theirs: string,
  shown = 'pipeline.lock',
): Promise<number> {
  const { lockFile } = await dialectOf({ isDvcRepository: basename(shown) === 'dvc.lock' });
  const [before, our, their] = [base, ours, theirs].map((file) => readFileSync(file, 'utf8'));
  const { text, both } = lockFile.merge(before!, our!, their!, shown);
  // git's own temporary file: what a crash leaves of it is never looked at.
  writeFileSync(ours, text);
  if (both.length > 0)
    process.stderr.write(
      `${spelledOut(shown)}: both branches ran ${both.map(spelledOut).join(', ')}; our record is kept, \`pipe repro\` settles the rest\n`,
    );
  return 0;
}

/** Makes git merge lock files stage by stage and leave the cache alone. @throws PipeError outside of a git repository. */
export function installInGit(folder: string, { lockFile, ignoresCache }: Dialect): void {
  const [script] = process.argv.slice(1, 2);
  // git calls the driver without the PATH that an npm script or npx has.
  const command = [process.execPath, script!].map(quote).join(' ');
  git(folder, ['config', `merge.${DRIVER}.name`, 'merges the lock files of pipe stage by stage']);
  git(folder, ['config', `merge.${DRIVER}.driver`, `${command} lock merge %O %A %B %P`]);
  addLine(join(folder, '.gitattributes'), `${lockFile.name} merge=${DRIVER}`);
  if (ignoresCache && !isIgnored(folder, 'cache/objects')) addLine(join(folder, '.gitignore'), '/cache/');
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

function addLine(file: string, line: string): void {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text.split('\n').includes(line)) return;
  appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
}

const quote = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
