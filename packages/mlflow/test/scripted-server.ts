// Loopback servers that answer as a test says, and a client for them that does not wait between its attempts.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openClient } from '../src/client.ts';
import { connectionFor } from '../src/environment.ts';
import type { HttpOptions } from '../src/http.ts';
import { listen } from './listen.ts';

const QUICK = { MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '0', MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '0' };
export const pem = join(import.meta.dirname, 'fixtures', 'localhost.pem');

/** A server that takes one handler after the other, the last one for all further requests. */
export async function scripted(t: TestContext, ...handlers: RequestListener[]): Promise<string> {
  let at = 0;
  const server = createServer((request, response) => {
    handlers[Math.min(at, handlers.length - 1)]!(request, response);
    at += 1;
  });
  return `http://${await listen(t, server)}`;
}

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
export const cut = (request: IncomingMessage): void => void request.socket.destroy();
export const cutBody = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"experiment":', () => response.destroy());
};
/** As a proxy leaves it that ends too early. */
export const half: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"experiment":');
};
export const silent = (): void => {};
export const experiment = json({
  experiment: { experiment_id: '7', name: 'e', artifact_location: '', lifecycle_stage: 'active' },
});

export const client = (url: string, env: Record<string, string> = {}, options: HttpOptions = {}) =>
  openClient(connectionFor(url, { ...QUICK, ...env }, '/nowhere'), options);
