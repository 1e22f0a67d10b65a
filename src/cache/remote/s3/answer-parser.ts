// Reads answers of HTTP/1.1 from the bytes of a connection, in whatever pieces they come. Strict: what could be read in two ways is a fault,
// and the connection is not used again. Node's own client takes twice the time for a small object, most of it for streams and events.

export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

export interface AnswerHead {
  readonly status: number;
  /** By name in lower case; of several the first. */
  readonly headers: AnswerHeaders;
  /** Bytes of the body; undefined where only its end is known. */
  readonly length: number | undefined;
  /** Another request can follow on the connection. */
  readonly isKept: boolean;
}

export interface AnswerEvents {
  /** The server asks for the body of the request. */
  onContinue(): void;
  onHead(head: AnswerHead): void;
  /** @param bytes a part of what was fed. @returns whether they are kept: their memory must not be used again. */
  onPiece(bytes: Buffer): boolean;
  onEnd(): void;
}

/** The server does not speak HTTP/1.1. */
export class Malformed extends Error {}

const MOST_HEAD = 16 << 10;
const MOST_LINE = 4 << 10;

type State = 'idle' | 'head' | 'body' | 'rest' | 'chunk' | 'chunk body' | 'chunk end' | 'trailer';

export class AnswerParser {
  readonly #events: AnswerEvents;
  #state: State = 'idle';
  /** Of the request. */
  #method = '';
  /** The start of a head or of a line. */
  #begun: Buffer | undefined;
  /** Bytes of the body, or of its chunk, that have not come yet. */
  #left = 0;
  /** Bytes of headers behind the body. */
  #trailer = 0;
  #isKeeping = false;

  constructor(events: AnswerEvents) {
    this.#events = events;
  }

  /** The next bytes answer a request of this method. */
  expect(method: string): void {
    this.#state = 'head';
    this.#method = method;
  }

  /** @returns whether a part of the bytes is kept. @throws Malformed */
  feed(bytes: Buffer): boolean {
    this.#isKeeping = false;
    for (let at = 0; at < bytes.length;) at = this.#step(bytes, at);
    return this.#isKeeping;
  }

