// A proxy in front of a real server that fails as networks and overloaded servers do, by a seeded plan.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  /** The request never reaches the server. */
  | 'error-500'
  | 'error-429'
  | 'refuse'
  /** The server does it, and the answer is lost, whole or in part. */
  | 'lose-answer'
  | 'cut-answer'
  /** Both ways, in small pieces. */
  | 'slow';

export interface FaultProxy {
  readonly url: string;
  /** How often each fault happened. */
  readonly happened: Map<Fault, number>;
  /** Requests that the server answered, as `POST /api/2.0/mlflow/runs/create`. */
  readonly forwarded: string[];
  close(): Promise<void>;
}

export interface FaultPlan {
  readonly seed: number;
  /** Probability of each fault per request. */
  readonly faults: Partial<Record<Fault, number>>;
}

const PIECES = 5;
const PAUSE_MS = 15;

export async function startFaultProxy(target: string, plan: FaultPlan): Promise<FaultProxy> {
  const random = mulberry32(plan.seed);
  const happened = new Map<Fault, number>();
  const forwarded: string[] = [];

  let unanswered = 0;

  const planned = (): Fault | undefined => {
    let chance = random();
    for (const [fault, probability] of Object.entries(plan.faults) as [Fault, number][]) {
      if (chance < probability) return fault;
      chance -= probability;
    }
    return undefined;
  };

  const draw = (): Fault | undefined => {
    const fault = planned();
    // A server that has never answered is given up after three tries, so one of any three is answered.
    const isSilent = fault === 'refuse' || fault === 'lose-answer';
    unanswered = isSilent && unanswered < 2 ? unanswered + 1 : 0;
    if (fault === undefined || (isSilent && unanswered === 0)) return undefined;
    happened.set(fault, (happened.get(fault) ?? 0) + 1);
    return fault;
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await whole(incoming);
    const fault = draw();
    if (fault === 'error-500')
      return void outgoing
        .writeHead(500, { 'content-type': 'text/html' })
        .end('<h1>Internal Server Error</h1>');
    if (fault === 'error-429')
      return void outgoing
        .writeHead(429, { 'retry-after': '0' })
        .end('{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}');
    if (fault === 'refuse') return void incoming.socket.destroy();
    const slow = fault === 'slow';
    const answer = await forward(target, incoming, body, slow);
    forwarded.push(`${incoming.method} ${incoming.url?.split('?')[0]}`);
    if (fault === 'lose-answer') return void incoming.socket.destroy();
    outgoing.writeHead(answer.status, answer.headers);
    if (fault === 'cut-answer') {
      outgoing.write(answer.body.subarray(0, answer.body.length / 2));
      await sleep(5);
      return void incoming.socket.destroy();
    }
    for (const piece of slow ? pieces(answer.body) : [answer.body]) {
      outgoing.write(piece);
      if (slow) await sleep(PAUSE_MS);
    }
    outgoing.end();
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    happened,
    forwarded,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function forward(target: string, incoming: IncomingMessage, body: Buffer, slow: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...incoming.headers,
      host: new URL(target).host,
      'content-length': String(body.length),
    };
    delete (headers as Record<string, unknown>)['transfer-encoding'];
    const outgoing = request(
      `${target}${incoming.url}`,
      { method: incoming.method, headers, agent: false },
      (answer) => {
        const type = answer.headers['content-type'] ?? 'application/json';
        whole(answer).then(
          (bytes) =>
            resolve({
              status: answer.statusCode ?? 502,
              headers: { 'content-type': type, 'content-length': String(bytes.length) },
              body: bytes,
            }),
          reject,
        );
      },
    );
    outgoing.once('error', reject);
    const write = async (): Promise<void> => {
      for (const piece of slow ? pieces(body) : [body]) {
        outgoing.write(piece);
        if (slow) await sleep(PAUSE_MS);
      }
      outgoing.end();
    };
    write().catch(reject);
  });
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function pieces(bytes: Buffer): Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / PIECES));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

/** Uniform in [0, 1), from a 32-bit seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
