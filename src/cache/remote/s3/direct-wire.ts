// Connections to a server without a proxy in between. Those that are free are used again, the last one first.
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { AnswerParser, type AnswerHead } from './answer-parser.ts';
import type { Sending, Wire, WireEvents, WireOptions, WireRequest } from './wire.ts';

const READ = 64 << 10;
/** Buffers that are kept for later. */
const MOST_FREE = 64;
/** By so much earlier than the server does, a free connection counts as closed. */
const EARLIER_MS = 1000;

export function directWire(options: WireOptions): Wire {
  const pool = new Pool(options);
  return {
    begin(request, events) {
      const head = headOf(request);
      const connection = pool.take(request.hostname, events);
      connection.parser.expect(request.method);
      return new DirectSending(connection, events, head);
    },
    close: () => pool.close(),
  };
}

class Pool {
  readonly options: WireOptions;
  readonly #open = new Set<Connection>();
  readonly #free = new Map<string, Connection[]>();
  readonly #sessions = new Map<string, Buffer>();
  readonly #buffers: Buffer[] = [];

  constructor(options: WireOptions) {
    this.options = options;
  }

  take(hostname: string, events: WireEvents): Connection {
    const free = this.#free.get(hostname);
    for (let connection = free?.pop(); connection; connection = free?.pop())
      if (connection.begin(events)) return connection;
    const made = new Connection(this, hostname, events);
    this.#open.add(made);
    return made;
  }

  free(connection: Connection): void {
    const { hostname } = connection;
    const free = this.#free.get(hostname);
    if (free) free.push(connection);
    else this.#free.set(hostname, [connection]);
  }

  closed(connection: Connection): void {
    this.#open.delete(connection);
  }

