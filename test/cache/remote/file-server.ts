// A server that keeps files in memory: PUT to write, GET and HEAD to read, DELETE to remove. It cannot list. A test may answer requests itself.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface FileServer {
  /** Ends in a slash. */
  readonly url: string;
  /** By path, without the slash before it. */
  readonly files: Map<string, Buffer>;
  readonly requests: Asked[];
  /** Answers a request in place of the server. @returns whether it did. */
  answer: (request: IncomingMessage, response: ServerResponse, asked: Asked) => boolean;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export async function startFileServer(test: TestContext): Promise<FileServer> {
  const files = new Map<string, Buffer>();
  const requests: Asked[] = [];
  const server = createServer((request, response) => {
    const asked = {
      method: request.method!,
      path: decodeURIComponent(new URL(request.url!, 'http://host').pathname.slice(1)),
      headers: request.headers,
    };
    requests.push(asked);
    if (fileServer.answer(request, response, asked)) {
      request.resume();
      return;
    }
    const { method, path } = asked;
    if (method === 'PUT' || method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        files.set(path, Buffer.concat(chunks));
        response.writeHead(201).end();
      });
      return;
    }
    if (method === 'DELETE') return void response.writeHead(files.delete(path) ? 204 : 404).end();
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405).end();
    const file = files.get(path);
    if (file === undefined) response.writeHead(404).end('not here');
    else response.writeHead(200, { 'content-length': file.length }).end(method === 'GET' ? file : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const fileServer: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    files,
    requests,
    answer: () => false,
  };
  return fileServer;
}
