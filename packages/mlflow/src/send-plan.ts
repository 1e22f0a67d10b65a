// Compares the record with the runs on the server and decides what to send: one pure function, which sends nothing.
import { runHash } from './run-hash.ts';
import type { RecordedRun, TrackingRecord } from './record.ts';
import type { Run } from './types.ts';

/** Our marks on the server's runs. */
export const TAGS = {
  project: 'pipe.project',
  key: 'pipe.key',
  /** Of the recorded run; absent while a run is only followed. */
  hash: 'pipe.hash',
  /** Why the run is no longer the run of its key. */
  stale: 'pipe.stale',
  /** The sending that made the run. */
  sending: 'pipe.sending',
} as const;

export const PARENT_TAG = 'mlflow.parentRunId';
/** The description of a run. */
export const NOTE_TAG = 'mlflow.note.content';

/** What to do about one recorded run. */
export type RunAction =
  /** Not on the server. */
  | { readonly kind: 'create'; readonly run: RecordedRun; readonly hash: string }
  /** Started by a follower or an interrupted sender: everything is sent again, which adds nothing twice. */
  | { readonly kind: 'complete'; readonly run: RecordedRun; readonly hash: string; readonly on: Run }
  /** There and complete. */
  | { readonly kind: 'keep'; readonly run: RecordedRun; readonly on: Run };

/** A run of this project that the record does not have. */
export interface Leftover {
  readonly on: Run;
  readonly reason: 'changed' | 'gone' | 'duplicate';
}

export interface SendPlan {
  /** In the record's order: parents first. */
  readonly actions: readonly RunAction[];
  readonly leftovers: readonly Leftover[];
}

/** @param found all active runs on the server that carry the record's project. */
export function planSending(record: TrackingRecord, found: readonly Run[]): SendPlan {
  const byKey = Map.groupBy(found, (run) => tag(run, TAGS.key) ?? '');
  const used = new Set<Run>();
  const actions = record.runs.map((run): RunAction => {
    const hash = runHash(run);
    const candidates = byKey.get(run.key) ?? [];
    const same = candidates.filter((on) => tag(on, TAGS.hash) === hash);
    const complete = same.find((on) => on.info.status === run.status);
    const on = complete ?? same[0] ?? candidates.find((candidate) => isBeginningOf(candidate, run));
    if (on === undefined) return { kind: 'create', run, hash };
    used.add(on);
    return complete === undefined ? { kind: 'complete', run, hash, on } : { kind: 'keep', run, on };
  });
  const hashes = new Map(
    actions.map((action) => [
      action.run.key,
      action.kind === 'keep' ? tag(action.on, TAGS.hash)! : action.hash,
    ]),
  );
  const leftovers = found
    .filter((on) => !used.has(on))
    .map((on): Leftover => {
      const hash = hashes.get(tag(on, TAGS.key) ?? '');
      if (hash === undefined) return { on, reason: 'gone' };
      return { on, reason: hash === tag(on, TAGS.hash) ? 'duplicate' : 'changed' };
    })
    .filter(({ on, reason }) => tag(on, TAGS.stale) === undefined || (reason === 'duplicate' && isShell(on)));
  return { actions, leftovers };
}

/** A follower's run of the same training: it says nothing else than the record does. One without a history is a group. */
function isBeginningOf(on: Run, run: RecordedRun): boolean {
  if (tag(on, TAGS.hash) !== undefined || on.info.status !== 'RUNNING') return false;
  if (on.info.start_time !== run.start && on.data?.metrics?.length) return false;
  return (on.data?.params ?? []).every(({ key, value }) => run.params[key] === value);
}

/** An empty run: a lost answer's, or of a sender that was killed right after. */
export const isShell = (on: Run): boolean =>
  on.info.status === 'RUNNING' && !on.data?.params?.length && !on.data?.metrics?.length;

export function tag(run: Run, key: string): string | undefined {
  return run.data?.tags?.find((candidate) => candidate.key === key)?.value;
}
