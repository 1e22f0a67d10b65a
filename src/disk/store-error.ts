// How failures of the object store read.
import { errno } from '../base/problem.ts';
import { systemError } from './system-problem.ts';

/**
 * What the operating system refuses as a problem; anything else comes back as it is, and so does what is gone: whoever asked
 * knows what that means.
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
