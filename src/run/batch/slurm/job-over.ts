// Whether a job of Slurm is over, for those who know its id only: a run that was itself a job.
import { slurmCommands } from './run-slurm.ts';
import { statusOf } from './states.ts';

/** What `squeue` answers for jobs that ended some minutes ago. */
export const FORGOTTEN = /invalid job id/i;

/** False where Slurm does not answer: then it may go on. */
export async function isJobOver(id: string): Promise<boolean> {
  const end = await slurmCommands()('squeue', '-h', '-t', 'all', '-o', '%T', '-j', id);
  if (end.kind === 'missing') return false;
  if (end.code !== 0) return FORGOTTEN.test(end.stderr);
  const state = end.stdout.toString().trim();
  return state === '' || statusOf(id, state, '', '').state === 'ended';
}
