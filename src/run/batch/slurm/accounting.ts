// What Slurm's accounting says of jobs that ended (sacct). Many clusters have none; then nothing is known but why.
import { firstLine } from '../call.ts';
import { slurmCommands, type RunSlurm } from './run-slurm.ts';

export interface AccountedJob {
  readonly name?: string;
  readonly state?: string;
  readonly node?: string;
  /** Bytes. */
  readonly memory?: number;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
/** Ids in one command line. */
const MOST_IDS = 500;

export interface Accounted {
  /** By their ids. */
  readonly jobs: ReadonlyMap<string, AccountedJob>;
  /** Why the accounting does not answer. */
  readonly absent?: string;
}

/** Of jobs whose run is over. */
export const askAccounting = (ids: readonly string[]): Promise<Accounted> =>
  accountedJobs(ids, slurmCommands());

export async function accountedJobs(ids: readonly string[], run: RunSlurm): Promise<Accounted> {
  const jobs = new Map<string, AccountedJob>();
  for (let at = 0; at < ids.length; at += MOST_IDS) {
    const some = ids.slice(at, at + MOST_IDS).join(',');
    const end = await run('sacct', '-n', '-P', '-o', 'JobID,State,NodeList,MaxRSS,JobName', '-j', some);
    if (end.kind === 'missing') return { jobs, absent: 'sacct is not installed' };
    if (end.code !== 0) return { jobs, absent: firstLine(end.stderr) || `sacct ended with ${end.code}` };
    for (const line of end.stdout.toString().split('\n')) take(line, jobs);
  }
  return { jobs };
}

/** A job has a line of its own and one for each of its steps, which have the memory. */
function take(line: string, jobs: Map<string, AccountedJob>): void {
  const [step = '', state = '', node = '', rss = '', ...name] = line.split('|');
  const id = step.split('.')[0]!;
  if (id === '') return;
  const before = jobs.get(id) ?? {};
  const memory = Math.max(before.memory ?? 0, bytesOf(rss));
  jobs.set(id, {
    ...before,
    ...(step === id && { state, name: name.join('|'), ...(node && { node }) }),
    ...(memory > 0 && { memory }),
  });
}

function bytesOf(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)([KMGT]?)$/.exec(text) ?? [];
  return number === undefined ? 0 : Math.round(Number(number) * UNITS[unit]!);
}
