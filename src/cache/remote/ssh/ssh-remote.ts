// A folder on another machine as a remote, over SFTP. Owns reading and what failures mean to the user; ssh-writer.ts writes.
import { crashPoint, type Fault } from '../../../disk/crash-point.ts';
import { NoConnection, persistently, Transient, type Wait } from '../persistently.ts';
import type { Listed, Remote, Size } from '../remote.ts';
import { failed, refused, unreachable } from '../remote-problem.ts';
import { readFile } from './ssh-reader.ts';
import { Refused, type ConnectionOptions } from './connect.ts';
import { SshConnection } from './ssh-connection.ts';
import { sftpProblem } from './sftp-problem.ts';
import { SftpError, type SftpClient } from './sftp-client.ts';
import { SshWriter } from './ssh-writer.ts';
import type { Attributes } from './sftp-codec.ts';

export interface SshRemoteOptions extends ConnectionOptions {
  readonly name: string;
  /** Called with the reason when something is tried again. */
  readonly onRetry?: (reason: string) => void;
  /** How often each thing is tried in all; default four times. */
  readonly attempts?: number;
  readonly fault?: Fault;
  readonly wait?: Wait;
  /** In place of a login by `ssh`. */
  readonly connection?: Pick<SshConnection, 'client' | 'end'>;
}

/** They share one connection, and most of their time is the way there and back. */
const JOBS = 32;
/** Questions for names on their way. */
const LOOKS = 256;

