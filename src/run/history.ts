// The history of runs: one JSON line per stage that ran, was restored or failed, with when, why and for how long. For
// people and the scheduler's estimates; no decision depends on it.
import { readFileSync } from 'node:fs';
import { openJournal, parseJournal } from '../disk/journal.ts';
import { storeError } from '../disk/store-error.ts';
import { errno, PipeError } from '../base/problem.ts';
import type { StageAddress } from '../pipeline/stage.ts';
import type { JobRecord, Usage } from './event.ts';
import { systemError } from '../disk/system-problem.ts';

export interface HistoryEntry {
  readonly run: string;
  readonly stage: StageAddress;
  /** ISO 8601, of its end. */
  readonly time: string;
  readonly what: 'ran' | 'restored' | 'failed';
  readonly seconds: number;
  /** In words. */
  readonly why: string;
  /** Where it ran as the job of a batch system. */
  readonly job?: JobRecord;
  /** Where it ran on this machine, as far as the system says it. */
  readonly used?: Usage;
}

/** @throws PipeError when it cannot be written. */
export function appendHistory(file: string, entries: readonly HistoryEntry[]): void {
  if (entries.length === 0) return;
  try {
    openJournal(file, { name: 'history', endLines: true }).append(entries);
  } catch (error) {
    throw storeError(error, 'write the history', file);
  }
}

/** Oldest first; a damaged or foreign line is left out. @throws PipeError when the file cannot be read. */
export function readHistory(file: string): HistoryEntry[] {
  try {
    return parseJournal(readFileSync(file, 'utf8')).filter(isEntry);
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw systemError(error, { doing: 'read the history', path: file, denied: 'unreadable' });
  }
}

/** As `readHistory`, for estimates: empty where the file cannot be read. */
export function recallHistory(file: string): HistoryEntry[] {
  try {
    return readHistory(file);
  } catch (error) {
    if (error instanceof PipeError) return [];
    throw error;
  }
}

const WHAT: readonly unknown[] = ['ran', 'restored', 'failed'] satisfies HistoryEntry['what'][];

function isEntry(value: unknown): value is HistoryEntry {
  const { run, stage, time, what, seconds, why } = (value ?? {}) as Partial<HistoryEntry>;
  return (
    [run, stage, time, why].every((text) => typeof text === 'string') &&
    !Number.isNaN(Date.parse(time!)) &&
    WHAT.includes(what) &&
    Number.isFinite(seconds)
  );
}

/** Seconds that each stage took in its last run. A member of a group that never ran gets the mean of the group. */
export function lastDurations(
  entries: readonly HistoryEntry[],
): (stage: { address: StageAddress; group: string | null }) => number | undefined {
  const last = new Map<string, number>();
  for (const entry of entries) if (entry.what === 'ran') last.set(entry.stage, entry.seconds);
  const groups = new Map<string, number[]>();
  for (const [stage, seconds] of last) {
    const group = stage.split('@', 1)[0]!;
    const known = groups.get(group);
    if (known) known.push(seconds);
    else groups.set(group, [seconds]);
  }
  return ({ address, group }) => {
    const own = last.get(address);
    if (own !== undefined || group === null) return own;
    const members = groups.get(address.split('@', 1)[0]!);
    return members && members.reduce((sum, seconds) => sum + seconds, 0) / members.length;
  };
}
