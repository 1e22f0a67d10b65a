// The list of a directory's files in the state database: their stat data, digests and paths, in the order of the walk that wrote it. Each
// in one block of bytes, so that most of a large list is neither taken apart nor made again as text.
import type { Digest } from './digest.ts';
import { FIELDS, type FoundFiles } from './found-files.ts';

/** The list as bytes: how many files, bytes of a digest, numbers of all files, their digests, their paths. */
export function listFiles(
  files: FoundFiles,
  digests: readonly Digest[],
  unsettled: ReadonlySet<number> = new Set(),
): readonly Buffer[] {
  const numbers = Float64Array.from(files.numbers);
  // Equal to no number, so that the file is read again.
  for (const index of unsettled) numbers[FIELDS * index] = NaN;
  const bytes = Buffer.from(digests.join(''), 'hex');
  const head = Float64Array.of(files.count, bytes.length);
  return [bytesOf(head), bytesOf(numbers), bytes, Buffer.from(files.paths.join('\0'))];
}

const bytesOf = (numbers: Float64Array): Buffer => Buffer.from(numbers.buffer);

export class FileList {
  readonly #numbers: Float64Array;
  /** Of all files, one after the other. */
  readonly #digests: string;
  readonly #width: number;
  readonly #paths: Buffer;
  /** By path. Made where a walk found other files, or in another order. */
  #places: ReadonlyMap<string, number> | undefined;

  /** @param bytes as `listFiles` gives them, joined. */
  constructor(bytes: Buffer) {
    const [count = 0, length = 0] = numbersIn(bytes, 0, 2);
    const digests = 8 * (2 + FIELDS * count);
    this.#numbers = numbersIn(bytes, 16, FIELDS * count);
    this.#digests = bytes.toString('hex', digests, digests + length);
    this.#width = count === 0 ? 0 : this.#digests.length / count;
    this.#paths = bytes.subarray(digests + length);
  }

  /** The digest of each file of a walk, by its index, if its stat data is the same. */
  matching(files: FoundFiles): (index: number) => Digest | undefined {
    const [before, now] = [this.#numbers, files.numbers];
    const isSameOrder = this.#paths.equals(Buffer.from(files.paths.join('\0')));
    return (index) => {
      const place = isSameOrder ? index : this.#placeOf(files.paths[index]!);
      if (place === undefined) return undefined;
      for (let field = 0; field < FIELDS; field += 1)
        if (now[FIELDS * index + field] !== before[FIELDS * place + field]) return undefined;
      return this.#digests.slice(this.#width * place, this.#width * (place + 1)) as Digest;
    };
  }

  #placeOf(path: string): number | undefined {
    this.#places ??= new Map(
      this.#paths
        .toString()
        .split('\0')
        .map((known, place) => [known, place]),
    );
    return this.#places.get(path);
  }
}

/** Copied: numbers must be at a multiple of their size. */
const numbersIn = (bytes: Buffer, start: number, count: number): Float64Array =>
  new Float64Array(Uint8Array.prototype.slice.call(bytes, start, start + 8 * count).buffer);
