// What a run of this project does at the moment, as its record says, for those who look from another process.
import type { RunningNow, RunningStage } from '../show/status/running-now.ts';
import { runningNow } from './run-lock.ts';
import { readRecord } from './run-record.ts';

/** @param state absolute folder. @returns undefined while no run goes on. */
export function readRunning(state: string): RunningNow | undefined {
  const owner = runningNow(state);
  if (!owner) return undefined;
  const stages = new Map<string, RunningStage>();
  const record = readRecord(state);
  // What else holds the lock, or has only found fresh stages so far, left the record of an earlier run there.
  const isOwn = record.some((event) => event.type === 'run-start' && event.run === owner.run);
  for (const event of isOwn ? record : []) {
    if (event.type === 'start') stages.set(event.stage, { name: event.stage, state: 'running' });
    else if (event.type === 'job') {
      const { stage, id, state: status, reason, node } = event;
      const more = { ...(reason && { reason }), ...(node && { node }) };
      stages.set(stage, { name: stage, state: status, job: id, ...more });
    } else if (event.type === 'ran' || event.type === 'failed' || event.type === 'skipped')
      stages.delete(event.stage);
  }
  return { host: owner.host, pid: owner.pid, since: owner.since, stages: [...stages.values()] };
}
