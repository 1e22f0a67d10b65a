// The bytes of SFTP, version 3 (draft-ietf-secsh-filexfer-02), with OpenSSH's extensions: requests to bytes, bytes to replies.

export const REQUEST = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  stat: 17,
  rename: 18,
  extended: 200,
} as const;

export const REPLY = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 201,
} as const;

export const STATUS = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  unsupported: 8,
} as const;

export const OPEN = { read: 1, write: 2, create: 8, truncate: 16, exclusive: 32 } as const;

const HAS = { size: 1, owner: 2, permissions: 4, times: 8, extended: 0x8000_0000 } as const;

const VERSION = 3;

/** Longer packets are no answers to what we ask. */
const LONGEST = 1 << 20;

/** What came is not SFTP. */
export class BadPacket extends Error {
  /** The first bytes, as far as they can be read. */
  readonly start: string;

  constructor(what: string, bytes: Buffer) {
    super(what);
    this.start = bytes
      .subarray(0, 80)
      .toString('latin1')
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .trim();
  }
}

/** A number is 32 bits wide, a bigint 64; texts and bytes carry their length. */
export type Field = number | bigint | string | Buffer;

export const attributes = (permissions?: number): readonly Field[] =>
  permissions === undefined ? [0] : [HAS.permissions, permissions];

export const initPacket = (): Buffer => packet(REQUEST.init, [VERSION]);

/** @param more bytes that follow as the last field and are sent from where they are. */
export function packet(type: number, fields: readonly Field[], more?: Buffer): Buffer {
  let length = 1;
  for (const field of fields) length += widthOf(field);
  const bytes = Buffer.allocUnsafe(4 + length + (more ? 4 : 0));
  bytes.writeUInt32BE(length + (more ? 4 + more.length : 0), 0);
  bytes[4] = type;
  let at = 5;
  for (const field of fields) at = put(bytes, at, field);
  if (more) bytes.writeUInt32BE(more.length, at);
  return bytes;
}

function widthOf(field: Field): number {
  if (typeof field === 'number') return 4;
  if (typeof field === 'bigint') return 8;
  return 4 + (typeof field === 'string' ? Buffer.byteLength(field) : field.length);
}

function put(bytes: Buffer, at: number, field: Field): number {
  if (typeof field === 'number') return bytes.writeUInt32BE(field, at);
  if (typeof field === 'bigint') return bytes.writeBigUInt64BE(field, at);
  const length = typeof field === 'string' ? bytes.write(field, at + 4) : field.copy(bytes, at + 4);
  bytes.writeUInt32BE(length, at);
  return at + 4 + length;
}

/** A packet that came; its fields are read in their order. */
export class Packet {
  readonly type: number;
  readonly #bytes: Buffer;
  #at = 1;

  /** @param bytes without the length. */
  constructor(bytes: Buffer) {
    this.type = bytes[0] ?? 0;
    this.#bytes = bytes;
  }

  number(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  wide(): number {
    return Number(this.#bytes.readBigUInt64BE(this.#take(8)));
  }

  bytes(): Buffer {
    const length = this.number();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  attributes(): Attributes {
    const has = this.number();
    const size = has & HAS.size ? this.wide() : undefined;
    if (has & HAS.owner) this.#take(8);
    const permissions = has & HAS.permissions ? this.number() : undefined;
    if (has & HAS.times) this.#take(4);
    const modified = has & HAS.times ? this.number() * 1000 : undefined;
    if (has & HAS.extended) for (let left = this.number() * 2; left > 0; left -= 1) this.bytes();
    return {
      kind: kindOf(permissions),
      ...(size !== undefined && { size }),
      ...(modified !== undefined && { modified }),
    };
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new BadPacket('a packet is cut short', this.#bytes);
    this.#at += length;
    return start;
  }
}

export interface Attributes {
  readonly kind: 'file' | 'folder' | 'other';
  readonly size?: number;
  /** Milliseconds since 1970, whole seconds. */
  readonly modified?: number;
}

function kindOf(permissions: number | undefined): Attributes['kind'] {
  // A server that does not say has files.
  if (permissions === undefined) return 'file';
  const type = permissions & 0o170000;
  if (type === 0o40000) return 'folder';
  return type === 0o100000 || type === 0 ? 'file' : 'other';
}

/**
 * Cuts a stream into packets, wherever its pieces end.
 * @returns a function that takes the next piece. @throws BadPacket where it is no SFTP.
 */
export function packetSplitter(onPacket: (packet: Packet) => void): (piece: Buffer) => void {
  /** What of a length, or of a packet, has come. */
  let head = Buffer.alloc(0);
  let body: Buffer | undefined;
  let filled = 0;

  return (given) => {
    let piece = given;
    while (piece.length > 0) {
      if (body) {
        const count = piece.copy(body, filled);
        filled += count;
        piece = piece.subarray(count);
        if (filled < body.length) return;
        const whole = body;
        body = undefined;
        onPacket(new Packet(whole));
        continue;
      }
      if (head.length > 0) {
        piece = Buffer.concat([head, piece]);
        head = Buffer.alloc(0);
      }
      if (piece.length < 4) {
        head = Buffer.from(piece);
        return;
      }
      const length = piece.readUInt32BE(0);
      if (length === 0 || length > LONGEST) throw new BadPacket('no packet has this length', piece);
      piece = piece.subarray(4);
      if (piece.length >= length) {
        onPacket(new Packet(piece.subarray(0, length)));
        piece = piece.subarray(length);
      } else {
        body = Buffer.allocUnsafeSlow(length);
        filled = 0;
      }
    }
  };
}
