// What one run adds to the history of the project: an entry per stage that ran, was restored or failed.
import { PipeError, type Problem } from '../base/problem.ts';
import type { RunEvent } from '../run/event.ts';
import { appendHistory, type HistoryEntry } from '../run/history.ts';
import { describeReasons } from '../show/status/reason-text.ts';

export interface RunHistory {
  add(event: RunEvent): void;
  /** Appends the entries to the file. A file that cannot be written is a warning: the run is as good without it. */
  save(file: string, warn: (problem: Problem) => void): void;
}

export function makeRunHistory(run: string): RunHistory {
  const entries: HistoryEntry[] = [];
  return {
    add(event) {
      if (event.type === 'ran' || event.type === 'restored' || event.type === 'failed')
        entries.push(historyEntry(run, event));
    },
    save(file, warn) {
      try {
        appendHistory(file, entries);
      } catch (error) {
        if (!(error instanceof PipeError)) throw error;
        error.problems.forEach(warn);
      }
    },
  };
}

type StageEnd = Extract<RunEvent, { type: 'ran' | 'restored' | 'failed' }>;

function historyEntry(run: string, event: StageEnd): HistoryEntry {
  const { stage, type: what, seconds } = event;
  const why = what === 'failed' ? event.problem.title : describeReasons(event.reasons);
  const { job, used } = event.type === 'restored' ? {} : event;
  return {
    run,
    stage,
    time: new Date(event.time).toISOString(),
    what,
    seconds,
    why,
    ...(job && { job }),
    ...(used && { used }),
  };
}
