// Remembers what sources import, by the digest of their text, so that an unchanged source is not scanned again. A damaged
// or missing file costs time only: each scan that is not in it is done and remembered.
import { hash } from 'node:crypto';
import { readChecked, removeLeftovers, writeChecked } from '../../disk/checked-file.ts';

const HEADER = 'pipe-imports/1';
/** An entry that was not used for this many days is dropped. */
const KEEP_DAYS = 60;
/** The day of an entry is renewed only at this age, so that most commands leave the file as it is. */
const RENEW_DAYS = 7;
const DAY_MS = 86_400_000;

interface Remembered {
  /** When it was last used, in days since the epoch. */
  readonly day: number;
  /** What the scan found, as JSON. */
  readonly found: string;
}

export class ScanMemory {
  readonly #file: string | undefined;
  readonly #scanner: string;
  readonly #today = Math.floor(Date.now() / DAY_MS);
  readonly #entries = new Map<string, Remembered>();
  #dirty = false;

  /**
   * @param file absolute path; undefined keeps everything in memory.
   * @param scanner identifies the program that scans: another one may find something else in the same text.
   */
  constructor(file?: string, scanner = '') {
    this.#file = file;
    this.#scanner = scanner;
    for (const line of file === undefined ? [] : readChecked(file, HEADER)) {
      const [key, day, found] = line.split('\t', 3);
      if (found !== undefined) this.#entries.set(key!, { day: Number(day), found });
    }
  }

  /** @param scan finds the same in the same text of a language. @returns what it finds. */
  scanned(
    language: 'script' | 'python',
    text: string,
    scan: (text: string) => readonly string[],
  ): readonly string[] {
    const key = hash('sha256', `${this.#scanner}\0${language}\0${text}`);
    const known = this.#entries.get(key);
    const remembered = known && parseList(known.found);
    if (remembered) {
      if (this.#today - known.day >= RENEW_DAYS) this.#set(key, known.found);
      return remembered;
    }
    const found = scan(text);
    this.#set(key, JSON.stringify(found));
    return found;
  }

  /** Writes what changed. */
  save(): void {
    if (!this.#dirty || this.#file === undefined) return;
    for (const [key, { day }] of this.#entries)
      if (!(this.#today - day <= KEEP_DAYS)) this.#entries.delete(key);
    writeChecked(
      this.#file,
      HEADER,
      [...this.#entries].map(([key, { day, found }]) => `${key}\t${day}\t${found}`),
    );
    removeLeftovers(this.#file);
    this.#dirty = false;
  }

  #set(key: string, found: string): void {
    this.#entries.set(key, { day: this.#today, found });
    this.#dirty = true;
  }
}

function parseList(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
