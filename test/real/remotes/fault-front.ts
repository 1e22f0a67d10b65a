// Stands in front of a real server and fails as networks and overloaded servers do, where a test says so.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export type Fault =
  /** The server never sees the request. */
  | { readonly kind: 'refuse'; readonly status: number; readonly code?: string; readonly headers?: object }
  /** The connection ends within the request's body. */
  | { readonly kind: 'cut request' }
  /** The server does it, and the answer is lost. */
  | { readonly kind: 'lose answer' }
  /** The answer ends in the middle. */
  | { readonly kind: 'cut answer' }
  /** A bit of what comes back is turned around. */
  | { readonly kind: 'wrong answer' }
  /** A bit of what is sent is turned around. */
  | { readonly kind: 'wrong request' }
  /** All comes, whatever range is asked for. */
  | { readonly kind: 'whole' }
  /** Half of the answer comes, then a byte now and then. */
  | { readonly kind: 'drip' };

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** How many requests with this method and path there were before. */
  readonly before: number;
}

export interface FaultFront {
  readonly url: string;
  /** As `PUT /bucket/key`, in the order in which they came. */
  readonly asked: string[];
  /** May be replaced at any time. */
  plan: (asked: Asked) => Fault | undefined;
}

const DRIP_MS = 100;

/** @param target URL of the server. */
export async function startFaultFront(t: TestContext, target: string): Promise<FaultFront> {
  const asked: string[] = [];
  const front: { -readonly [key in keyof FaultFront]: FaultFront[key] } = {
    url: '',
    asked,
    plan: () => undefined,
  };
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`;
    const before = asked.filter((other) => other === line).length;
    asked.push(line);
    const { method = '', url: path = '', headers } = incoming;
    void serve(incoming, outgoing, front.plan({ method, path, headers, before })).catch(() =>
      outgoing.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  front.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return front;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse, fault?: Fault): Promise<void> {
    if (fault?.kind === 'cut request') {
      if (Number(incoming.headers['content-length'] ?? 0) > 0) await once(incoming, 'data');
      return void incoming.destroy();
    }
    const body = await whole(incoming);
    if (fault?.kind === 'refuse') {
      const text = `<Error><Code>${fault.code ?? 'InternalError'}</Code><Message>on purpose</Message></Error>`;
      return void outgoing.writeHead(fault.status, { ...fault.headers }).end(text);
    }
    if (fault?.kind === 'wrong request') turnABit(body);
    if (fault?.kind === 'whole') delete incoming.headers.range;
    const { status, headers, bytes } = await forward(incoming, body);
    if (fault?.kind === 'lose answer') return void outgoing.destroy();
    if (fault?.kind === 'wrong answer') turnABit(bytes);
    outgoing.writeHead(status, headers);
    if (fault?.kind !== 'cut answer' && fault?.kind !== 'drip') return void outgoing.end(bytes);
    const half = bytes.subarray(0, bytes.length >> 1);
    outgoing.write(half, () => {
      if (fault.kind === 'cut answer') outgoing.destroy();
    });
    if (fault.kind === 'drip') drip(outgoing, bytes.subarray(half.length));
  }

  async function forward(
    { method, url, headers }: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: IncomingMessage['headers']; bytes: Buffer }> {
    const { expect: _, ...others } = headers;
    const sent = request(`${target}${url}`, { ...(method && { method }), headers: others });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: answer.statusCode!, headers: answer.headers, bytes: await whole(answer) };
  }
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function turnABit(bytes: Buffer): void {
  if (bytes.length > 0) bytes[bytes.length >> 1]! ^= 1;
}

function drip(outgoing: ServerResponse, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    outgoing.write(bytes.subarray(sent, (sent += 1)));
    if (sent === bytes.length) outgoing.end();
  }, DRIP_MS);
  outgoing.once('close', () => clearInterval(timer));
}
