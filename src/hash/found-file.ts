// A file that a walk found. The numbers of all files of a walk are in one array: as values of their own they would take five times the
// memory, and the time to move them about in it.
import type { BigIntStats } from 'node:fs';
import type { StatKey } from '../disk/stat-key.ts';

const FIELDS = 4;
const FIRST_FILES = 256;

export class StatNumbers {
  #array = new BigInt64Array(FIELDS * FIRST_FILES);
  #used = 0;

  /** @returns the place of the file. */
  add({ ino, size, mtimeNs, ctimeNs }: StatKey): number {
    const place = this.#used;
    this.#used += FIELDS;
    if (this.#used > this.#array.length) {
      const larger = new BigInt64Array(2 * this.#array.length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[place] = ino;
    this.#array[place + 1] = size;
    this.#array[place + 2] = mtimeNs;
    this.#array[place + 3] = ctimeNs;
    return place;
  }

  at(place: number): bigint {
    return this.#array[place]!;
  }

  /** Those of the files from one place to another, in the order of a `StatKey`. */
  between(start: number, end: number): BigInt64Array {
    return this.#array.subarray(start, end);
  }
}

export class FoundFile implements StatKey {
  readonly kind = 'file';
  readonly path: string;
  readonly isexec: boolean;
  readonly #numbers: StatNumbers;
  readonly #place: number;

  constructor(path: string, isexec: boolean, numbers: StatNumbers, place: number) {
    this.path = path;
    this.isexec = isexec;
    this.#numbers = numbers;
    this.#place = place;
  }

  static of(path: string, stats: BigIntStats, numbers: StatNumbers): FoundFile {
    return new FoundFile(path, (stats.mode & 0o100n) !== 0n, numbers, numbers.add(stats));
  }

  /** The same file in the numbers of another walk. */
  among(numbers: StatNumbers): FoundFile {
    return new FoundFile(this.path, this.isexec, numbers, numbers.add(this));
  }

  get ino(): bigint {
    return this.#numbers.at(this.#place);
  }

  get size(): bigint {
    return this.#numbers.at(this.#place + 1);
  }

  get mtimeNs(): bigint {
    return this.#numbers.at(this.#place + 2);
  }

  get ctimeNs(): bigint {
    return this.#numbers.at(this.#place + 3);
  }

  /** The numbers of the files from this one to another of the same walk, that one included. */
  numbersTo(last: FoundFile): BigInt64Array {
    return this.#numbers.between(this.#place, last.#place + FIELDS);
  }
}
