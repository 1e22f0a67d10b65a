// What a transport needs of connections: one request, and what is heard of its answer.
import type { AnswerEvents } from './answer-parser.ts';

export interface WireOptions {
  readonly secure: boolean;
  readonly port: number | undefined;
  /** The certificates of authorities, in place of the system's. */
  readonly ca: string | undefined;
  /** Whether the certificate of the server is checked. */
  readonly verify: boolean;
}

export interface WireRequest {
  readonly hostname: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** After `onEnd` or `onFailure` nothing more is heard. */
export interface WireEvents extends AnswerEvents {
  /** A new connection is made. */
  onConnecting(): void;
  /** There is one. */
  onConnected(): void;
  onFailure(error: unknown): void;
}

/** A request under way. Once it is over, nothing of this has an effect. */
export interface Sending {
  /** Sends what is given of the body; the first call sends the headers, too. @param isLast nothing follows. */
  send(bytes: Buffer | undefined, isLast: boolean, onSent: (error?: Error | null) => void): void;
  /** Lets no more come than what is under way, or all again. */
  flow(comes: boolean): void;
  /** Pieces that were kept: their memory may be used again. */
  giveBack(pieces: readonly Buffer[]): void;
  /** Ends the request, and its connection. @param error what is said of it. */
  destroy(error: Error): void;
}

export interface Wire {
  /** @throws Error for a header that cannot be sent. */
  begin(request: WireRequest, events: WireEvents): Sending;
  close(): void;
}
