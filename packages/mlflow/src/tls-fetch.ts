// A `fetch` for servers with certificates of their own: the platform's takes neither a CA nor a client certificate nor
// "do not verify" per request. Knows as much of fetch as this package uses; follows no redirects.
import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TlsOptions } from './environment.ts';
import type { Fetch } from './fetch.ts';

export function tlsFetch(tls: TlsOptions): Fetch {
  const agent = new Agent({ ...tls, keepAlive: true });
  return (url, init) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        url,
        { agent, method: init.method, headers: init.headers, signal: init.signal },
        (incoming) => {
          const headers = new Headers();
          for (const [name, values] of Object.entries(incoming.headersDistinct))
            for (const value of values ?? []) headers.append(name, value);
          const status = incoming.statusCode ?? 0;
          const empty = status === 204 || status === 304;
          if (empty) incoming.resume();
          resolve(
            new Response(empty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>), {
              status,
              headers,
            }),
          );
        },
      );
      outgoing.once('error', reject);
      const body = init.body;
      if (body instanceof ReadableStream) pipeline(Readable.from(body), outgoing).catch(reject);
      else outgoing.end(body);
    });
}
