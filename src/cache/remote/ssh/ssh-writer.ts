// Writes files over SFTP: under a temporary name first, flushed and renamed, so that no reader finds half of one. A large file that
// was interrupted is continued, by whoever sends it next.
import { posix } from 'node:path';
import type { Fault } from '../../../disk/crash-point.ts';
import { temporaryName } from '../../../disk/temporary-name.ts';
import { Transient } from '../persistently.ts';
import type { Source } from '../remote.ts';
import { ABANDONED_MS, TEMPORARY } from '../temporary-files.ts';
import { makeFolder, renamed } from './folders-there.ts';
import { contentOf, openSource, send, usable, type OpenSource } from './sent-file.ts';
import { SftpError, type SftpClient } from './sftp-client.ts';
import { OPEN, STATUS } from './sftp-codec.ts';

/** A smaller file is sent again as a whole. */
const WORTH_CONTINUING = 4 << 20;

/** For the owner to continue; everybody may read the whole. */
const UNFINISHED = 0o644;
const FINISHED = 0o444;

export interface WriterOptions {
  /** The folder of the remote; absolute, or in the home there. */
  readonly root: string;
  readonly fault: Fault;
}

export class SshWriter {
  readonly #root: string;
  readonly #fault: Fault;
  #prepared: Promise<void> | undefined;
  readonly #making = new Map<string, Promise<void>>();

  constructor({ root, fault }: WriterOptions) {
    this.#root = root;
    this.#fault = fault;
  }

  /** @param reached called with how many bytes of it the server has. @throws SftpError, Transient, and errors of the file here. */
  async write(
    client: SftpClient,
    key: string,
    source: Source,
    replace: boolean,
    reached: (bytes: number) => void,
  ): Promise<'written' | 'exists'> {
    await (this.#prepared ??= this.#prepare(client).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    }));
    this.#fault('write to remote');
    const size = 'text' in source ? Buffer.byteLength(source.text) : source.size;
    const small = size <= client.limits.write;
    const part = !replace && size >= WORTH_CONTINUING && client.isOpenSsh ? partName(key, size) : undefined;
    let temporary = this.#at(`${TEMPORARY}/${part ?? temporaryName()}`);
    try {
      if (small) await this.#writeSmall(client, temporary, contentOf(source), reached);
      else {
        const file = await openSource(source);
        try {
          const continued =
            part !== undefined && (await this.#writeLarge(client, temporary, file, true, reached));
          if (!continued) {
            temporary = this.#at(`${TEMPORARY}/${temporaryName()}`);
            await this.#writeLarge(client, temporary, file, false, reached);
          }
        } finally {
          await file.close();
        }
      }
      return await this.#moveIn(client, temporary, key, size, replace);
    } catch (error) {
      // What the server refuses to hold would only be in its way.
      if (!(error instanceof Transient)) client.remove(temporary).catch(() => undefined);
      throw error;
    }
  }

  /** One request and what follows it leave together. */
  async #writeSmall(
    client: SftpClient,
    temporary: string,
    data: Buffer,
    reached: (bytes: number) => void,
  ): Promise<void> {
    const handle = await this.#create(client, temporary, OPEN.exclusive, FINISHED);
    await Promise.all([
      ...(data.length > 0 ? [client.write(handle, 0, data)] : []),
      client.flush(handle, false),
      client.close(handle),
    ]);
    reached(data.length);
  }

  /**
   * @param continued what an interrupted attempt has left is kept.
   * @returns whether it is there as a whole; false where what was left is of no use.
   */
  async #writeLarge(
    client: SftpClient,
    temporary: string,
    file: OpenSource,
    continued: boolean,
    reached: (bytes: number) => void,
  ): Promise<boolean> {
    const handle = continued
      ? await this.#openPart(client, temporary)
      : await this.#create(client, temporary, OPEN.exclusive, UNFINISHED);
    if (handle === undefined) return false;
    const start = continued ? await usable(client, handle, file) : 0;
    if (start === undefined) {
      await client.close(handle);
      return false;
    }
    reached(start);
    await send(client, handle, file, start, reached);
    const [found] = await Promise.all([
      client.fstat(handle),
      client.setPermissions(handle, FINISHED),
      client.flush(handle, true),
      client.close(handle),
    ]);
    if (found?.size !== undefined && found.size !== file.size)
      throw new Transient(`${found.size} bytes arrived in place of ${file.size}`);
    return true;
  }

  /** @returns undefined where it belongs to another user. */
  async #openPart(client: SftpClient, path: string): Promise<Buffer | undefined> {
    try {
      return await this.#create(client, path, OPEN.read, UNFINISHED);
    } catch (error) {
      if (error instanceof SftpError && error.status === STATUS.permissionDenied) return undefined;
      throw error;
    }
  }

  async #create(client: SftpClient, path: string, flags: number, permissions: number): Promise<Buffer> {
    const handle = await client.create(path, flags, permissions);
    if (handle) return handle;
    await this.#makeFolder(client, this.#at(TEMPORARY));
    const again = await client.create(path, flags, permissions);
    if (!again) throw new SftpError(STATUS.noSuchFile, 'the folder of temporary files vanished');
    return again;
  }

  async #moveIn(
    client: SftpClient,
    temporary: string,
    key: string,
    size: number,
    replace: boolean,
  ): Promise<'written' | 'exists'> {
    const to = this.#at(key);
    this.#fault('rename on remote');
    const status = await renamed(client, temporary, to);
    if (status === STATUS.ok) return 'written';
    if (status === STATUS.noSuchFile) await this.#makeFolder(client, posix.dirname(to));
    else {
      const there = await client.lstat(to);
      if (there?.kind === 'file' && !client.replaces && !replace) {
        await client.remove(temporary);
        return 'exists';
      }
      // No writer of objects makes folders under their names: it is damage, and kept aside.
      if (there && (there.kind !== 'file' || !client.replaces))
        await client.rename(to, this.#at(`${TEMPORARY}/${temporaryName()}`));
    }
    const again = await renamed(client, temporary, to);
    if (again === STATUS.ok) return 'written';
    // Somebody else sent the same, and was done before us.
    if (again === STATUS.noSuchFile && (await client.lstat(to))?.size === size) return 'exists';
    throw new SftpError(again, 'the file cannot get its name');
  }

  async #prepare(client: SftpClient): Promise<void> {
    const folder = this.#at(TEMPORARY);
    await this.#makeFolder(client, folder);
    const before = Date.now() - ABANDONED_MS;
    const entries = await client.entries(folder);
    const old = entries.filter(({ kind, modified = Infinity }) => kind === 'file' && modified < before);
    await Promise.all(old.map(({ name }) => client.remove(`${folder}/${name}`).catch(() => undefined)));
  }

  /** Once, however many need it at the same time. */
  async #makeFolder(client: SftpClient, path: string): Promise<void> {
    const making = this.#making.get(path) ?? makeFolder(client, path);
    this.#making.set(path, making);
    try {
      await making;
    } finally {
      this.#making.delete(path);
    }
  }

  #at(path: string): string {
    const root = this.#root;
    return root === '' || root.endsWith('/') ? root + path : `${root}/${path}`;
  }
}

/** The same for all who send this file: what one has begun another continues. */
const partName = (key: string, size: number): string => `${key.replaceAll('/', '-')}-${size}.part`;
