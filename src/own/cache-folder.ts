// The cache folder of a project of our own: made and marked once, and refused where it is somebody else's.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { refuseLink } from '../disk/real-folder.ts';
import { storeError } from '../disk/store-error.ts';
import { readdirSync, readFileSync } from '../disk/witnessed-fs.ts';

/** The tag of bford.info/cachedir: backup programs leave such folders out. */
const TAG_NAME = 'CACHEDIR.TAG';
const TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is the cache of pipe. Everything in it can be made again, at the price of running stages again.
`;

/** What is ours, or may stand in a cache folder before it is one: configuration of the machine, what keeps it out of git. */
const OURS =
  /^(?:CACHEDIR\.TAG|objects|runs|quarantine|placing|saved|state|logs|tmp|config\.yaml|\.gitignore|\.gitkeep|.*\.lock)$/;

/**
 * Does nothing where the absolute folder is our cache, or not there yet.
 * @throws PipeError when it holds something that is not ours.
 */
export function refuseForeignFolder(dir: string): void {
  try {
    const foreign = isTagged(join(dir, TAG_NAME)) ? [] : list(dir).filter((name) => !OURS.test(name));
    if (foreign.length === 0) return;
    throw new PipeError({
      code: 'cache-foreign',
      title: `${dir} holds files that are not a cache`,
      facts: [
        ['found', foreign.slice(0, 5).join(', ') + (foreign.length > 5 ? `, … (${foreign.length})` : '')],
      ],
      hint: 'set another folder with `config: {cache: {dir: …}}` in pipeline.yaml, or move those files away',
    });
  } catch (error) {
    throw storeError(error, 'open the cache folder', dir);
  }
}

/** Makes and marks an absolute folder that `refuseForeignFolder` let pass. @throws PipeError when it cannot be made. */
export function makeCacheFolder(dir: string): void {
  try {
    if (isTagged(join(dir, TAG_NAME))) return;
    mkdirSync(dir, { recursive: true });
    crashPoint('keep cache out of git');
    keepOutOfGit(join(dir, '.gitignore'));
    crashPoint('mark cache');
    refuseLink(join(dir, TAG_NAME));
    writeFileSync(join(dir, TAG_NAME), TAG);
  } catch (error) {
    throw storeError(error, 'make the cache folder', dir);
  }
}

/** Nobody wants a cache in a commit; what the user wrote there stays. */
function keepOutOfGit(file: string): void {
  try {
    writeFileSync(file, '*\n', { flag: 'wx' });
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw error;
  }
}

function isTagged(tag: string): boolean {
  try {
    return readFileSync(tag, 'utf8').startsWith(TAG.slice(0, TAG.indexOf('\n')));
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw error;
  }
}
