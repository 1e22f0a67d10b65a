// The calls of SFTP that we need, as functions.
import {
  attributes,
  OPEN,
  Packet,
  REPLY,
  REQUEST,
  STATUS,
  type Attributes,
  type Field,
} from './sftp-codec.ts';
import type { CallOptions, SftpSession } from './sftp-session.ts';

/** The server's answer to one request is no. */
export class SftpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message || `status ${status}`);
    this.status = status;
  }
}

/** What the server takes in one request without saying more. */
const PLAIN_LENGTH = 32 << 10;
/** More is not faster. */
const BEST_LENGTH = 256 << 10;

/** Bytes of one request. */
export interface Limits {
  readonly read: number;
  readonly write: number;
}

export interface Entry extends Attributes {
  readonly name: string;
}

export interface Space {
  /** Bytes, and files, that may still be written. */
  readonly bytes: number;
  readonly files: number;
  readonly readOnly: boolean;
}

export class SftpClient {
  readonly limits: Limits;
  readonly #session: SftpSession;
  readonly #has: (extension: string) => boolean;

  private constructor(session: SftpSession, limits: Limits) {
    this.#session = session;
    this.limits = limits;
    this.#has = (extension) => session.extensions.has(`${extension}@openssh.com`);
  }

  static async open(session: SftpSession): Promise<SftpClient> {
    await session.start();
    return new SftpClient(session, await limitsOf(session));
  }

  get isLost(): boolean {
    return this.#session.isLost;
  }

  /** Requests that are not answered yet. */
  get load(): number {
    return this.#session.load;
  }

  /** Bytes that may still be asked for without waiting. */
  get room(): number {
    return this.#session.room;
  }

  /** Requests are done in their order, one after the other, and a rename replaces what is there. */
  get isOpenSsh(): boolean {
    return this.#has('fsync') && this.#has('posix-rename');
  }

  end(): void {
    this.#session.end();
  }

