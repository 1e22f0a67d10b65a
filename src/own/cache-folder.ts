// The cache folder of a project of our own: makes and marks it once, and refuses a folder that is no cache.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE_TAG, TAG_OF_PIPE } from '../cache/cache-tag.ts';
import { errno, PipeError } from '../base/problem.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { makeRealFolder, refuseLink, withGroupMask } from '../disk/real-folder.ts';
import { storeError } from '../disk/store-error.ts';
import { readdirSync, readFileSync } from '../disk/witnessed-fs.ts';

const TAG = `Signature: 8a477f597d28d172789f06886806bc55
${TAG_OF_PIPE} Everything in it can be made again, at the price of running stages again.
`;

/** Our files, and files that a folder may have before it is a cache: configuration of the machine, files for git. */
const OURS =
  /^(?:CACHEDIR\.TAG|objects|runs|quarantine|placing|saved|exps|projects|state|logs|tmp|config\.yaml|\.gitignore|\.gitkeep|.*\.lock)$/;

/**
 * Does nothing where the absolute folder is our cache, or does not exist.
 * @throws PipeError when it holds other files.
 */
export function refuseForeignFolder(dir: string): void {
  try {
    const foreign = isTagged(join(dir, CACHE_TAG)) ? [] : list(dir).filter((name) => !OURS.test(name));
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

/** Makes and marks an absolute folder that `refuseForeignFolder` accepts. @param shared for a group. @throws PipeError when it cannot be made. */
export function makeCacheFolder(dir: string, shared: boolean): void {
  try {
    if (isTagged(join(dir, CACHE_TAG))) return;
    makeRealFolder(dir, dir, shared);
    const write = (work: () => void): void => (shared ? withGroupMask(work) : work());
    crashPoint('keep cache out of git');
    write(() => keepOutOfGit(join(dir, '.gitignore')));
    crashPoint('mark cache');
    write(() => writeTag(join(dir, CACHE_TAG)));
  } catch (error) {
    throw storeError(error, 'make the cache folder', dir);
  }
}

function writeTag(tag: string): void {
  refuseLink(tag);
  try {
    writeFileSync(tag, TAG);
  } catch (error) {
    // Another user of a shared cache is writing it, or was interrupted: the names in the folder identify the cache until then.
    if (errno(error) !== 'EACCES' || !existsSync(tag)) throw error;
  }
}

/** Keeps the cache out of commits; a file that the user wrote stays. */
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
    // Another user of a shared cache may have closed it: then the names in the folder identify the cache.
    if (errno(error) === 'ENOENT' || errno(error) === 'EACCES') return false;
    throw error;
  }
}
