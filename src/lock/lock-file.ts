// One lock file on disk: reads it, records each finished stage at a constant cost, and writes its final form at the end of a run.
// Finished stages are appended to a journal in the state folder; after a crash the next run reads them there.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { openJournal, parseJournal } from '../disk/journal.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { storeError } from '../disk/store-error.ts';
import { errno, PipeError } from '../base/problem.ts';
import type { Overlay } from '../pipeline/params/overlay.ts';
import { emptyLock, type Lock, type LockEntry } from './lock-entry.ts';
import { decode } from '../yaml/read-text.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';

/** How the text of a lock file is read and written: our own, or DVC's. */
export interface LockFormat {
  parse(text: string, file: string): Lock;
  /** @param previous what is replaced, for formats that keep its order and the bytes of unchanged entries. */
  format(lock: Lock, previous: { readonly text: string; readonly lock: Lock }): string;
  /** Absent where a text is read as a whole only. */
  readonly parts?: LockParts;
}

/** Reads parts of a text that was read as a whole before. */
export interface LockParts {
  /** Whether the lock was read from a text of which parts can be read. */
  areIn(lock: Lock): boolean;
  /** @returns undefined where it has to be read as a whole. */
  entry(text: string, name: string): LockEntry | undefined;
  hasOverlay(text: string): boolean;
}

const nothing = { text: '', lock: emptyLock };

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

/** From so many on, reading all entries takes less time than looking for each. */
const FEW = 20;

/**
 * @param file absolute path of the lock file; @param shown its name in messages; @param journalFile absolute path.
 * @param wasRead whether a text with this digest was read as a whole before: of such a text only the parts are read that are asked for.
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
  const journalText = readLock(journalFile, journalFile);
  const text = readLock(file, shown);
  const base = digestOf(text);
  const parseText = (text: string): Lock => (text === '' ? emptyLock : format.parse(text, shown));
  const left = readJournal(journalText, journalFile, base, format);
  const readWhole = (): { readonly read: Lock; readonly entries: Map<string, LockEntry> } => {
    const read = parseText(text);
    return { read, entries: new Map([...read.entries, ...left]) };
  };
  const parts = left.size === 0 && wasRead(base) ? format.parts : undefined;
  const found = new Map<string, LockEntry>();
  let known = parts ? undefined : readWhole();
  const whole = (): ReturnType<typeof readWhole> => (known ??= readWhole());
  /** Undefined while more is recorded than the text has. */
  let digest = left.size === 0 ? base : undefined;
  let hasParts: boolean | undefined;
  const recorded = new Set(left.keys());
  const forgotten = new Set<string>();
  const journal = openJournal(journalFile, { name: 'journal' });
  let hasJournal = left.size > 0;

  return {
    lock() {
      const { read, entries } = whole();
      return { ...read, entries };
    },
    entry(name) {
      if (known || !parts || found.size >= FEW) return whole().entries.get(name);
      const entry = found.get(name) ?? parts.entry(text, name);
      if (!entry) return whole().entries.get(name);
      found.set(name, entry);
      return entry;
    },
    overlay: () => (!known && parts?.hasOverlay(text) === false ? emptyLock.overlay : whole().read.overlay),
    digest() {
      hasParts ??= !known || format.parts?.areIn(known.read) === true;
      return hasParts ? digest : undefined;
    },
    record(name, entry) {
      try {
        if (!hasJournal) journal.start({ base } satisfies JournalHead);
        hasJournal = true;
        journal.append([format.format({ ...emptyLock, entries: new Map([[name, entry]]) }, nothing)]);
      } catch (error) {
        throw storeError(error, `record the stage '${name}'`, journalFile);
      }
      whole().entries.set(name, entry);
      recorded.add(name);
      digest = undefined;
    },
    forget(name) {
      whole().entries.delete(name);
      recorded.delete(name);
      forgotten.add(name);
      digest = undefined;
    },
    fold(order, keep, overlay) {
      const { read, entries } = whole();
      // Another program may have written the file meanwhile: its entries of other stages are kept.
      const now = readLock(file, shown);
      const base = now === text ? { text, lock: read } : { text: now, lock: parseText(now) };
      if (now !== text)
        for (const [name, entry] of base.lock.entries)
          if (!recorded.has(name) && !forgotten.has(name)) entries.set(name, entry);
      const ordered = new Map<string, LockEntry>();
      for (const name of [...order, ...entries.keys()]) {
        const entry = entries.get(name);
        if (entry && keep(name)) ordered.set(name, entry);
      }
      const lock = { entries: ordered, overlay };
      const unchanged = recorded.size === 0 && sameLock(lock, base.lock);
      const next = unchanged ? now : format.format(lock, base);
      try {
        if (next !== now && (now !== '' || ordered.size > 0)) {
          for (const path of [file, journalFile]) mkdirSync(dirname(path), { recursive: true });
          replaceFile(file, next, { temporary: `${journalFile}.new`, durable: true });
        }
        if (existsSync(journalFile)) journal.remove();
      } catch (error) {
        throw storeError(error, `write ${shown}`, file);
      }
      hasJournal = false;
      // What another program wrote was not compared with the workspace.
      digest = now === text ? digestOf(next) : undefined;
      if (next !== now) hasParts = format.parts !== undefined;
    },
  };
}

function readLock(file: string, shown: string): string {
  try {
    return decode(readFileSync(file), shown, 'lock-unreadable');
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return '';
    throw error;
  }
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
  const same = (a: Iterable<string>, b: Iterable<string>): boolean =>
    JSON.stringify([...a]) === JSON.stringify([...b]);
  return (
    same(a.entries.keys(), b.entries.keys()) &&
    same(a.overlay.files, b.overlay.files) &&
    same(a.overlay.set, b.overlay.set)
  );
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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
