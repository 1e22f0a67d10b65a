// Slurm, through its commands: sbatch, squeue, scancel, scontrol, and sacct where jobs are accounted.
import { readFileSync } from 'node:fs';
import { PipeError, type Problem } from '../../../base/problem.ts';
import type { JobRequest } from '../../process/executor.ts';
import type { BatchSystem, JobEnd, JobReference, JobStatus, Polled } from '../batch-system.ts';
import { firstLine, type CallEnd } from '../call.ts';
import { accountedJobs } from './accounting.ts';
import { FORGOTTEN } from './job-over.ts';
import { slurmCommands, type RunSlurm } from './run-slurm.ts';
import { sbatchArgs } from './sbatch-args.ts';
import { idsOf, refusal, submission, submittedOf, UNAVAILABLE } from './submission.ts';
import { endOf, isEnd, statusOf } from './states.ts';

/** Of an array; the default of `MaxArraySize` is 1001. */
const MOST_TASKS = 500;
/** Ids in one command line. */
const MOST_IDS = 500;

/** @param run calls its commands; default: in the project. */
export function makeSlurmSystem(root: string, run: RunSlurm = slurmCommands(root)): BatchSystem {
  return {
    name: 'Slurm',
    most: MOST_TASKS,
    partsOf: ({ slurm }) => slurm.batch ?? 1,
    groupOf: (request) => JSON.stringify([request.slurm.batch, sbatchArgs(request, 1)]),
    check: (requests) => check(requests, run),
    async submit(tasks, key, area) {
      const { script, args } = submission(tasks, key, area);
      const { request } = tasks[0]!.parts[0]!;
      const most = Math.max(...tasks.map(({ parts }) => parts.length));
      // The name comes last, and counts: a job is known by its id and its name.
      const named = ['--job-name', key, script];
      const end = await run('sbatch', '--parsable', ...args, ...sbatchArgs(request, most), ...named);
      const submitted = submittedOf(end, tasks.length);
      if (submitted.kind === 'submitted' || isRefusal(end)) return submitted;
      // The controller may have accepted the jobs although its answer, or sbatch itself, was lost.
      const ids = await find(key, tasks.length, run);
      return ids ? { kind: 'submitted', ids } : submitted;
    },
    find: (key, tasks) => find(key, tasks, run),
    poll: (ids) => poll(ids, run),
    cancel: (jobs, signal) => cancel(jobs, signal, run),
    explain: (job) => explain(job, run),
  };
}

/** The ids of what was submitted under a name. */
async function find(key: string, tasks: number, run: RunSlurm): Promise<readonly string[] | undefined> {
  const end = await run('squeue', '-h', '-t', 'all', '-n', key, '-o', '%A|%F');
  const id = end.kind === 'exited' && end.code === 0 ? /\|(\d+)/.exec(end.stdout.toString())?.[1] : undefined;
  return id === undefined ? undefined : idsOf(id, tasks);
}

/** Whether the controller says why it does not accept the jobs. */
const isRefusal = (end: CallEnd): boolean =>
  end.kind === 'missing' || (end.stderr !== '' && !UNAVAILABLE.test(end.stderr));

/** Asks Slurm about each kind of request once. */
async function check(requests: readonly JobRequest[], run: RunSlurm): Promise<readonly Problem[]> {
  const kinds = Map.groupBy(requests, (request) => JSON.stringify(sbatchArgs(request, 1)));
  const problems: Problem[] = [];
  for (const alike of kinds.values()) {
    const request = alike[0]!;
    const end = await run('sbatch', '--test-only', ...sbatchArgs(request, 1), '--wrap', 'true');
    if (end.kind === 'missing') throw new PipeError(missing);
    if (end.code === 0 || UNAVAILABLE.test(end.stderr)) continue;
    const more = alike.length > 1 ? ` and ${alike.length - 1} more` : '';
    problems.push({
      code: 'resources-impossible',
      title: `Slurm can never run the stage '${request.stage}'${more}: ${firstLine(refusal(end.stderr))}`,
      facts: [['asked for', sbatchArgs(request, 1).slice(1).join(' ') || 'the defaults of the partition']],
      hint: 'ask for less, or for another partition, account or kind of GPU (`resources:`, `timeout:`, `slurm:`)',
    });
  }
  return problems;
}

