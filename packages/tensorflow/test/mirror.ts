// A mirror of a folder on the loopback interface that can misbehave.
import { createServer, type ServerResponse } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

/** What the mirror does with a request instead of serving the file; undefined serves it. */
export type Mischief = (
  file: string,
  request: number,
) => { status: number } | { cutAfter: number } | { bytes: Uint8Array } | undefined;

export interface Mirror {
  readonly url: string;
  /** `name`, or `name from 1234` for a request of a range; in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** @param mischief is asked for each request of a file, counted from 1 per file */
export async function startMirror(folder: string, mischief: Mischief = () => undefined): Promise<Mirror> {
  const requests: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const file = basename(request.url ?? '');
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    requests.push(from > 0 ? `${file} from ${from}` : file);
    const count = (counts.get(file) ?? 0) + 1;
    counts.set(file, count);
    const path = join(folder, file);
    const todo = mischief(file, count);
    if (todo !== undefined && 'status' in todo) response.writeHead(todo.status).end();
    else if (!existsSync(path)) response.writeHead(404).end();
    else send(response, todo !== undefined && 'bytes' in todo ? todo.bytes : readFileSync(path), from, todo);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mnist/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, bytes: Uint8Array, from: number, todo: ReturnType<Mischief>): void {
  const rest = bytes.subarray(from);
  const range = from > 0 ? { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': rest.length, ...range });
  if (todo === undefined || !('cutAfter' in todo)) response.end(rest);
  else response.write(rest.subarray(0, todo.cutAfter), () => response.destroy());
}
