// What a stage asks for, as arguments of sbatch(1).
import type { SlurmSettings } from '../../../pipeline/stage.ts';
import type { JobRequest } from '../../process/executor.ts';

/** Seconds that Slurm waits longer than the script of the job, which names the limit better. */
const SLACK = 60;
const MIB = 2 ** 20;

export const settingArgs = (settings: SlurmSettings): string[] =>
  (['partition', 'account', 'qos', 'constraint'] as const).flatMap((key) =>
    settings[key] === undefined ? [] : [`--${key}=${settings[key]}`],
  );

/** @param parts how many stages share the job. */
export function sbatchArgs({ resources, slurm, timeout, grace }: JobRequest, parts: number): string[] {
  const { cpus, memory, gpus, gpuType } = resources;
  return [
    // A job that ran again by itself would write beside its first attempt, which may still run.
    '--no-requeue',
    ...settingArgs(slurm),
    ...(cpus === undefined ? [] : [`--cpus-per-task=${Math.max(1, Math.ceil(cpus))}`]),
    ...(memory === undefined ? [] : [`--mem=${Math.ceil(memory / MIB)}M`]),
    ...(gpus ? [`--gres=gpu:${gpuType === undefined ? '' : `${gpuType}:`}${Math.ceil(gpus)}`] : []),
    // Slurm counts in minutes.
    ...(timeout === null ? [] : [`--time=${Math.ceil((parts * (timeout + grace) + SLACK) / 60)}`]),
    ...(slurm.args ?? []),
  ];
}
