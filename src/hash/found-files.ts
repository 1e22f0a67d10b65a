// The files that a walk found: names by folder, and the numbers of all files in one array. As objects of their own they would take five
// times the memory, and the time to move them about in it.
import { fitYoungGeneration } from '../base/young-generation.ts';
import type { Look } from '../disk/look-inside.ts';
import type { LookKey } from '../disk/stat-key.ts';

/** Numbers of a file: those of a `LookKey`, in its order, and whether it is executable. */
export const FIELDS = 5;
const FIRST_FILES = 256;

interface Folder {
  /** Relative to the directory of the walk; empty for that itself. */
  readonly path: string;
  readonly names: string[];
}

export class FoundFiles {
  readonly #folders: Folder[] = [];
  #numbers = new Float64Array(FIELDS * FIRST_FILES);
  #count = 0;
  #paths: readonly string[] | undefined;

  get count(): number {
    return this.#count;
  }

  /** Those that have files, in the order of the walk. */
  get folders(): readonly Folder[] {
    return this.#folders;
  }

  add(folder: string, name: string, { ino, size, mtimeMs, ctimeMs, mode }: Look): void {
    const last = this.#folders.at(-1);
    if (last?.path === folder) last.names.push(name);
    else this.#folders.push({ path: folder, names: [name] });
    const place = FIELDS * this.#count;
    this.#count += 1;
    if (place === this.#numbers.length) {
      fitYoungGeneration({ files: this.#count });
      const larger = new Float64Array(2 * place);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[place] = ino;
    this.#numbers[place + 1] = size;
    this.#numbers[place + 2] = mtimeMs;
    this.#numbers[place + 3] = ctimeMs;
    this.#numbers[place + 4] = (mode & 0o100) === 0 ? 0 : 1;
  }

  /** Relative to the directory of the walk, by the index of the file. */
  get paths(): readonly string[] {
    return (this.#paths ??= this.#folders.flatMap(({ path, names }) =>
      path === '' ? names : names.map((name) => `${path}/${name}`),
    ));
  }

  /** Of all files, in their order. */
  get numbers(): Float64Array {
    return this.#numbers.subarray(0, FIELDS * this.#count);
  }

  key(index: number): LookKey {
    const place = FIELDS * index;
    return {
      ino: this.#numbers[place]!,
      size: this.#numbers[place + 1]!,
      mtimeMs: this.#numbers[place + 2]!,
      ctimeMs: this.#numbers[place + 3]!,
    };
  }

  size(index: number): number {
    return this.#numbers[FIELDS * index + 1]!;
  }

  isexec(index: number): boolean {
    return this.#numbers[FIELDS * index + 4] === 1;
  }
}