const missing: Problem = {
  code: 'batch-missing',
  title: 'sbatch is not installed here, so no stage can be submitted to Slurm',
  hint: 'run on a machine that submits jobs, or run here: `config: {executor: local}` in cache/config.yaml',
};

async function poll(ids: readonly string[], run: RunSlurm): Promise<Polled> {
  const jobs = new Map<string, JobStatus>();
  const bases = [...new Set(ids.map((id) => id.split('_')[0]!))];
  for (const some of inPieces(bases, MOST_IDS)) {
    const end = await run('squeue', '-h', '-r', '-t', 'all', '-o', '%i|%T|%r|%N|%j', '-j', some.join(','));
    if (end.kind === 'missing') return { kind: 'unavailable', message: 'squeue is not installed' };
    // A single job that Slurm has forgotten is an error.
    if (end.code !== 0 && !FORGOTTEN.test(end.stderr))
      return { kind: 'unavailable', message: firstLine(end.stderr) };
    for (const line of end.stdout.toString().split('\n')) {
      const [id, state, reason = '', node = '', ...name] = line.split('|');
      const key = name.join('|');
      if (id && state) jobs.set(id, { ...statusOf(id, state, reason, node), ...(key && { key }) });
    }
  }
  return { kind: 'known', jobs };
}

async function cancel(
  jobs: readonly JobReference[],
  signal: 'SIGTERM' | 'SIGKILL',
  run: RunSlurm,
): Promise<boolean> {
  const polled = await poll([...new Set(jobs.map(({ id }) => id))], run);
  if (polled.kind !== 'known') return false;
  // A controller that lost its state gives ids again, perhaps to jobs of others.
  const ours = jobs.filter(({ id, key }) => key === undefined || polled.jobs.get(id)?.key === key);
  const ids = [...new Set(ours.map(({ id }) => id))];
  const how = signal === 'SIGKILL' ? ['--signal=KILL', '--full'] : [];
  const ends = await Promise.all(
    inPieces(ids, MOST_IDS).map((some) => run('scancel', '--quiet', ...how, ...some)),
  );
  return ends.every((end) => end.kind === 'exited' && !UNAVAILABLE.test(end.stderr));
}

/** From the controller, while it remembers the job, else from the accounting. */
async function explain({ id, key }: JobReference, run: RunSlurm): Promise<JobEnd | undefined> {
  const end = await run('scontrol', '-o', 'show', 'job', id);
  if (end.kind === 'exited' && end.code === 0) {
    const shown = end.stdout.toString();
    const field = (name: string): string => new RegExp(`\\b${name}=(\\S+)`).exec(shown)?.[1] ?? '';
    const state = field('JobState');
    const name = field('JobName');
    if (key !== undefined && name !== key)
      return {
        message: `its job ${id} is gone: Slurm lost its state, and has given this id to another job (${name})`,
      };
    if (!isEnd(state)) return undefined;
    const nodes = field('NodeList').replace('(null)', '');
    const text = readText(field('StdOut'));
    const isMemory = state !== 'COMPLETED' && MEMORY.test(text);
    const reason = field('Reason');
    const detail = text.trimEnd().split('\n').at(-1) || (reason === 'None' ? '' : reason);
    return {
      ...endOf(id, isMemory ? 'OUT_OF_MEMORY' : state, reason, nodes),
      ...(detail && { detail }),
    };
  }
  const { jobs, absent } = await accountedJobs([id], run);
  const { state, name, node = '' } = jobs.get(id) ?? {};
  const isOurs = key === undefined || name === key;
  if (isOurs && state !== undefined && isEnd(state)) return endOf(id, state, '', node);
  const isForgotten = end.kind === 'exited' && FORGOTTEN.test(end.stderr);
  return isForgotten && absent !== undefined
    ? {
        message: `its job ${id} ended without a result. Slurm has forgotten how, and its accounting does not answer: ${absent}`,
      }
    : undefined;
}

/** Where the kernel or Slurm's own watch ended the job, its state need not say so, but its messages do. */
const MEMORY = /oom.kill|out of memory|exceeded (?:job )?memory limit/i;

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const inPieces = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
