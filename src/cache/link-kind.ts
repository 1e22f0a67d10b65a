// The ways in which a file of the workspace can share its bytes with an object, and the errors of file systems that lack one.
import { errno } from '../base/problem.ts';

export type LinkKind = 'reflink' | 'copy' | 'hardlink' | 'symlink';

/** The workspace and the cache share one file, which is read-only. */
export const isLink = (kind: LinkKind): kind is 'hardlink' | 'symlink' =>
  kind === 'hardlink' || kind === 'symlink';

/** A clone of a smaller file does not save enough for one more system call. */
export const WORTH_CLONING = 1 << 16;

const UNSUPPORTED: ReadonlySet<string | undefined> = new Set([
  'EXDEV',
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'ENOTTY',
]);

/** The file system cannot make such a link or clone, or not between these two folders. */
export const isUnsupported = (error: unknown): boolean => UNSUPPORTED.has(errno(error));
