// What a server's no means to the user. SFTP says little more than "failure"; how much room there is says the rest.
import type { PipeError } from '../../../base/problem.ts';
import { failed, full, refused } from '../remote-problem.ts';
import { SftpError, type Space } from './sftp-client.ts';
import { STATUS } from './sftp-codec.ts';

interface At {
  readonly name: string;
  readonly url: string;
  readonly doing: string;
  /** Of the file system there, where the server gives it. */
  readonly space: Space | undefined;
  /** The folder of the remote; `/` where it is a whole machine, of which one file or folder is wanted. */
  readonly path: string;
}

/** Less is as good as nothing: other files take it between two questions. */
const NO_BYTES = 1 << 20;

export function sftpProblem(error: SftpError, { space, path, doing, ...at }: At): PipeError {
  if (space?.readOnly && doing.startsWith('write'))
    return refused(
      at,
      doing,
      'the file system there is mounted read-only',
      'push to another remote, or have it mounted for writing',
    );
  if (error.status === STATUS.permissionDenied)
    return refused(
      at,
      doing,
      'permission denied',
      `the user there needs access to ${path === '/' ? 'it, and to the folders above it' : `${path || 'the home folder'} and what is inside`}`,
    );
  if (error.status !== STATUS.failure || !doing.startsWith('write'))
    return failed(at, doing, error.message.toLowerCase());
  if (space && space.bytes < NO_BYTES) return full(at, doing);
  if (space && space.files === 0)
    return failed(at, doing, 'no more files fit there (its file system is out of inodes)');
  return failed(
    at,
    doing,
    'the server says only that it failed; where the disk has room, look at the quota of the user there',
  );
}
