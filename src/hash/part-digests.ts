// The sha256 of each part of a file, taken while the file is read for another reason.
import { createHash, type Hash } from 'node:crypto';

export class PartDigests {
  /** Bytes of a part; the last one may be shorter. */
  readonly #length: number;
  readonly #digests: string[] = [];
  #hash: Hash = createHash('sha256');
  #filled = 0;

  constructor(length: number) {
    this.#length = length;
  }

  update(piece: Buffer): void {
    for (let start = 0; start < piece.length;) {
      const end = Math.min(piece.length, start + this.#length - this.#filled);
      this.#hash.update(piece.subarray(start, end));
      this.#filled += end - start;
      start = end;
      if (this.#filled === this.#length) this.#next();
    }
  }

  /** @returns hexadecimal, in the order of the parts. */
  end(): readonly string[] {
    if (this.#filled > 0) this.#next();
    return this.#digests;
  }

  #next(): void {
    this.#digests.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
    this.#filled = 0;
  }
}