export function openSshRemote(options: SshRemoteOptions): Remote {
  const { name, place, onRetry, fault = crashPoint, wait, attempts } = options;
  const connection = options.connection ?? new SshConnection(options);
  const here = { name, url: urlOf(options) };
  const at = (key: string): string => joined(place.path, key);
  const writer = new SshWriter({ root: place.path, fault });
  let checked: Promise<void> | undefined;

  /** @param work is handed where it says how far it came: attempts that come further are no failed ones. */
  async function ask<T>(
    doing: string,
    work: (client: SftpClient, reached: (bytes: number) => void) => Promise<T>,
    onMore: (bytes: number) => void = () => undefined,
  ): Promise<T> {
    let best = 0;
    const reached = (bytes: number): void => {
      if (bytes <= best) return;
      onMore(bytes - best);
      best = bytes;
    };
    for (;;) {
      const before = best;
      try {
        return await persistently(
          async () => work(await connection.client(), reached),
          wait,
          onRetry,
          attempts,
        );
      } catch (error) {
        if (error instanceof Transient && best > before) continue;
        throw await problemOf(error, doing);
      }
    }
  }

  async function problemOf(error: unknown, doing: string): Promise<unknown> {
    if (error instanceof NoConnection) return unreachable(here, error.message, error.hint);
    if (error instanceof Refused) return refused(here, 'in', error.message, error.hint);
    if (error instanceof Transient) return failed(here, doing, error.message);
    if (!(error instanceof SftpError)) return error;
    const space = await connection
      .client()
      .then((client) => client.space(place.path || '.'))
      .catch(() => undefined);
    return sftpProblem(error, { ...here, doing, space, path: place.path });
  }

  /** Distinguishes a remote that does not exist from one that lacks a file. @throws PipeError */
  const requireFolder = (): Promise<void> =>
    (checked ??= ask('look into it', async (client) => {
      const found = await client.stat(place.path || '.');
      if (found?.kind === 'folder') return;
      checked = undefined;
      throw found === undefined
        ? new NoConnection(
            'the folder does not exist',
            'correct the URL, or make it with a first `pipe push`',
          )
        : new NoConnection('it is not a folder', 'correct the URL');
    }));

  const sizesOf = (client: SftpClient, keys: readonly string[]): Promise<readonly (Size | undefined)[]> =>
    Promise.all(keys.map(async (key) => sizeOf(await client.lstat(at(key)))));

  return {
    ...here,
    jobs: JOBS,
    size: (key) => ask('look for objects', async (client) => sizeOf(await client.lstat(at(key)))),
    version: (key) =>
      ask('look at files', async (client) => {
        const found = await client.stat(at(key));
        if (found?.kind !== 'file') return undefined;
        const { size = 0, modified } = found;
        return { size, ...(modified !== undefined && { time: modified }) };
      }),
    async sizes(keys) {
      const sizes = new Map<string, Size>();
      for (let start = 0; start < keys.length; start += LOOKS) {
        const some = keys.slice(start, start + LOOKS);
        const found = await ask('look for objects', (client) => sizesOf(client, some));
        for (const [index, size] of found.entries()) if (size !== undefined) sizes.set(some[index]!, size);
      }
      return sizes;
    },
    async read(key, take) {
      const found = await ask('read objects', (client, reached) =>
        readFile(at(key), client, {
          reconnect: () => connection.client(),
          take,
          reached,
          ...(onRetry && { onRetry }),
          ...(wait && { wait }),
        }),
      );
      if (found === undefined) await requireFolder();
      return found?.taken;
    },
    async readParts(key, { size, ranges, version, onVersion }, take) {
      const { start = size, end } = ranges[0] ?? {};
      // What came, came in its order.
      if (end !== undefined && (ranges.length > 1 || end !== size)) return 'unfit';
      let done = start;
      let known = version;
      const found = await ask('read objects', (client, reached) =>
        readFile(at(key), client, {
          reconnect: () => connection.client(),
          start: done,
          take: async (body, file) => {
            const own = file.modified === undefined ? undefined : String(file.modified);
            if (file.size !== size || (known ?? own) !== own) return 'unfit' as const;
            if (done === start) onVersion(own);
            known = own;
            for await (const chunk of body) {
              take(done, chunk);
              done += chunk.length;
            }
            return 'read' as const;
          },
          reached,
          ...(onRetry && { onRetry }),
          ...(wait && { wait }),
        }),
      );
      if (found === undefined) await requireFolder();
      return found?.taken ?? 'missing';
    },
    write: (key, source, replace) =>
      ask(
        'write objects',
        (client, reached) => writer.write(client, key, source, replace, reached),
        'path' in source ? source.onSent : undefined,
      ),
    // No server lets us flush its folders.
    settle: () => Promise.resolve(),
    async *list(folder) {
      await requireFolder();
      const folders = [folder];
      for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
        const files: Listed[] = [];
        const inside = next;
        const key = (name: string): string => (inside === '' ? name : `${inside}/${name}`);
        const entries = await ask('list files', (client) => client.entries(at(inside)));
        for (const { name: entry, kind, size = 0, modified = 0 } of entries) {
          if (kind === 'folder') folders.push(key(entry));
          if (kind === 'file' && !TEMPORARY.test(entry))
            files.push({ key: key(entry), size, time: modified });
        }
        if (files.length > 0) yield files;
      }
    },
    async remove(keys) {
      for (let start = 0; start < keys.length; start += LOOKS)
        await ask('remove objects', (client) =>
          Promise.all(keys.slice(start, start + LOOKS).map((key) => client.remove(at(key)))),
        );
    },
    close: () => connection.end(),
  };
}

const TEMPORARY = /\.(?:tmp|part)$/;

function joined(root: string, key: string): string {
  if (root === '') return key === '' ? '.' : key;
  return root.endsWith('/') || key === '' ? root + key : `${root}/${key}`;
}

function sizeOf(found: Attributes | undefined): Size | undefined {
  if (found === undefined) return undefined;
  // Anything else under the name of an object is as good as a damaged one.
  return found.kind === 'file' ? (found.size ?? 'unknown') : -1;
}

/** For people. */
function urlOf({ place: { host, user, port, path } }: ConnectionOptions): string {
  const address = `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
  const folder = path === '' || path.startsWith('/') ? path : `/~/${path}`;
  return `ssh://${user === undefined ? '' : `${user}@`}${address}${folder}`;
}
