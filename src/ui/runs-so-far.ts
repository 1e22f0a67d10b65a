// What the files of our state say about runs: the history, the record of the latest run, whether a run goes on.
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseJournal } from '../disk/journal.ts';
import { isAlive } from '../base/process-id.ts';
import { recallHistory } from '../run/history.ts';
import { readOwner, type LockOwner } from '../session/run-lock.ts';
import { RUN_RECORD } from '../session/run-record.ts';
import type { RecordedEvent } from '../show/live/recorded-event.ts';
import type { RunsSoFar } from './project-view.ts';

/** @param state absolute folder. */
export function readRuns(state: string): RunsSoFar {
  return {
    history: recallHistory(join(state, 'history.jsonl')),
    run: readRecord(join(state, RUN_RECORD)),
    running: runningNow(state) !== undefined,
  };
}

/** The owner of the run lock, where it lives; of another host that is unknown, and taken for granted. */
export function runningNow(state: string): LockOwner | undefined {
  const owner = readOwner(state);
  return owner && (owner.host !== hostname() || isAlive(owner)) ? owner : undefined;
}

function readRecord(file: string): RecordedEvent[] {
  if (!existsSync(file)) return [];
  return parseJournal(readFileSync(file, 'utf8')).filter(isEvent);
}

const isEvent = (value: unknown): value is RecordedEvent =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
