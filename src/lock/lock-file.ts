// One lock file on disk: reads it, records each finished stage at a constant cost, and writes its final form at the end of a run.
// Finished stages are appended to a journal in the state folder; after a crash the next run reads them there.
import { createHash, hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { openJournal, parseJournal } from '../disk/journal.ts';
import { readPieces } from '../disk/read-bytes.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { storeError } from '../disk/store-error.ts';
import { errno, PipeError } from '../base/problem.ts';
import type { Overlay } from '../pipeline/params/overlay.ts';
import { emptyLock, type Lock, type LockEntry } from './lock-entry.ts';
import { LazyMap } from '../base/lazy-map.ts';
import { decode } from '../yaml/read-text.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';

/** How the text of a lock file is read and written: our own, or DVC's. */
export interface LockFormat {
  parse(text: string, file: string): Lock;
  /**
   * @param previous what is replaced, for formats that keep its order and the bytes of unchanged entries.
   * @returns the text in pieces.
   */
  format(lock: Lock, previous?: PreviousLock): Iterable<string>;
  /** Absent where a text is always read as a whole. */
  readonly parts?: LockParts;
}

/** A lock that another one replaces. */
export interface PreviousLock {
  readonly text: string;
  readonly lock: Lock;
  /** Whether the other one has the same entry of this name. */
  isKept(name: string): boolean;
}

/** Reads no more than what is asked for of a text that was read as a whole before. */
export interface LockParts {
  /** Whether the lock was read from a text of which parts can be read. */
  areIn(lock: Lock): boolean;
  read(text: string): Lock;
}

export interface LockFile {
  /** The current entries, those of the journal included. */
  lock(): Lock;
  entry(name: string): LockEntry | undefined;
  overlay(): Overlay;
  /** Digest of the text, if it is all that is recorded and parts of it can be read. */
  digest(): string | undefined;
  /** The entry survives the end of the process, not a power cut. @throws PipeError when it cannot be written. */
  record(name: string, entry: LockEntry): void;
  /** Removes an entry with the next `fold`. */
  forget(name: string): void;
  /**
   * Writes the file, if it differs, and removes the journal. @param order names in the order of the file.
   * @throws PipeError when it cannot be written; the journal stays.
   */
  fold(order: readonly string[], keep: (name: string) => boolean, overlay: Lock['overlay']): void;
}

/**
 * @param file absolute path of the lock file; @param shown its name in messages; @param journalFile absolute path.
 * @param wasRead whether a text with this digest was read as a whole before: of such a text only what is asked for is read.
 * @throws PipeError when the file cannot be understood; nothing is overwritten then.
 */
export function openLockFile(
  file: string,
  shown: string,
  journalFile: string,
  format: LockFormat,
  wasRead: (digest: string) => boolean = () => false,
): LockFile {
  // The journal first: a run that ends meanwhile writes its entries to the file before it removes the journal.
  const journalText = readLock(journalFile, journalFile).text;
  const { text, digest: base } = readLock(file, shown);
  const parseText = (text: string): Lock => (text === '' ? emptyLock : format.parse(text, shown));
  const changed = readJournal(journalText, journalFile, base, format);
  const { parts } = format;
  const isKnown = parts !== undefined && text !== '' && wasRead(base);
  let known = isKnown ? undefined : parseText(text);
  /** What is recorded but for the changes. */
  const read = (): Lock => (known ??= parts!.read(text));
  /** Undefined while more is recorded than the text has. */
  let digest = changed.size === 0 ? base : undefined;
  let hasParts: boolean | undefined;
  const forgotten = new Set<string>();
  const journal = openJournal(journalFile, { name: 'journal' });
  let hasJournal = changed.size > 0;

  const entryOf = (name: string): LockEntry | undefined =>
    changed.get(name) ?? (forgotten.has(name) ? undefined : read().entries.get(name));

  const isRecorded = (name: string): boolean =>
    changed.has(name) || (!forgotten.has(name) && read().entries.has(name));
  function* namesNow(): Iterable<string> {
    for (const name of read().entries.keys()) if (isRecorded(name)) yield name;
    for (const name of changed.keys()) if (!read().entries.has(name)) yield name;
  }

  return {
    lock() {
      if (changed.size + forgotten.size === 0) return read();
      return { ...read(), entries: new LazyMap(new Set(namesNow()), (name) => entryOf(name)!) };
    },
    entry: entryOf,
    overlay: () => read().overlay,
    digest() {
      hasParts ??= isKnown || parts?.areIn(read()) === true;
      return hasParts ? digest : undefined;
    },
    record(name, entry) {
      try {
        if (!hasJournal) journal.start({ base } satisfies JournalHead);
        hasJournal = true;
        journal.append([[...format.format({ ...emptyLock, entries: new Map([[name, entry]]) })].join('')]);
      } catch (error) {
        throw storeError(error, `record the stage '${name}'`, journalFile);
      }
      changed.set(name, entry);
      digest = undefined;
    },
    forget(name) {
      changed.delete(name);
      forgotten.add(name);
      digest = undefined;
    },
    fold(order, keep, overlay) {
      // Another program may have written the file meanwhile: its entries of other stages are kept.
      const isSame = digestAt(file) === base;
      const now = isSame ? text : readLock(file, shown).text;
      const before = isSame ? read() : parseText(now);
      if (!isSame) known = bothLocks(before, read());
      const names = new Set(order.filter((name) => isRecorded(name) && keep(name)));
      for (const name of namesNow()) if (keep(name)) names.add(name);
      const lock = { entries: new LazyMap(names, (name) => entryOf(name)!), overlay };
      const isKept = (name: string): boolean => !changed.has(name);
      const pieces = (): Iterable<string> => format.format(lock, { text: now, lock: before, isKept });
      const isUnchanged = changed.size === 0 && sameLock(lock, before);
      const differs = !isUnchanged && (now === '' || !isText(now, pieces()));
      let written = base;
      try {
        if (differs && (now !== '' || names.size > 0)) {
          for (const path of [file, journalFile]) mkdirSync(dirname(path), { recursive: true });
          const hashed = (): Iterable<string> => hashing(pieces(), (digest) => (written = digest));
          replaceFile(file, { pieces: hashed }, { temporary: `${journalFile}.new`, durable: true });
        }
        if (existsSync(journalFile)) journal.remove();
      } catch (error) {
        throw storeError(error, `write ${shown}`, file);
      }
      hasJournal = false;
      // What another program wrote was not compared with the workspace.
      digest = isSame ? written : undefined;
      if (differs) hasParts = parts !== undefined;
    },
  };
}

function readLock(file: string, shown: string): { readonly text: string; readonly digest: string } {
  try {
    const bytes = readFileSync(file);
    return { text: decode(bytes, shown, 'lock-unreadable'), digest: hash('sha256', bytes) };
  } catch (error) {
    if (isGone(error)) return { text: '', digest: hash('sha256', '') };
    throw error;
  }
}

/** The entries of both; of the same stage, that of the first. */
function bothLocks(first: Lock, second: Lock): Lock {
  const names = new Set([...second.entries.keys(), ...first.entries.keys()]);
  const entryOf = (name: string): LockEntry => first.entries.get(name) ?? second.entries.get(name)!;
  return { ...second, entries: new LazyMap(names, entryOf) };
}

/** Compared piece by piece, so that a new text is not in memory beside the old one. */
function isText(text: string, pieces: Iterable<string>): boolean {
  let at = 0;
  for (const piece of pieces) {
    if (!text.startsWith(piece, at)) return false;
    at += piece.length;
  }
  return at === text.length;
}

/** A damaged record is left out: its stage counts as not recorded. */
function parseEntries(text: string, journal: string, format: LockFormat): Lock['entries'] {
  try {
    return format.parse(text, journal).entries;
  } catch (error) {
    if (error instanceof PipeError) return emptyLock.entries;
    throw error;
  }
}

/** Equal where no entry was replaced: the same stages in the same order, under the same overlay. */
function sameLock(a: Lock, b: Lock): boolean {
  const names = b.entries.keys();
  return (
    a.entries.size === b.entries.size &&
    a.entries.keys().every((name) => names.next().value === name) &&
    JSON.stringify([a.overlay.files, a.overlay.set]) === JSON.stringify([b.overlay.files, b.overlay.set])
  );
}

/** In pieces, so that the bytes are not in memory beside the text. */
function digestAt(file: string): string {
  const digest = createHash('sha256');
  try {
    for (const piece of readPieces(file)) digest.update(piece);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return digest.digest('hex');
}

const isGone = (error: unknown): boolean => errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR';

/** @param ended called with the digest of all pieces. */
function* hashing(pieces: Iterable<string>, ended: (digest: string) => void): Iterable<string> {
  const digest = createHash('sha256');
  for (const piece of pieces) {
    digest.update(piece);
    yield piece;
  }
  ended(digest.digest('hex'));
}

/** The first value of the journal. */
interface JournalHead {
  /** Digest of the lock file that the entries are added to. */
  readonly base: string;
}

/** Entries of a run that did not end; none where the lock file was changed since. */
function readJournal(
  text: string,
  journal: string,
  base: string,
  format: LockFormat,
): Map<string, LockEntry> {
  const [head, ...values] = parseJournal(text);
  const found = new Map<string, LockEntry>();
  if ((head as Partial<JournalHead> | null | undefined)?.base !== base) return found;
  for (const value of values) {
    if (typeof value !== 'string') continue;
    for (const [name, entry] of parseEntries(value, journal, format)) found.set(name, entry);
  }
  return found;
}
