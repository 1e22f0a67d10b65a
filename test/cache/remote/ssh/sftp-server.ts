// An SFTP server in the process of the test, over files in its memory: as OpenSSH's, or one that knows no extensions. A test stands
// between any two requests. What sshd does is tested with it (test/real/remotes).
import { PassThrough, type Duplex } from 'node:stream';
import {
  packet,
  packetSplitter,
  SftpClient,
  SftpSession,
  Transient,
  type Packet,
} from '../../../../src/cache/cache.ts';

type Pace = ConstructorParameters<typeof SftpSession>[1];

export interface FileThere {
  bytes: Buffer;
  mode: number;
  /** Seconds since 1970; NaN where the server does not say. */
  modified: number;
}

export interface SftpServer {
  /** By path; folders are in `folders`. */
  readonly files: Map<string, FileThere>;
  readonly folders: Set<string>;
  /** What is behind a link, by its path. */
  readonly links: Map<string, string>;
  /** What was asked, such as `rename a b`, in its order. */
  readonly asked: string[];
  /** Names of extensions. */
  extensions: readonly string[];
  /** The most bytes that one answer to READ has. */
  mostRead: number;
  /** The most bytes of one request, as the server says; 0 where it says that there is no limit. */
  limit: number;
  /** Free bytes, and free files, and whether it is mounted read-only. */
  space: readonly [number, number, boolean];
  /** A status in place of what was asked, no answer at all, or the end of the connection. */
  before: (asked: string) => number | 'cut' | 'silent' | undefined;
  /** Another conversation. */
  connect(pace?: Pace): Promise<SftpClient>;
  /** Another one, with what is on the other end of it. */
  accept(stream: Duplex): void;
}

export const OPENSSH = ['posix-rename', 'fsync', 'limits', 'statvfs'] as const;
export const LIMIT = 64 << 10;
const [OK, END, NO_SUCH_FILE, FAILURE, UNSUPPORTED] = [0, 1, 2, 4, 8];
const [CREATE, TRUNCATE, EXCLUSIVE] = [8, 16, 32];

export function makeSftpServer(): SftpServer {
  const server: SftpServer = {
    files: new Map(),
    folders: new Set(['.']),
    links: new Map(),
    asked: [],
    extensions: OPENSSH,
    mostRead: Infinity,
    limit: LIMIT,
    space: [1 << 30, 1000, false],
    before: () => undefined,
    connect: (pace = { bytes: 0, seconds: 60 }) => connect(server, pace),
    accept: (stream) =>
      void stream.on(
        'data',
        converse(
          server,
          (bytes) => void stream.write(bytes),
          () => stream.destroy(),
        ),
      ),
  };
  return server;
}

/** A conversation without a program in between. */
function connect(server: SftpServer, pace: Pace): Promise<SftpClient> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const { promise: ended, resolve: end } = Promise.withResolvers<Error>();
  const cut = (): void => end(new Transient('the connection was cut'));
  const answer = converse(server, (bytes) => void input.write(bytes), cut);
  output.on('data', answer);
  const wire = { input, output, hold: () => undefined, cut, finish: cut, ended };
  return SftpClient.open(new SftpSession(wire, pace));
}

interface Open {
  readonly path: string;
  /** Entries that were not given yet. */
  readonly left?: string[];
}

/** @returns a function that takes what the client sends. */
function converse(
  server: SftpServer,
  reply: (bytes: Buffer) => void,
  cut: () => void,
): (piece: Buffer) => void {
  const handles = new Map<string, Open>();
  let isCut = false;
  return packetSplitter((request) => {
    if (isCut) return;
    if (request.type === 1) {
      const names = server.extensions.flatMap((name) => [`${name}@openssh.com`, '1']);
      return reply(packet(2, [3, ...names]));
    }
    const id = request.number();
    const done = (status: number, message = 'on purpose'): void =>
      reply(packet(101, [id, status, message, '']));
    const { asked, work } = understood(request, server, handles);
    server.asked.push(asked);
    const instead = server.before(asked);
    if (instead === 'cut') {
      isCut = true;
      return cut();
    }
    if (instead === 'silent') return;
    if (instead !== undefined) return done(instead);
    const found = work();
    if (typeof found === 'number') return done(found);
    reply(packet(found.type, [id, ...found.fields]));
  });
}

