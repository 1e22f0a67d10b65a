// One lock file on disk: read, extended at a constant cost per finished stage, folded into its final form at the end.
// Finished stages are appended to a journal beside the state; a crash leaves it for the next run to fold in.
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { crashPoint } from '../disk/crash-point.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { APPEND_NO_LINK } from '../disk/real-folder.ts';
import { storeError } from '../disk/disk-problem.ts';
import { errno, PipeError } from '../base/problem.ts';
import { parseJsonLine } from '../disk/json-lines.ts';
import { emptyLock, type Lock, type LockEntry } from './lock-entry.ts';
import { decode } from '../yaml/read-text.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';

/** How the text of a lock file is read and written: our own, or DVC's. */
export interface LockFormat {
  parse(text: string, file: string): Lock;
  /** `previous` is what is replaced, for formats that keep its order and the bytes of entries that stay as they are. */
  format(lock: Lock, previous: { readonly text: string; readonly lock: Lock }): string;
}

const nothing = { text: '', lock: emptyLock };

export interface LockFile {
  /** Entries as of now, those of the journal included. */
  lock(): Lock;
  /** Safe against a crash from here on, as far as the process is concerned. @throws PipeError when it cannot be written. */
  record(name: string, entry: LockEntry): void;
  /**
   * Writes the file, if it differs, and drops the journal. @param order names in the order they are to stand in.
   * @throws PipeError when it cannot be written; the journal stays.
   */
  fold(order: readonly string[], keep: (name: string) => boolean, overlay: Lock['overlay']): void;
}

/**
 * @param file absolute path of the lock file; @param shown its name in messages; @param journal absolute path.
 * @throws PipeError when the file cannot be understood; nothing is overwritten then.
 */
export function openLockFile(file: string, shown: string, journal: string, format: LockFormat): LockFile {
  // First the journal: a run that ends meanwhile writes its entries to the file before it drops them here.
  const journalText = readLock(journal, journal);
  const text = readLock(file, shown);
  const base = digestOf(text);
  const parseText = (text: string): Lock => (text === '' ? emptyLock : format.parse(text, shown));
  const read = parseText(text);
  const left = readJournal(journalText, journal, base, format);
  const entries = new Map([...read.entries, ...left]);
  const recorded = new Set(left.keys());
  let journalled = left.size > 0;

  return {
    lock: () => ({ ...read, entries }),
    record(name, entry) {
      try {
        if (!journalled) startJournal(journal, base);
        journalled = true;
        // The line end comes first, so that a line which a crash cut off spoils only itself.
        const line = format.format({ ...emptyLock, entries: new Map([[name, entry]]) }, nothing);
        crashPoint('append to journal');
        appendFileSync(journal, '\n' + JSON.stringify(line), { flag: APPEND_NO_LINK });
      } catch (error) {
        throw storeError(error, `record the stage '${name}'`, journal);
      }
      entries.set(name, entry);
      recorded.add(name);
    },
    fold(order, keep, overlay) {
      // Another program may have written the file meanwhile: what it knows of other stages is kept.
      const now = readLock(file, shown);
      const base = now === text ? { text, lock: read } : { text: now, lock: parseText(now) };
      if (now !== text)
        for (const [name, entry] of base.lock.entries) if (!recorded.has(name)) entries.set(name, entry);
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
          for (const path of [file, journal]) mkdirSync(dirname(path), { recursive: true });
          replaceFile(file, next, { aside: `${journal}.new`, durable: true });
        }
        if (existsSync(journal)) {
          crashPoint('drop journal');
          rmSync(journal);
        }
      } catch (error) {
        throw storeError(error, `write ${shown}`, file);
      }
      journalled = false;
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

function startJournal(journal: string, base: string): void {
  mkdirSync(dirname(journal), { recursive: true });
  crashPoint('start journal');
  rmSync(journal, { force: true });
  crashPoint('head journal');
  appendFileSync(journal, JSON.stringify({ base }), { flag: APPEND_NO_LINK });
}

/** Entries of a run that did not end; none where the lock file was changed since, or a line was cut off. */
function readJournal(
  text: string,
  journal: string,
  base: string,
  format: LockFormat,
): Map<string, LockEntry> {
  const [header, ...lines] = text.split('\n');
  const found = new Map<string, LockEntry>();
  if (!header || (parseJsonLine(header) as { base?: string } | undefined)?.base !== base) return found;
  for (const line of lines) {
    const text = parseJsonLine(line);
    if (typeof text !== 'string') continue; // cut off, or empty
    for (const [name, entry] of parseEntries(text, journal, format)) found.set(name, entry);
  }
  return found;
}
