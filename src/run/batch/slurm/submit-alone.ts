// Submits a script that is no stage: a run of its own.
import type { SlurmSettings } from '../../../pipeline/stage.ts';
import type { Submitted } from '../batch-system.ts';
import { slurmCommands } from './run-slurm.ts';
import { settingArgs } from './sbatch-args.ts';
import { submittedOf } from './submission.ts';

/** It waits most of the time. */
const SMALL = ['--cpus-per-task=1', '--mem=1G', '--no-requeue'];

/** @param folder in which it runs; @param output of what it prints. */
export async function submitAlone(
  script: string,
  folder: string,
  output: string,
  settings: SlurmSettings,
): Promise<Submitted> {
  const args = ['--parsable', '--job-name', 'pipe-repro', '--output', output, ...SMALL];
  const end = await slurmCommands(folder)('sbatch', ...args, ...settingArgs(settings), script);
  return submittedOf(end, 1);
}