type Answer = number | { readonly type: number; readonly fields: Parameters<typeof packet>[1] };

/** What is asked, in words, and what is to be done. */
function understood(
  request: Packet,
  server: SftpServer,
  handles: Map<string, Open>,
): { readonly asked: string; readonly work: () => Answer } {
  const { files, folders, links } = server;
  const opened = (open: Open): Answer => {
    const handle = `h${handles.size}`;
    handles.set(handle, open);
    return { type: 102, fields: [Buffer.from(handle)] };
  };
  const known = (): Open => handles.get(request.text())!;
  const isInside = (path: string): boolean =>
    folders.has(path.includes('/') ? path.replace(/\/[^/]*$/, '') || '/' : '.');
  const attributes = (path: string): Answer =>
    files.has(path) || folders.has(path) ? { type: 105, fields: attributesOf(path, server) } : NO_SUCH_FILE;
  const asking = (asked: string, work: () => Answer): ReturnType<typeof understood> => ({ asked, work });

  switch (request.type) {
    case 3: {
      const [path, flags] = [request.text(), request.number()];
      const mode = request.number() & 4 ? request.number() : 0o666;
      return asking(`open ${path} ${flags & CREATE ? mode.toString(8) : 'to read'}`, () => {
        const there = links.get(path) ?? path;
        if (!(flags & CREATE))
          return files.has(there) || folders.has(there) ? opened({ path: there }) : NO_SUCH_FILE;
        if (!isInside(path)) return NO_SUCH_FILE;
        if (files.has(path) && flags & EXCLUSIVE) return FAILURE;
        if (flags & TRUNCATE) files.delete(path);
        if (!files.has(path)) files.set(path, { bytes: Buffer.alloc(0), mode, modified: now() });
        return opened({ path });
      });
    }
    case 4: {
      const { path } = known();
      return asking(`close ${path}`, () => OK);
    }
    case 5: {
      const [{ path }, start, length] = [known(), request.wide(), request.number()];
      return asking(`read ${path} ${start} ${length}`, () => {
        if (folders.has(path)) return FAILURE;
        const bytes = files.get(path)!.bytes.subarray(start, start + Math.min(length, server.mostRead));
        return bytes.length === 0 ? END : { type: 103, fields: [bytes] };
      });
    }
    case 6: {
      const [{ path }, start, data] = [known(), request.wide(), Buffer.from(request.bytes())];
      return asking(`write ${path} ${start} ${data.length}`, () => {
        const file = files.get(path)!;
        const end = start + data.length;
        if (file.bytes.length < end) file.bytes = grown(file.bytes, end);
        data.copy(file.bytes, start);
        return OK;
      });
    }
    case 7:
    case 17: {
      const path = request.text();
      if (request.type === 7 && links.has(path))
        return asking(`stat ${path}`, () => ({ type: 105, fields: [4, 0o120777] }));
      return asking(`stat ${path}`, () => attributes(links.get(path) ?? path));
    }
    case 8: {
      const { path } = known();
      return asking(`fstat ${path}`, () => attributes(path));
    }
    case 10: {
      const { path } = known();
      const mode = request.number() & 4 ? request.number() : 0;
      return asking(`chmod ${path} ${mode.toString(8)}`, () => {
        files.get(path)!.mode = mode;
        return OK;
      });
    }
    case 11: {
      const path = request.text();
      return asking(`opendir ${path}`, () => {
        const inside = (name: string): boolean =>
          path === '.'
            ? !name.includes('/') && name !== '.'
            : name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes('/');
        return folders.has(path)
          ? opened({ path, left: ['.', '..', ...[...files.keys(), ...folders].filter(inside)] })
          : NO_SUCH_FILE;
      });
    }
    case 12: {
      const { path, left } = known();
      return asking(`readdir ${path}`, () => {
        const some = left!.splice(0, 3);
        const fields = some.flatMap((name) => [
          name.slice(path === '.' || name.startsWith('.') ? 0 : path.length + 1),
          'as ls -l',
          ...attributesOf(name, server),
        ]);
        return some.length === 0 ? END : { type: 104, fields: [some.length, ...fields] };
      });
    }
    case 13: {
      const path = request.text();
      return asking(`remove ${path}`, () => (files.delete(path) ? OK : NO_SUCH_FILE));
    }
    case 14: {
      const path = request.text();
      return asking(`mkdir ${path}`, () => {
        if (!isInside(path)) return NO_SUCH_FILE;
        if (folders.has(path) || files.has(path)) return FAILURE;
        folders.add(path);
        return OK;
      });
    }
    case 18:
      return renaming(request, server, false);
    case 200: {
      const name = request.text().replace('@openssh.com', '');
      if (!server.extensions.includes(name)) return asking(name, () => UNSUPPORTED);
      if (name === 'posix-rename') return renaming(request, server, true);
      if (name === 'fsync') {
        const { path } = known();
        return asking(`fsync ${path}`, () => OK);
      }
      const [bytes, nodes, isReadOnly] = server.space;
      const numbers =
        name === 'limits'
          ? [1 << 20, server.limit, server.limit, 0]
          : [512, 4096, 0, 0, Math.floor(bytes / 4096), 0, 0, nodes, 0, isReadOnly ? 3 : 2, 255];
      return asking(name === 'statvfs' ? `statvfs ${request.text()}` : name, () => ({
        type: 201,
        fields: numbers.map(BigInt),
      }));
    }
    default:
      return asking(`unknown ${request.type}`, () => UNSUPPORTED);
  }
}

