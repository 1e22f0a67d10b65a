// What a transport needs of connections: one request, and what is heard of its answer.

export interface WireOptions {
  readonly secure: boolean;
  readonly port: number | undefined;
  /** The certificates of authorities, in place of the system's. */
  readonly ca: string | undefined;
  /** Whether the certificate of the server is checked. */
  readonly verify: boolean;
  readonly connectSeconds: number;
}

export interface WireRequest {
  readonly hostname: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

export interface AnswerHead {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: AnswerHeaders;
  /** Bytes of the body; undefined where only its end is known. */
  readonly length: number | undefined;
}

/** After `onEnd` or `onFailure` nothing more is heard. */
export interface WireEvents {
  onConnected(): void;
  /** The server asks for the body of the request. */
  onContinue(): void;
  onHead(head: AnswerHead): void;
  onPiece(bytes: Buffer): void;
  onEnd(): void;
  onFailure(error: unknown): void;
}

/** A request under way. Once it is over, nothing of this has an effect. */
export interface Sending {
  /** Sends what is given of the body; the first call sends the headers, too. @param isLast nothing follows. */
  send(bytes: Buffer | undefined, isLast: boolean, onSent: (error?: Error | null) => void): void;
  /** Lets no more come than what is under way, or all again. */
  flow(comes: boolean): void;
  /** Ends the request, and its connection. @param error what is said of it. */
  destroy(error: Error): void;
}

export interface Wire {
  /** @throws Error for a header that cannot be sent. */
  begin(request: WireRequest, events: WireEvents): Sending;
  close(): void;
}

export const noConnectionWithin = (seconds: number): string => `no connection within ${seconds} s`;

/** @param method of the request. */
export function bodyLength(
  method: string,
  status: number,
  { 'content-length': length }: AnswerHeaders,
): number | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  return length === undefined ? undefined : Number(length);
}
