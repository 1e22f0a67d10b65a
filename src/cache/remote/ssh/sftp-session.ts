// One conversation with an SFTP server: many requests at once, each answered in its own time. Owns the numbers of requests, how
// many bytes may be on their way, and the end of the connection. What a failure means to the user is not known here.
import type { Readable, Writable } from 'node:stream';
import { Transient } from '../persistently.ts';
import { watchPace, type Pace, type PaceWatch } from '../pace.ts';
import { BadPacket, initPacket, packet, Packet, packetSplitter, REPLY, type Field } from './sftp-codec.ts';

class Cut extends Transient {}

/** What connects us. */
export interface Wire {
  readonly input: Readable;
  readonly output: Writable;
  /** Whether the process should wait for it: only while something is asked. */
  hold(held: boolean): void;
  /** Ends it, however it is. */
  cut(): void;
  /** Ends it in order: nothing is asked any more. */
  finish(): void;
  /** Resolves at its end, with the reason in words. */
  readonly ended: Promise<Error>;
}

/** Bytes on their way, in both directions together: what a fast line needs, and no more memory than that. */
const WINDOW = 8 << 20;
/** Requests on their way. */
const MOST_REQUESTS = 512;
/** An answer of a few bytes is work done, too: so many bytes it counts as. */
const ANSWER_BYTES = 4096;
/** So many windows of silence a flush of a large file may take. */
const PATIENCE = 20;

interface Pending {
  readonly resolve: (packet: Packet) => void;
  readonly reject: (error: Error) => void;
  readonly bytes: number;
  readonly slow: boolean;
}

export interface CallOptions {
  /** Bytes at the end of the request. */
  readonly data?: Buffer;
  /** Bytes that the answer will have. */
  readonly expected?: number;
  /** The server may be silent over it for long. */
  readonly slow?: boolean;
}

export class SftpSession {
  /** OpenSSH's extensions that the server has. */
  readonly extensions = new Map<string, string>();
  readonly #wire: Wire;
  readonly #pace: Pace;
  readonly #pending = new Map<number, Pending>();
  /** Waiting until there is room for them. */
  readonly #queue: (() => void)[] = [];
  #watch: PaceWatch;
  #patience = PATIENCE;
  #slow = 0;
  #bytes = 0;
  #next = 0;
  #corked = false;
  #lost: Error | undefined;
  #onVersion: ((packet: Packet) => void) | undefined;

  constructor(wire: Wire, pace: Pace) {
    this.#wire = wire;
    this.#pace = pace;
    this.#watch = this.#newWatch();
    const split = packetSplitter((received) => this.#receive(received));
    wire.input.on('data', (piece: Buffer) => {
      try {
        this.#watch.moved(piece.length);
        split(piece);
        if (this.#isWaiting()) this.#watch.wait();
      } catch (error) {
        this.#lose(error as Error);
      }
    });
    // What is written to a program that ended is lost with it.
    wire.output.on('error', () => undefined);
    wire.output.on('drain', () => this.#admit());
    void wire.ended.then((error) => this.#lose(error));
  }

  /** @throws BadPacket, or why the connection ended. */
  async start(): Promise<void> {
    const version = new Promise<Packet>((resolve, reject) => {
      this.#onVersion = resolve;
      this.#pending.set(-1, { resolve, reject, bytes: 0, slow: true });
    });
    this.#wire.hold(true);
    this.#wire.output.write(initPacket());
    const greeting = await version;
    greeting.number();
    while (!greeting.isAtEnd()) this.extensions.set(greeting.text(), greeting.text());
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Requests that are not answered yet. */
  get load(): number {
    return this.#pending.size + this.#queue.length;
  }

  /** Bytes that may still be asked for without waiting. */
  get room(): number {
    return this.#queue.length > 0 ? 0 : WINDOW - this.#bytes;
  }

  /** @throws Transient where the connection ends before the answer. */
  async call(
    type: number,
    fields: readonly Field[],
    { data, expected = 0, slow = false }: CallOptions = {},
  ): Promise<Packet> {
    const bytes = (data?.length ?? 0) + expected;
    if (!this.#hasRoom(bytes)) await new Promise<void>((resolve) => this.#queue.push(resolve));
    if (this.#lost) throw this.#lost;
    const id = this.#next;
    this.#next = (id + 1) % 0xffff_ffff;
    return new Promise((resolve, reject) => {
      if (!this.#isWaiting()) this.#wire.hold(true);
      this.#pending.set(id, { resolve, reject, bytes, slow });
      this.#bytes += bytes;
      if (slow) this.#slow += 1;
      this.#watch.wait();
      this.#send(packet(type, [id, ...fields], data));
      if (data) this.#send(data);
    });
  }

  /** Ended by us. */
  get wasCut(): boolean {
    return this.#lost instanceof Cut;
  }

  end(): void {
    this.#lose(new Cut('the connection was ended'), () => this.#wire.finish());
  }

  /** As `end`, where it hangs. */
  cut(): void {
    this.#lose(new Cut('the connection was ended'));
  }

  #hasRoom(bytes: number): boolean {
    if (this.#pending.size === 0) return true;
    return (
      this.#pending.size < MOST_REQUESTS &&
      this.#bytes + bytes <= WINDOW &&
      this.#queue.length === 0 &&
      !this.#wire.output.writableNeedDrain
    );
  }

  /** Many small requests of one turn leave in one piece. */
  #send(bytes: Buffer): void {
    const { output } = this.#wire;
    if (!this.#corked) {
      this.#corked = true;
      output.cork();
      process.nextTick(() => {
        this.#corked = false;
        output.uncork();
      });
    }
    output.write(bytes);
  }

  #receive(received: Packet): void {
    if (received.type === REPLY.version && this.#onVersion) {
      this.#pending.delete(-1);
      this.#onVersion(received);
      this.#onVersion = undefined;
      if (!this.#isWaiting()) this.#wire.hold(false);
      return;
    }
    const id = received.number();
    const pending = this.#pending.get(id);
    if (!pending) throw new BadPacket('an answer to nothing', Buffer.alloc(0));
    this.#pending.delete(id);
    this.#bytes -= pending.bytes;
    if (pending.slow) this.#slow -= 1;
    this.#patience = PATIENCE;
    this.#watch.moved(Math.max(ANSWER_BYTES, pending.bytes));
    pending.resolve(received);
    this.#admit();
    if (!this.#isWaiting()) this.#wire.hold(false);
  }

  #isWaiting(): boolean {
    return this.#pending.size > 0;
  }

  /** Lets those who wait ask, as many as there is room for. */
  #admit(): void {
    if (this.#wire.output.writableNeedDrain && this.#isWaiting()) return;
    let room = Math.min(MOST_REQUESTS - this.#pending.size, Math.ceil((WINDOW - this.#bytes) / (256 << 10)));
    for (; room > 0 && this.#queue.length > 0; room -= 1) this.#queue.shift()!();
  }

  #newWatch(): PaceWatch {
    return watchPace(this.#pace, (reason) => {
      if (this.#slow > 0 && this.#patience > 0) {
        this.#patience -= 1;
        this.#watch = this.#newWatch();
        return this.#watch.wait();
      }
      this.#lose(new Transient(`the connection is too slow: ${reason}`));
    });
  }

  #lose(error: Error, leave: () => void = () => this.#wire.cut()): void {
    if (this.#lost) return;
    this.#lost = error;
    this.#watch.end();
    leave();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    for (const admit of this.#queue.splice(0)) admit();
    this.#wire.hold(false);
  }
}
