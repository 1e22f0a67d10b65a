// The cache folder of a project of our own: made and marked once, and refused where it is somebody else's.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno, PipeError } from '../pipeline/problem.ts';
import { storeError } from './store-problem.ts';

/** The tag of bford.info/cachedir: backup programs leave such folders out. */
const TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is the cache of pipe. Everything in it can be made again, at the price of running stages again.
`;

/** What may stand in a cache folder before it is one: configuration of the machine, and what keeps it out of git. */
const HARMLESS = /^(?:config\.yaml|\.gitignore|\.gitkeep|.*\.lock)$/;

/**
 * Makes an absolute folder our cache; does nothing where it is one already. To be called before anything is written to it.
 * @throws PipeError when the folder holds something that is not ours, or cannot be made.
 */
export function ensureCacheFolder(dir: string): void {
  const tag = join(dir, 'CACHEDIR.TAG');
  try {
    if (isTagged(tag)) return;
    mkdirSync(dir, { recursive: true });
    const foreign = readdirSync(dir).filter((name) => !HARMLESS.test(name));
    if (foreign.length > 0) {
      throw new PipeError({
        code: 'cache-foreign',
        title: `${dir} holds files that are not a cache`,
        facts: [
          ['found', foreign.slice(0, 5).join(', ') + (foreign.length > 5 ? `, … (${foreign.length})` : '')],
        ],
        hint: 'set another folder with `config: {cache: {dir: …}}` in pipeline.yaml, or move those files away',
      });
    }
    writeFileSync(tag, TAG);
  } catch (error) {
    throw storeError(error, 'make the cache folder', dir);
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
