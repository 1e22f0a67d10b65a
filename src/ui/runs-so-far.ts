// What the files of our state say about runs: the history, the record of the latest run, whether a run goes on.
import { join } from 'node:path';
import { recallHistory } from '../run/history.ts';
import { runningNow } from '../session/run-lock.ts';
import { readRecord } from '../session/run-record.ts';
import type { RunsSoFar } from './project-view.ts';

/** @param state absolute folder. */
export const readRuns = (state: string): RunsSoFar => ({ ...runsSoFar(state), run: readRecord(state) });

/** The same without the record of the latest run. */
export const runsSoFar = (state: string): Omit<RunsSoFar, 'run'> => ({
  history: recallHistory(join(state, 'history.jsonl')),
  running: runningNow(state) !== undefined,
});
