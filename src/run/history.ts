// The memory of what ran, when, why and for how long: one JSON line per stage that ran or was restored. Only ever an
// aid to people and to the scheduler's estimates; nothing is decided by it.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crashPoint } from '../cache/fault.ts';
import { APPEND_NO_LINK } from '../cache/real-folder.ts';
import { storeError } from '../cache/store-problem.ts';
import { parseJsonLines } from '../lock/json-lines.ts';
import { errno } from '../pipeline/problem.ts';
import type { StageAddress } from '../pipeline/stage.ts';

export interface HistoryEntry {
  readonly run: string;
  readonly stage: StageAddress;
  /** ISO 8601, of its end. */
  readonly time: string;
  readonly what: 'ran' | 'restored' | 'failed';
  readonly seconds: number;
  /** In words. */
  readonly why: string;
}

/** @throws PipeError when it cannot be written. */
export function appendHistory(file: string, entries: readonly HistoryEntry[]): void {
  if (entries.length === 0) return;
  // The line end comes first, so that a line which a crash cut off spoils only itself.
  const text = entries.map((entry) => '\n' + JSON.stringify(entry)).join('') + '\n';
  try {
    mkdirSync(dirname(file), { recursive: true });
    crashPoint('write history');
    appendFileSync(file, text, { flag: APPEND_NO_LINK });
  } catch (error) {
    throw storeError(error, 'write the history', file);
  }
}

/** Oldest first; a line that a crash cut off is left out. */
export function readHistory(file: string): HistoryEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw error;
  }
  return parseJsonLines(text) as HistoryEntry[];
}

/** Seconds that each stage took when it last ran. A member of a group that never ran is taken for the group's mean. */
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
