// How tasks become one call of sbatch, and what it answers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from '../../../base/shell-quote.ts';
import type { BatchTask, Submitted } from '../batch-system.ts';
import type { CallEnd } from '../call.ts';
import { SCRIPT } from '../job-files.ts';

/** What the controller answers while it cannot, or when it does not answer. */
export const UNAVAILABLE =
  /unable to contact slurm controller|socket timed out|connection (?:refused|reset|timed out|failure)|zero bytes|communication connection|temporarily|slurmctld.*(?:down|not responding)|(?:submit|MaxJob)\w*limit|MaxJobCount/i;

/** The script and the arguments that name it. Several tasks, or stages, get a script that starts those of the stages. */
export function submission(
  tasks: readonly BatchTask[],
  key: string,
  area: string,
): { readonly script: string; readonly args: readonly string[] } {
  const common = ['--export=ALL', '--open-mode=append'];
  const [first] = tasks;
  const [only] = first!.parts;
  if (tasks.length === 1 && first!.parts.length === 1)
    return { script: join(only!.dir, SCRIPT), args: [...common, '--output', join(only!.dir, 'slurm.out')] };
  const folder = join(area, key);
  mkdirSync(folder, { recursive: true });
  const script = join(folder, SCRIPT);
  const runs = tasks.map(({ parts }, index) => {
    const commands = parts.map(({ dir }) => `sh ${shellQuote(join(dir, SCRIPT))}`);
    if (parts.length === 1) commands[0] = `exec ${commands[0]}`;
    return `${index}) ${commands.join('; ')} ;;`;
  });
  writeFileSync(script, `#!/bin/sh\ncase \${SLURM_ARRAY_TASK_ID:-0} in\n${runs.join('\n')}\nesac\n`, {
    mode: 0o700,
  });
  const isArray = tasks.length > 1;
  const output = join(folder, isArray ? '%a.out' : 'slurm.out');
  return {
    script,
    args: [...common, '--output', output, ...(isArray ? [`--array=0-${tasks.length - 1}`] : [])],
  };
}

export function submittedOf(end: CallEnd, tasks: number): Submitted {
  if (end.kind === 'missing') return { kind: 'unavailable', message: 'sbatch is not installed' };
  const id = /^(\d+)/m.exec(end.stdout.toString())?.[1];
  if (end.code === 0 && id !== undefined) return { kind: 'submitted', ids: idsOf(id, tasks) };
  const message = refusal(end.stderr);
  return { kind: UNAVAILABLE.test(end.stderr) ? 'unavailable' : 'refused', message };
}

export const idsOf = (id: string, tasks: number): readonly string[] =>
  tasks === 1 ? [id] : Array.from({ length: tasks }, (_, index) => `${id}_${index}`);

/** Without the prefixes of sbatch. */
export const refusal = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(/^(?:sbatch: )?(?:error: )?(?:Batch job submission failed: )?/, '').trim())
    .filter(Boolean)
    .join('; ') || 'no reason given';
