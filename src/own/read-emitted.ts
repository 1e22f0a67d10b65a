// Reads exactly the text that lock-format.ts writes, many times as fast as a YAML reader. Any other text, valid or not, is left to the
// YAML reader. Of the entries only the places are kept: as objects, those of a large lock file would fill the memory.
import { LazyMap } from '../base/lazy-map.ts';
import type { Lock, LockEntry } from '../lock/lock-entry.ts';
import { dataEntry } from './data-entry.ts';
import { EmittedReader, foreign } from './emitted-reader.ts';

/** Characters that are written with a backslash. */
const CONTROL = /[^\P{Cc}\n\u0080-\u009f]/u;

/** @param head the first line. @returns undefined where the text is not as we write it. */
export function readEmitted(text: string, head: string): Lock | undefined {
  if (!text.startsWith(`${head}\n`) || !text.endsWith('\n') || CONTROL.test(text)) return undefined;
  try {
    return read(text, (reader) => reader.stages());
  } catch (error) {
    if (error === foreign) return undefined;
    throw error;
  }
}

/** The same of a text that was read here as a whole before. */
export const readKnownEmitted = (text: string): Lock => read(text, (reader) => reader.knownStages());

function read(text: string, startsOf: (reader: EmittedReader) => ReadonlyMap<string, number>): Lock {
  const reader = new EmittedReader(text, text.indexOf('\n') + 1);
  const { overlay, data } = reader.head();
  const entries = new Map(data.map((out) => [out.path, dataEntry(out)]));
  const starts = startsOf(reader);
  if (entries.size !== data.length || data.some(({ path }) => starts.has(path))) throw foreign;
  return { entries: new EmittedEntries(text, entries, starts), overlay };
}

/** An entry is asked for several times while its stage is decided; more stages than this are not decided at a time. */
const RECENT = 32;

const NEXT_ENTRY = /\n {2}(?! )/g;

/** Reads each entry when it is asked for. */
export class EmittedEntries extends LazyMap<string, LockEntry> {
  readonly #text: string;
  readonly #starts: ReadonlyMap<string, number>;

  /** @param starts where the entries of stages start. */
  constructor(text: string, data: ReadonlyMap<string, LockEntry>, starts: ReadonlyMap<string, number>) {
    const recent = new Map<string, LockEntry>();
    super(data.size === 0 ? starts : new Set([...data.keys(), ...starts.keys()]), (name) => {
      const known = data.get(name) ?? recent.get(name);
      if (known) return known;
      if (recent.size === RECENT) recent.clear();
      const entry = new EmittedReader(text, starts.get(name)!).entry();
      recent.set(name, entry);
      return entry;
    });
    this.#text = text;
    this.#starts = starts;
  }

  /** The text of a stage without its name and the last line end; undefined of data. */
  textOf(name: string): string | undefined {
    const start = this.#starts.get(name);
    if (start === undefined) return undefined;
    NEXT_ENTRY.lastIndex = start;
    return this.#text.slice(start, NEXT_ENTRY.exec(this.#text)?.index ?? -1);
  }
}
