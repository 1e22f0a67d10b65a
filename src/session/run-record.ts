// The record of the latest run, for those who watch it from another process or look at it afterwards. Nothing that decides reads it.
import { appendFileSync, closeSync, fstatSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseJournal } from '../disk/journal.ts';
import { readBytes } from '../disk/read-bytes.ts';
import { APPEND_NO_LINK } from '../disk/real-folder.ts';
import { errno } from '../base/problem.ts';
import type { RunEvent } from '../run/event.ts';
import { recordedEvent, type RecordedEvent } from '../show/live/recorded-event.ts';

/** In the folder of our state. */
export const RUN_RECORD = 'run.jsonl';

/** So long lines are kept before they are written together. */
const FLUSH_MS = 150;
/** Of a stage: stages may report it as often as they like. */
const PROGRESS_MS = 500;

export interface RunRecord {
  add(event: RunEvent): void;
  end(): void;
}

/** @param folder absolute, of our state. A run that only finds fresh stages leaves the record of the run before it. */
export function makeRunRecord(run: string, folder: string): RunRecord {
  const file = join(folder, RUN_RECORD);
  let pending: RecordedEvent[] = [];
  let isBegun = false;
  let timer: NodeJS.Timeout | undefined;
  const progressed = new Map<string, number>();

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.length === 0) return;
    try {
      if (!isBegun) rmSync(file, { force: true });
      isBegun = true;
      appendFileSync(file, pending.map((event) => `${JSON.stringify(event)}\n`).join(''), {
        flag: APPEND_NO_LINK,
      });
    } catch (error) {
      // The run is as good without it.
      if (errno(error) === undefined) throw error;
    }
    pending = [];
  };

  return {
    add(event) {
      const recorded = recordedEvent(event, run);
      if (!recorded || (recorded.type === 'progress' && !isDue(recorded.stage))) return;
      pending.push(recorded);
      // Before the run lock is released: the next run begins a new record.
      if (recorded.type === 'run-end') finish();
      else if (isBegun || BEGINS.has(recorded.type)) timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    end: finish,
  };

  function finish(): void {
    if (isBegun || pending.some(({ type }) => BEGINS.has(type))) flush();
  }

  function isDue(stage: string): boolean {
    const now = performance.now();
    if (now - (progressed.get(stage) ?? -Infinity) < PROGRESS_MS) return false;
    progressed.set(stage, now);
    return true;
  }
}

/** Something happens that can be seen afterwards. */
const BEGINS: ReadonlySet<RecordedEvent['type']> = new Set(['start', 'restored', 'failed']);

/** What is written of the latest run. @param folder absolute, of our state. */
export const readRecord = (folder: string): readonly RecordedEvent[] => followRecord(folder).read().events;

const isEvent = (value: unknown): value is RecordedEvent =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

export interface RecordTail {
  /** What was written since the last call. `restarted`: the record is of another run than before. */
  read(): { readonly restarted: boolean; readonly events: readonly RecordedEvent[] };
}

/** Bytes by which the record of one run is known from that of another: its first line has the name of the run. */
const HEAD = 128;

/** Reads the record as it grows, each part once. @param folder absolute, of our state. */
export function followRecord(folder: string): RecordTail {
  const file = join(folder, RUN_RECORD);
  let offset = 0;
  let head = '';
  return {
    read() {
      const descriptor = openIfThere(file);
      if (descriptor === undefined) {
        const restarted = offset > 0;
        [offset, head] = [0, ''];
        return { restarted, events: [] };
      }
      try {
        const { size } = fstatSync(descriptor);
        const first = readBytes(descriptor, 0, Math.min(HEAD, size)).toString('latin1');
        const restarted = size < offset || !first.startsWith(head);
        if (restarted) offset = 0;
        head = first;
        const bytes = readBytes(descriptor, offset, size - offset);
        // A line that is not whole yet comes with the next part.
        const end = bytes.lastIndexOf(10) + 1;
        offset += end;
        return { restarted, events: parseJournal(bytes.toString('utf8', 0, end)).filter(isEvent) };
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  }
}
