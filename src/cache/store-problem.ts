// How failures of the object store read.
import { errno, PipeError } from '../pipeline/problem.ts';

/**
 * The failure of a system call as a problem, where a reader can do something about it; anything else comes back as it is.
 * @param doing what was being done, to follow "cannot"; @param path absolute.
 */
export function storeError(error: unknown, doing: string, path: string): unknown {
  const code = errno(error);
  const facts = [
    ['path', path],
    ['system', code ?? ''],
  ] as const;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new PipeError({
        code: 'disk-full',
        title: `cannot ${doing}: ${code === 'ENOSPC' ? 'the disk is full' : 'the disk quota is used up'}`,
        facts,
        hint: 'free some space (`pipe gc` removes unused objects), then run again',
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return new PipeError({
        code: 'cache-not-writable',
        title: `cannot ${doing}: ${WHY[code]}`,
        facts,
        hint: 'correct the permissions, or set another cache folder',
      });
    case 'EIO':
      return new PipeError({
        code: 'disk-error',
        title: `cannot ${doing}: the disk reports an error`,
        facts,
        hint: 'check the disk and its file system, then run again',
      });
    default:
      return error;
  }
}

const WHY = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a file stands where a folder is needed',
};
