// A server of files that change: with ETags or without, slow to answer, cut off, moved. A test may answer requests itself.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface SourceServer {
  /** Ends in a slash. */
  readonly url: string;
  /** By path, without the slash before it. */
  readonly files: Map<string, string>;
  /** Headers of a file besides its length; default: an ETag. */
  readonly headers: Map<string, Record<string, string>>;
  readonly asked: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  /** Answers a request in place of the server. @returns whether it did. */
  answer: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export async function startSourceServer(test: TestContext): Promise<SourceServer> {
  const files = new Map<string, string>();
  const headers = new Map<string, Record<string, string>>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname.slice(1));
    source.asked.push({ method: request.method!, path, headers: request.headers });
    if (source.answer(request, response)) return;
    const file = files.get(path);
    if (file === undefined) {
      response.writeHead(404).end('not here');
      return;
    }
    const etag = `"${createHash('md5').update(file).digest('hex')}"`;
    const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const isRest = start !== undefined && (request.headers['if-range'] ?? etag) === etag;
    const body = isRest ? file.slice(Number(start)) : file;
    response.writeHead(isRest ? 206 : 200, {
      'content-length': Buffer.byteLength(body),
      ...(headers.get(path) ?? { etag }),
      ...(isRest && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const source: SourceServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    files,
    headers,
    asked: [],
    answer: () => false,
  };
  return source;
}
