// The states of Slurm's jobs (squeue(1), JOB STATE CODES) as ours.
import type { BatchCause } from '../../event.ts';
import type { JobEnd, JobStatus } from '../batch-system.ts';

const QUEUED = ['PENDING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'];

const CAUSES: ReadonlyMap<string, readonly [cause: BatchCause, what: string]> = new Map([
  ['OUT_OF_MEMORY', ['out-of-memory', 'used more memory than it asked for (`resources: {memory: …}`)']],
  [
    'TIMEOUT',
    ['time-limit', 'ran longer than the time limit of its job (`timeout:`, or that of the partition)'],
  ],
  ['DEADLINE', ['time-limit', 'was not done at the deadline of its job']],
  ['NODE_FAIL', ['node-failure', 'lost its node']],
  ['BOOT_FAIL', ['node-failure', 'got a node that did not boot']],
  ['PREEMPTED', ['preempted', 'was ended for a job of higher priority']],
  ['REVOKED', ['preempted', 'was taken over by another cluster']],
  ['CANCELLED', ['cancelled', 'was cancelled']],
]);
const ENDED = ['COMPLETED', 'FAILED', ...CAUSES.keys()];

/** @param state as `squeue -o %T` has it. */
export function statusOf(id: string, state: string, reason: string, node: string): JobStatus {
  if (QUEUED.includes(state)) return { state: 'queued', ...(reason && reason !== 'None' && { reason }) };
  const where = node && { node };
  if (!ENDED.includes(state)) return { state: 'running', ...where };
  return { state: 'ended', ...where, end: endOf(id, state, reason, node) };
}

/** @param state perhaps with more after it: `CANCELLED by 1000`. */
export function endOf(id: string, state: string, reason: string, node: string): JobEnd {
  const [cause, what] = CAUSES.get(state.split(/[ +]/)[0]!) ?? [];
  const by = /by (\S+)/.exec(state)?.[1];
  const more = [
    node && `on ${node}`,
    by && `by user ${by}`,
    reason && reason !== 'None' && cause !== undefined && `reason: ${reason}`,
  ].filter(Boolean);
  const detail = more.length > 0 ? ` (${more.join(', ')})` : '';
  return {
    ...(cause && { cause }),
    message: what ? `its job ${id} ${what}${detail}` : `its job ${id} ended (${state})${detail}`,
    ...(node && { node }),
  };
}

/** Whether `scontrol` shows a job that has ended, in all that Slurm does about it. */
export const isEnd = (state: string): boolean => ENDED.includes(state.split(/[ +]/)[0]!);
