// What Slurm accounted of jobs in the history, where their runs did not see it: it knows the memory of a job a moment after its end.
import { executorOf } from '../run/process/job.ts';
import type { HistoryEntry } from '../run/history.ts';
import type { Project } from '../pipeline/project.ts';

export interface AccountedHistory {
  readonly entries: readonly HistoryEntry[];
  /** How many jobs used an amount of memory that is unknown, since the accounting does not answer, and why. */
  readonly absent?: { readonly jobs: number; readonly reason: string };
}

export async function accountHistory(
  entries: readonly HistoryEntry[],
  project: Project,
): Promise<AccountedHistory> {
  const ofSlurm = new Set(
    project.stages.filter((stage) => executorOf(stage, project) === 'slurm').map(({ address }) => address),
  );
  const unknown = new Set(
    entries.flatMap(({ stage, job }) =>
      job && job.memory === undefined && ofSlurm.has(stage) ? [job.id] : [],
    ),
  );
  if (unknown.size === 0) return { entries };
  const { askAccounting } = await import('../run/batch/slurm/accounting.ts');
  const { jobs, absent } = await askAccounting([...unknown]);
  return {
    entries: entries.map((entry) => {
      const memory = entry.job && unknown.has(entry.job.id) ? jobs.get(entry.job.id)?.memory : undefined;
      return memory === undefined ? entry : { ...entry, job: { ...entry.job!, memory } };
    }),
    ...(absent !== undefined && { absent: { jobs: unknown.size, reason: absent } }),
  };
}
