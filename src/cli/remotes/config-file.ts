// Reads and writes the configuration files that declare remotes. One that has secrets is readable by its owner alone, and git does
// not see it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errno, PipeError } from '../../base/problem.ts';
import { runProgram } from '../../base/run-program.ts';
import { isInGit } from '../../disk/in-git.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import type { RemoteFile } from '../../pipeline/config/remote-files.ts';
import type { FoundRoot } from '../../pipeline/find-root.ts';
import { decode } from '../../yaml/read-text.ts';

/** '' for a file that does not exist. */
export function readConfigText({ path, shown }: RemoteFile): string {
  try {
    return decode(readFileSync(path), shown, 'pipeline-unreadable');
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return '';
    throw error;
  }
}

interface WriteOptions {
  readonly secret: boolean;
  readonly isDvc: boolean;
}

/** @throws PipeError when it cannot be written; what it held stays. */
export function writeConfigText(file: RemoteFile, text: string, { secret, isDvc }: WriteOptions): void {
  const folder = dirname(file.path);
  try {
    mkdirSync(folder, { recursive: true });
    if (file.level === 'local' && !isDvc) keepOutOfGit(folder);
    replaceFile(file.path, text, { durable: true, ...(secret && { mode: 0o600 }) });
  } catch (error) {
    if (errno(error) === undefined) throw error;
    throw new PipeError({
      code: 'config-not-writable',
      title: `cannot write ${file.shown} (${errno(error)})`,
      hint: 'correct its permissions, or those of its folder, or free some space; it was not changed',
    });
  }
}

/** The cache folder may not be there yet. A file that the user wrote stays. */
function keepOutOfGit(folder: string): void {
  try {
    writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
}

/** @throws PipeError where git tracks a file that is to have a secret, or would with the next `git add`. */
export function refuseShared(file: RemoteFile, { root, isDvcRepository }: FoundRoot, what: string): void {
  if (!file.path.startsWith(`${root}/`) || !isInGit(root)) return;
  const folder = dirname(file.path);
  mkdirSync(folder, { recursive: true });
  if (!isDvcRepository) keepOutOfGit(folder);
  const end = runProgram('git', ['check-ignore', '-q', '--', basename(file.path)], { cwd: folder });
  if (end.kind !== 'exited' || end.code !== 1) return;
  throw new PipeError({
    code: 'remote-secret',
    title: `${what} is not written to ${file.shown}: git does not ignore that file`,
    hint: `add \`/${basename(file.path)}\` to ${dirname(file.shown)}/.gitignore (if git tracks it: \`git rm --cached ${file.shown}\`), then repeat the command`,
  });
}