  async lstat(path: string): Promise<Attributes | undefined> {
    return attributesOf(await this.#session.call(REQUEST.lstat, [path]));
  }

  async stat(path: string): Promise<Attributes | undefined> {
    return attributesOf(await this.#session.call(REQUEST.stat, [path]));
  }

  async fstat(handle: Buffer): Promise<Attributes | undefined> {
    return attributesOf(await this.#session.call(REQUEST.fstat, [handle]));
  }

  /** @returns undefined where there is no such file. */
  async openToRead(path: string): Promise<Buffer | undefined> {
    return handleOf(await this.#session.call(REQUEST.open, [path, OPEN.read, ...attributes()]));
  }

  /** @returns undefined where there is no such folder. */
  async create(path: string, flags: number, permissions: number): Promise<Buffer | undefined> {
    const all = OPEN.write | OPEN.create | flags;
    return handleOf(await this.#session.call(REQUEST.open, [path, all, ...attributes(permissions)]));
  }

  /** @returns undefined at the end of the file. */
  async read(handle: Buffer, offset: number, length: number): Promise<Buffer | undefined> {
    const reply = await this.#session.call(REQUEST.read, [handle, BigInt(offset), length], {
      expected: length,
    });
    if (reply.type === REPLY.data) return reply.bytes();
    expectStatus(reply, STATUS.endOfFile);
    return undefined;
  }

  write(handle: Buffer, offset: number, data: Buffer): Promise<void> {
    return this.#do(REQUEST.write, [handle, BigInt(offset)], { data });
  }

  close(handle: Buffer): Promise<void> {
    return this.#do(REQUEST.close, [handle], { slow: true });
  }

  /** Makes a file safe against a power cut, where the server knows how. @param slow it is large. */
  async flush(handle: Buffer, slow: boolean): Promise<void> {
    if (this.#has('fsync')) await this.#extended('fsync', [handle], { slow });
  }

  setPermissions(handle: Buffer, permissions: number): Promise<void> {
    return this.#do(REQUEST.fsetstat, [handle, ...attributes(permissions)]);
  }

  mkdir(path: string): Promise<void> {
    return this.#do(REQUEST.mkdir, [path, ...attributes()]);
  }

  /** @returns whether there was such a file. */
  async remove(path: string): Promise<boolean> {
    const reply = await this.#session.call(REQUEST.remove, [path]);
    return expectStatus(reply, STATUS.ok, STATUS.noSuchFile) === STATUS.ok;
  }

  /** Replaces what is there, where the server knows how. */
  rename(from: string, to: string): Promise<void> {
    return this.#has('posix-rename')
      ? this.#extended('posix-rename', [from, to])
      : this.#do(REQUEST.rename, [from, to]);
  }

  get replaces(): boolean {
    return this.#has('posix-rename');
  }

  /** What is in a folder; nothing where there is no such folder. */
  async entries(path: string): Promise<readonly Entry[]> {
    const handle = handleOf(await this.#session.call(REQUEST.opendir, [path]));
    const entries: Entry[] = [];
    if (!handle) return entries;
    for (;;) {
      const reply = await this.#session.call(REQUEST.readdir, [handle]);
      if (reply.type !== REPLY.name) {
        await this.close(handle);
        // Some servers open what is not there, and say so afterwards.
        expectStatus(reply, STATUS.endOfFile, STATUS.noSuchFile);
        return entries;
      }
      for (let left = reply.number(); left > 0; left -= 1) {
        const entry = entryOf(reply);
        if (entry.name !== '.' && entry.name !== '..') entries.push(entry);
      }
    }
  }

  /** @returns undefined where the server does not say. */
  async space(path: string): Promise<Space | undefined> {
    if (!this.#has('statvfs')) return undefined;
    const reply = await this.#session.call(REQUEST.extended, ['statvfs@openssh.com', path]);
    if (reply.type !== REPLY.extended) return undefined;
    const [, fragment = 0, , , available = 0, , , files = 0, , flags = 0] = Array.from({ length: 11 }, () =>
      reply.wide(),
    );
    return { bytes: fragment * available, files, readOnly: (flags & 1) === 1 };
  }

  #extended(name: string, fields: readonly Field[], options?: CallOptions): Promise<void> {
    return this.#do(REQUEST.extended, [`${name}@openssh.com`, ...fields], options);
  }

  async #do(type: number, fields: readonly Field[], options?: CallOptions): Promise<void> {
    expectStatus(await this.#session.call(type, fields, options), STATUS.ok);
  }
}

async function limitsOf(session: SftpSession): Promise<Limits> {
  const plain = { read: PLAIN_LENGTH, write: PLAIN_LENGTH };
  if (!session.extensions.has('limits@openssh.com')) return plain;
  const reply = await session.call(REQUEST.extended, ['limits@openssh.com']);
  if (reply.type !== REPLY.extended) return plain;
  reply.wide();
  const [read, write] = [reply.wide(), reply.wide()].map((most) =>
    most === 0 ? PLAIN_LENGTH : Math.min(most, BEST_LENGTH),
  );
  return { read: read!, write: write! };
}

function entryOf(reply: Packet): Entry {
  const name = reply.text();
  // How `ls -l` would show it.
  reply.bytes();
  return { name, ...reply.attributes() };
}

function attributesOf(reply: Packet): Attributes | undefined {
  if (reply.type === REPLY.attributes) return reply.attributes();
  expectStatus(reply, STATUS.noSuchFile);
  return undefined;
}

function handleOf(reply: Packet): Buffer | undefined {
  // The packet may be part of a larger piece, which would stay with it.
  if (reply.type === REPLY.handle) return Buffer.from(reply.bytes());
  expectStatus(reply, STATUS.noSuchFile);
  return undefined;
}

/** @throws SftpError for any status but these. */
function expectStatus(reply: Packet, ...expected: readonly number[]): number {
  if (reply.type !== REPLY.status) throw new SftpError(STATUS.failure, `an answer of type ${reply.type}`);
  const status = reply.number();
  if (expected.includes(status)) return status;
  throw new SftpError(status, reply.isAtEnd() ? '' : reply.text());
}
