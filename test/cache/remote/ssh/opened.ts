// A remote that is opened on a server of SFTP in memory.
import type { TestContext } from 'node:test';
import { openSshRemote, type Remote, type SftpClient } from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';
import { makeSftpServer, type SftpServer } from './sftp-server.ts';

interface Opened {
  readonly remote: Remote;
  readonly retries: string[];
}

export function open(server: SftpServer, path = 'base'): Opened {
  const retries: string[] = [];
  let client: SftpClient | undefined;
  const remote = openSshRemote({
    name: 'big',
    place: { host: 'host', path },
    pace: { bytes: 0, seconds: 60 },
    canAsk: false,
    variable: undefined,
    wait: async () => undefined,
    onRetry: (reason) => retries.push(reason),
    fault: () => undefined,
    connection: {
      client: async () => (client = client && !client.isLost ? client : await server.connect()),
      end: async () => client?.end(),
    },
  });
  return { remote, retries };
}

export function setting(t: TestContext): {
  readonly server: SftpServer;
  readonly source: (bytes: string | Buffer) => Source;
} {
  const [server, space] = [makeSftpServer(), makeSpace(t)];
  return {
    server,
    source(bytes) {
      const path = space.write('source', bytes);
      return { path, size: Buffer.byteLength(bytes) };
    },
  };
}

interface Source {
  readonly path: string;
  readonly size: number;
}

/** Bytes of which no two pieces are the same. */
export function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 1000) bytes.writeUInt32LE(at, at);
  return bytes;
}
