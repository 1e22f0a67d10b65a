// A server of S3 that is reached below a path, as behind a gateway: it checks the signature over the path that the client asked for, takes
// its own part away, and asks the server behind it with a signature of its own.
import { createHmac, hash } from 'node:crypto';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { sign } from '../../../src/cache/cache.ts';
import { KEYS } from './s3-servers.ts';

const CREDENTIALS = { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY };

/**
 * @param path encoded, such as `/storage/v1`. @param server URL of the server behind it.
 * @param how `checks`: see above; `strips`: signatures are left to the server behind, which sees another path.
 * @returns the URL for clients.
 */
export async function startPathProxy(
  t: TestContext,
  path: string,
  server: string,
  how: Served['how'],
): Promise<string> {
  // A thread of its own: tests wait for DVC without a turn of theirs.
  const worker = new Worker(new URL(import.meta.url), { workerData: { path, server, how } satisfies Served });
  t.after(() => worker.terminate());
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return `http://127.0.0.1:${port}${path}`;
}

interface Served {
  readonly path: string;
  readonly server: string;
  readonly how: 'checks' | 'strips';
}

/** In the thread of the proxy. */
function serve({ path, server, how }: Served): void {
  const there = new URL(server);
  const proxy = createServer((asked, answer) => {
    const [whole = '', query = ''] = asked.url!.split('?', 2);
    if (!whole.startsWith(`${path}/`)) return void answer.writeHead(404).end();
    if (how === 'checks' && !isSigned(asked, whole, query)) {
      asked.resume();
      return void answer.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
    }
    const inner = whole.slice(path.length);
    const { authorization: _, ...headers } = asked.headers as Record<string, string>;
    const unsigned = {
      method: asked.method!,
      host: there.host,
      path: inner,
      query: sorted(query),
      headers,
      sha256: headers['x-amz-content-sha256']!,
    };
    const forwarded = request(
      {
        host: there.hostname,
        port: there.port,
        method: asked.method,
        path: query === '' ? inner : `${inner}?${query}`,
        headers:
          how === 'strips'
            ? asked.headers
            : { ...sign(unsigned, CREDENTIALS, { region: KEYS.AWS_DEFAULT_REGION, time: Date.now() }) },
      },
      (got) => {
        answer.writeHead(got.statusCode!, got.headers);
        got.pipe(answer);
      },
    );
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  proxy.listen(0, '127.0.0.1', () => send((proxy.address() as AddressInfo).port));
}

const sorted = (query: string): string =>
  query === ''
    ? ''
    : query
        .split('&')
        .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
        .sort()
        .join('&');

/** By the rules of AWS, for whatever headers the client has signed. */
function isSigned({ method, headers }: IncomingMessage, path: string, query: string): boolean {
  const [, scope = '', names = '', signature] =
    /Credential=[^/]+\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(headers.authorization ?? '') ??
    [];
  const signed = names
    .split(';')
    .map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}\n`);
  const canonical = [method, path, sorted(query), signed.join(''), names, headers['x-amz-content-sha256']];
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash('sha256', canonical.join('\n'))].join(
    '\n',
  );
  const hmac = (key: Buffer | string, of: string): Buffer => createHmac('sha256', key).update(of).digest();
  let key: Buffer | string = `AWS4${CREDENTIALS.secretAccessKey}`;
  for (const part of scope.split('/')) key = hmac(key, part);
  return hmac(key, text).toString('hex') === signature;
}

/** A thread has no origin, as a window has. */
const send = parentPort?.postMessage.bind(parentPort) ?? (() => undefined);

if (!isMainThread && workerData !== null) serve(workerData as Served);
