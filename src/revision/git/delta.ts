// A change as git packs it: which pieces of another object to copy, and which bytes to insert.

/** @throws Error for a change to something else. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  let at = 0;
  const length = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = delta.readUInt8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  /** The bytes that the flags say are there, the lowest first. */
  const number = (flags: number, most: number): number => {
    let value = 0;
    for (let index = 0; index < most; index += 1)
      if (flags & (1 << index)) value += delta.readUInt8(at++) * 256 ** index;
    return value;
  };
  if (length() !== base.length) throw new Error('a change to an object of another size');
  const size = length();
  const pieces: Buffer[] = [];
  while (at < delta.length) {
    const order = delta.readUInt8(at++);
    if (order === 0) throw new Error('a change that is not understood');
    if (order < COPY) {
      pieces.push(delta.subarray(at, at + order));
      at += order;
    } else {
      const from = number(order & 15, 4);
      const count = number((order >> 4) & 7, 3) || WHOLE;
      pieces.push(base.subarray(from, from + count));
    }
  }
  const bytes = Buffer.concat(pieces);
  if (bytes.length !== size) throw new Error('a change that makes an object of another size');
  return bytes;
}

const COPY = 128;
/** What a count of 0 means. */
const WHOLE = 0x10000;