function renaming(
  request: Packet,
  { files, folders }: SftpServer,
  replaces: boolean,
): ReturnType<typeof understood> {
  const [from, to] = [request.text(), request.text()];
  return {
    asked: `rename ${from} ${to}`,
    work: () => {
      const isThere = files.has(to) || folders.has(to);
      if (isThere && (!replaces || folders.has(to) !== folders.has(from))) return FAILURE;
      if (!folders.has(to.replace(/\/[^/]*$/, ''))) return NO_SUCH_FILE;
      if (folders.delete(from)) {
        folders.add(to);
        return OK;
      }
      const file = files.get(from);
      if (!file) return NO_SUCH_FILE;
      files.delete(from);
      files.set(to, file);
      return OK;
    },
  };
}

function attributesOf(path: string, { files }: SftpServer): Parameters<typeof packet>[1] {
  const file = files.get(path);
  if (file && Number.isNaN(file.modified)) return [1 | 4, BigInt(file.bytes.length), 0o100000 | file.mode];
  // Size, permissions and times.
  return file
    ? [1 | 4 | 8, BigInt(file.bytes.length), 0o100000 | file.mode, file.modified, file.modified]
    : [4, path === '/dev/null' ? 0o20666 : 0o40755];
}

/** Buffers with room behind their bytes. */
const roomy = new WeakSet<ArrayBufferLike>();

function grown(bytes: Buffer, length: number): Buffer {
  const hasRoom = roomy.has(bytes.buffer) && length <= bytes.buffer.byteLength;
  if (hasRoom) return Buffer.from(bytes.buffer, 0, length);
  const larger = Buffer.alloc(Math.max(1 << 20, 2 * length));
  roomy.add(larger.buffer);
  bytes.copy(larger);
  return larger.subarray(0, length);
}

const now = (): number => Math.floor(Date.now() / 1000);
