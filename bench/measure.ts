// Times commands as whole processes, several side by side in turns, so that a busy machine hits all of them alike.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Seconds. */
export interface Cost {
  readonly cpu: number;
  readonly wall: number;
  /** Of the largest process, where GNU time is installed. */
  readonly megabytes?: number;
}

export interface Candidate {
  readonly name: string;
  /** For bash. */
  readonly command: string;
  readonly cwd: string;
  /** Done before each run, untimed. */
  readonly prepare?: () => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Measure memory as well, which takes two more processes. */
  readonly memory?: boolean;
}

const MEMORY = join(process.env['PIPE_BENCH_HOME'] ?? tmpdir(), `memory-${process.pid}`);
const hasGnuTime = spawnSync('/usr/bin/time', ['-f', '%M', 'true']).status === 0;

/** A folder of the benchmark's own in memory, where the machine has such folders. */
export const memoryFolder = (pid: number = process.pid): string | undefined =>
  existsSync('/dev/shm') ? `/dev/shm/pipe-bench-${pid}` : undefined;

/** One run, its children's time included. @throws Error when the command fails. */
export function run({ name, command, cwd, env, memory }: Candidate): Cost {
  const measured = memory && hasGnuTime ? `/usr/bin/time -f '#%M' -o ${MEMORY} bash -c "$1"` : 'eval "$1"';
  const script = `TIMEFORMAT='@%R %U %S'; time { ${measured}; } >/dev/null 2>"$0"`;
  const { stderr, status } = spawnSync('bash', ['-c', script, '/dev/null', command], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const times = /@([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr);
  if (status !== 0 || !times) throw new Error(`${name}: \`${command}\` ended with ${status}: ${stderr}`);
  const kilobytes = measured.includes(MEMORY) ? /#(\d+)/.exec(readFileSync(MEMORY, 'utf8')) : null;
  return {
    wall: Number(times[1]),
    cpu: Number(times[2]) + Number(times[3]),
    ...(kilobytes && { megabytes: Number(kilobytes[1]) / 1024 }),
  };
}

/** @returns the median of each, after one run that is not counted. Candidates that fail are left out, with a word on stderr. */
export const sideBySide = (candidates: readonly Candidate[], rounds: number): Map<string, Cost> =>
  new Map(inTurns(candidates, rounds));

/** As `sideBySide`, each as soon as it is known: in the last round. */
export function* inTurns(
  candidates: readonly Candidate[],
  rounds: number,
): Generator<[name: string, cost: Cost], void, undefined> {
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const candidate of candidates) {
      const { name, prepare } = candidate;
      if (round > 0 && !costs.has(name)) continue;
      let cost: Cost;
      try {
        prepare?.();
        cost = run(candidate);
      } catch (error) {
        costs.delete(name);
        console.error(String(error));
        continue;
      }
      const taken = round === 0 ? [] : [...costs.get(name)!, cost];
      costs.set(name, taken);
      if (round > 0 && round === rounds) yield [name, medianOf(taken)];
    }
  }
}

function medianOf(costs: readonly Cost[]): Cost {
  const of = (key: keyof Cost): number => median(costs.map((cost) => cost[key] ?? 0));
  const hasMemory = costs[0]?.megabytes !== undefined;
  return { cpu: of('cpu'), wall: of('wall'), ...(hasMemory && { megabytes: of('megabytes') }) };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A Markdown table: each candidate's seconds, and the ratio to one of them. */
export function table(title: string, costs: ReadonlyMap<string, Cost>, base: string): string {
  const by = costs.get(base);
  return [tableHead(title, base), ...[...costs].map(([name, cost]) => tableRow(name, cost, by)), ''].join(
    '\n',
  );
}

export const tableHead = (title: string, base: string): string =>
  `| ${title} | CPU s | wall s | CPU / ${base} | wall / ${base} | MB |\n|---|---:|---:|---:|---:|---:|`;

/** @param by the costs that it is compared with, where they are known. */
export function tableRow(name: string, cost: Cost, by: Cost | undefined): string {
  const ratio = (key: 'cpu' | 'wall'): string => (by ? (cost[key] / by[key]).toFixed(2) : '–');
  return `| ${name} | ${cost.cpu.toFixed(3)} | ${cost.wall.toFixed(3)} | ${ratio('cpu')} | ${ratio('wall')} | ${cost.megabytes?.toFixed(0) ?? ''} |`;
}