  /** Nothing more comes: the end of a body that has no other. */
  end(): void {
    if (this.#state === 'rest') this.#finish();
  }

  /** @returns where it went on to. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes, at);
      case 'body':
      case 'chunk body':
      case 'rest':
        return this.#piece(bytes, at);
      case 'chunk':
        return this.#line(bytes, at, (line) => this.#chunk(line));
      case 'chunk end':
        return this.#line(bytes, at, (line) => {
          if (line !== '') throw new Malformed('a chunk of the answer is longer than it says');
          this.#state = 'chunk';
        });
      case 'trailer':
        return this.#line(bytes, at, (line) => {
          this.#trailer += line.length;
          if (this.#trailer > MOST_HEAD) throw new Malformed('the headers of the answer do not end');
          if (line === '') this.#finish();
        });
      case 'idle':
        throw new Malformed('the server sends what it was not asked for');
    }
  }

  #head(bytes: Buffer, at: number): number {
    const before = this.#begun?.length ?? 0;
    const all = this.#with(bytes, at);
    const end = all.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end > MOST_HEAD || (end === -1 && all.length > MOST_HEAD))
      throw new Malformed('the headers of the answer do not end');
    if (end === -1) {
      // What was fed is only lent.
      this.#begun = before > 0 ? all : Buffer.from(all);
      return bytes.length;
    }
    this.#begun = undefined;
    this.#answer(all.toString('latin1', 0, end));
    return at + end + 4 - before;
  }

  #with(bytes: Buffer, at: number): Buffer {
    const rest = bytes.subarray(at);
    return this.#begun ? Buffer.concat([this.#begun, rest]) : rest;
  }

  #answer(text: string): void {
    const [first = '', ...lines] = text.split('\r\n');
    const [, minor, code] = STATUS.exec(first) ?? [];
    if (code === undefined || LINE_ENDS.test(text)) throw new Malformed('the answer is not one of HTTP/1.1');
    const status = Number(code);
    if (status === 101) throw new Malformed('the server changes to another protocol');
    // Something on the way to the answer.
    if (status < 200) return status === 100 ? this.#events.onContinue() : undefined;
    const headers = headersIn(lines);
    const { connection = '' } = headers;
    const isEmpty = this.#method === 'HEAD' || status === 204 || status === 304;
    const length = isEmpty ? 0 : lengthOf(headers);
    const isChunked = !isEmpty && headers['transfer-encoding'] !== undefined;
    const isKept =
      (length !== undefined || isChunked) &&
      (minor === '1' ? !/\bclose\b/i.test(connection) : /\bkeep-alive\b/i.test(connection));
    this.#left = length ?? 0;
    this.#trailer = 0;
    this.#state = isChunked ? 'chunk' : length === undefined ? 'rest' : 'body';
    this.#events.onHead({ status, headers, length, isKept });
    if (length === 0) this.#finish();
  }

  #piece(bytes: Buffer, at: number): number {
    const end = this.#state === 'rest' ? bytes.length : Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#events.onPiece(bytes.subarray(at, end))) this.#isKeeping = true;
    if (this.#left === 0 && this.#state === 'body') this.#finish();
    else if (this.#left === 0 && this.#state === 'chunk body') this.#state = 'chunk end';
    return end;
  }

  #chunk(line: string): void {
    const [, digits] = CHUNK.exec(line) ?? [];
    if (digits === undefined) throw new Malformed('a chunk of the answer has no length');
    this.#left = parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailer' : 'chunk body';
  }

  /** @param take gets a line once it is complete, without its end. */
  #line(bytes: Buffer, at: number, take: (line: string) => void): number {
    const end = bytes.indexOf(LF, at);
    const all = this.#with(end === -1 ? bytes : bytes.subarray(0, end), at);
    if (all.length > MOST_LINE) throw new Malformed('a line of the answer does not end');
    if (end === -1) {
      this.#begun = Buffer.from(all);
      return bytes.length;
    }
    this.#begun = undefined;
    if (all.at(-1) !== CR) throw new Malformed('a line of the answer does not end as lines do');
    take(all.toString('latin1', 0, all.length - 1));
    return end + 1;
  }

  #finish(): void {
    this.#state = 'idle';
    this.#events.onEnd();
  }
}

const LF = 10;
const CR = 13;
const STATUS = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;
/** That are not ends of lines. */
const LINE_ENDS = /\0|\r(?!\n)|(?<!\r)\n/;
const CHUNK = /^([\da-f]{1,12})[\t ]*(?:;.*)?$/i;

function headersIn(lines: readonly string[]): AnswerHeaders {
  const headers = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = nameOf(line.slice(0, Math.max(0, colon)));
    const value = line.slice(colon + 1).trim();
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (name === 'connection') headers[name] = `${before}, ${value}`;
    else if (FRAMING.has(name)) throw new Malformed(`the answer has two headers '${name}'`);
  }
  return headers;
}

const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/** A server uses few, in one spelling. */
const names = new Map<string, string>();
const MOST_NAMES = 1000;

/** @param text a line that continues another one has none. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (!/^[\w!#$%&'*+\-.^`|~]+$/.test(text)) throw new Malformed('the answer has a header without a name');
  const name = text.toLowerCase();
  if (names.size < MOST_NAMES) names.set(text, name);
  return name;
}

/** @returns undefined where the body has chunks, or goes on up to the end of the connection. */
function lengthOf(headers: AnswerHeaders): number | undefined {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (encoding !== undefined && (length !== undefined || encoding.toLowerCase() !== 'chunked'))
    throw new Malformed('the length of the answer cannot be read');
  if (length === undefined) return undefined;
  if (!/^\d{1,15}$/.test(length)) throw new Malformed('the length of the answer cannot be read');
  return Number(length);
}
