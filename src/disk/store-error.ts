// Failures to write below the cache folder, and elsewhere in files of ours, as problems.
import { errno } from '../base/problem.ts';
import { systemError } from './system-problem.ts';

/**
 * A refusal of the operating system as a problem. Any other error is returned unchanged, and so is a missing file: the caller
 * knows what it means.
 * @param doing what was being done, to follow "cannot"; @param path absolute.
 */
export function storeError(error: unknown, doing: string, path: string): unknown {
  if (errno(error) === 'ENOENT') return error;
  return systemError(error, {
    doing,
    path,
    denied: 'cache-not-writable',
    permit: 'correct the permissions, or set another cache folder',
  });
}