  close(): void {
    for (const connection of this.#open) connection.destroy(new Error('the remote was closed'));
  }

  takeBuffer(): Buffer {
    return this.#buffers.pop() ?? Buffer.allocUnsafeSlow(READ);
  }

  giveBack(pieces: readonly Buffer[]): void {
    let last: ArrayBufferLike | undefined;
    for (const { buffer } of pieces) {
      // Pieces of one buffer follow each other.
      if (buffer !== last && this.#buffers.length < MOST_FREE) this.#buffers.push(Buffer.from(buffer));
      last = buffer;
    }
  }

  connect(hostname: string, onread: OnRead): Socket {
    const { secure, port = secure ? 443 : 80, ca, verify } = this.options;
    if (!secure) return connect({ host: hostname, port, onread });
    const session = this.#sessions.get(hostname);
    const target = {
      host: hostname,
      port,
      onread,
      servername: isIP(hostname) === 0 ? hostname : '',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: verify,
      ...(ca !== undefined && { ca }),
      ...(session && { session }),
    };
    const socket = connectSecurely(target);
    socket.on('session', (next) => this.#sessions.set(hostname, next));
    socket.once('error', () => this.#sessions.delete(hostname));
    return socket;
  }
}

interface OnRead {
  readonly buffer: () => Buffer;
  readonly callback: (length: number, buffer: Uint8Array) => boolean;
}

class Connection {
  readonly hostname: string;
  readonly socket: Socket;
  readonly parser: AnswerParser;
  readonly #pool: Pool;
  #events: WireEvents | undefined;
  #buffer: Buffer | undefined;
  #isFlowing = true;
  /** All of the request is on its way. */
  #isSent = false;
  #isKept = false;
  /** When the server closes it, if it is free until then. */
  #until = Infinity;

  constructor(pool: Pool, hostname: string, events: WireEvents) {
    this.#pool = pool;
    this.hostname = hostname;
    this.#events = events;
    this.parser = new AnswerParser({
      onContinue: () => this.#events?.onContinue(),
      onHead: (head) => this.#head(head),
      onPiece: (bytes) => this.#events?.onPiece(bytes) === true,
      onEnd: () => this.#end(),
    });
    events.onConnecting();
    this.socket = pool.connect(hostname, {
      buffer: () => (this.#buffer ??= pool.takeBuffer()),
      callback: (length, buffer) => this.#read((buffer as Buffer).subarray(0, length)),
    });
    this.socket.setNoDelay(true);
    this.socket.setKeepAlive(true, 1000);
    this.socket.once('connect', () => this.#events?.onConnected());
    this.socket.once('end', () => this.parser.end());
    this.socket.on('error', (error) => this.destroy(error));
    this.socket.once('close', () => {
      this.destroy(new Error('the server closed the connection'));
      pool.closed(this);
    });
  }

  /** @returns whether it can be used again. */
  begin(events: WireEvents): boolean {
    if (this.socket.destroyed) return false;
    if (performance.now() > this.#until) {
      this.socket.destroy();
      return false;
    }
    this.socket.ref();
    this.#isSent = false;
    this.#events = events;
    events.onConnected();
    return true;
  }

  isOf(events: WireEvents): boolean {
    return this.#events === events;
  }

  send(bytes: Buffer, isLast: boolean, onSent: (error?: Error | null) => void): void {
    if (isLast) this.#isSent = true;
    this.socket.write(bytes, onSent);
  }

  flow(comes: boolean): void {
    if (comes === this.#isFlowing) return;
    this.#isFlowing = comes;
    if (comes) this.socket.resume();
    else this.socket.pause();
  }

  giveBack(pieces: readonly Buffer[]): void {
    this.#pool.giveBack(pieces);
  }

  destroy(error: unknown): void {
    const events = this.#events;
    this.#events = undefined;
    this.socket.destroy();
    events?.onFailure(error);
  }

  #read(bytes: Buffer): boolean {
    try {
      if (this.parser.feed(bytes)) this.#buffer = undefined;
    } catch (error) {
      this.destroy(error);
    }
    return this.#isFlowing;
  }

  #head(head: AnswerHead): void {
    const [, seconds] = /timeout=(\d+)/.exec(head.headers['keep-alive'] ?? '') ?? [];
    this.#until = seconds === undefined ? Infinity : performance.now() + Number(seconds) * 1000 - EARLIER_MS;
    this.#isKept = head.isKept;
    this.#events?.onHead(head);
  }

  #end(): void {
    const events = this.#events;
    if (!events) return;
    this.#events = undefined;
    if (this.#isKept && this.#isSent && !this.socket.destroyed) {
      this.flow(true);
      // A command does not wait for the server to close it.
      this.socket.unref();
      this.#pool.free(this);
    } else this.socket.destroy();
    events.onEnd();
  }
}

class DirectSending implements Sending {
  readonly #connection: Connection;
  readonly #events: WireEvents;
  /** Until they are sent. */
  #head: string;

  constructor(connection: Connection, events: WireEvents, head: string) {
    this.#connection = connection;
    this.#events = events;
    this.#head = head;
  }

  send(bytes: Buffer | undefined, isLast: boolean, onSent: (error?: Error | null) => void): void {
    if (!this.#isUnderWay()) return;
    const head = this.#head;
    this.#head = '';
    const isAlone = head === '' && bytes !== undefined;
    this.#connection.send(isAlone ? bytes : withHead(head, bytes), isLast, onSent);
  }

  flow(comes: boolean): void {
    if (this.#isUnderWay()) this.#connection.flow(comes);
  }

  giveBack(pieces: readonly Buffer[]): void {
    this.#connection.giveBack(pieces);
  }

  destroy(error: Error): void {
    if (this.#isUnderWay()) this.#connection.destroy(error);
  }

  #isUnderWay(): boolean {
    return this.#connection.isOf(this.#events);
  }
}

/** In one piece: each write is a call of the system, and mostly a packet. */
function withHead(head: string, body: Buffer = EMPTY): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 'latin1');
  body.copy(bytes, head.length);
  return bytes;
}

const EMPTY = Buffer.alloc(0);

function headOf({ method, path, headers }: WireRequest): string {
  let head = `${method} ${path} HTTP/1.1\r\n`;
  if (/[^\x21-\xff]/.test(path)) throw new Error('a path has characters that cannot be sent');
  for (const name in headers) {
    const value = headers[name]!;
    if (UNSENDABLE.test(value)) throw new Error(`the header '${name}' has characters that cannot be sent`);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}connection: keep-alive\r\n\r\n`;
}

const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;
