// Names and folders on the server.
import { posix } from 'node:path';
import { SftpError, type SftpClient } from './sftp-client.ts';
import { STATUS } from './sftp-codec.ts';

/** @returns the status: that it went well, or why not. @throws SftpError where it is not permitted. */
export async function renamed(client: SftpClient, from: string, to: string): Promise<number> {
  try {
    await client.rename(from, to);
    return STATUS.ok;
  } catch (error) {
    if (error instanceof SftpError && error.status !== STATUS.permissionDenied) return error.status;
    throw error;
  }
}

/** With all folders that it is in. */
export async function makeFolder(client: SftpClient, path: string): Promise<void> {
  try {
    await makeUnlessThere(client, path);
  } catch (error) {
    const parent = posix.dirname(path);
    if (!(error instanceof SftpError) || error.status !== STATUS.noSuchFile || parent === path) throw error;
    await makeFolder(client, parent);
    await makeUnlessThere(client, path);
  }
}

async function makeUnlessThere(client: SftpClient, path: string): Promise<void> {
  try {
    await client.mkdir(path);
  } catch (error) {
    if (!(error instanceof SftpError) || (await client.stat(path))?.kind !== 'folder') throw error;
  }
}
