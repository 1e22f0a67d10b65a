// Times commands as whole processes, several side by side in turns, so that a busy machine hits all of them alike.
import { spawnSync } from 'node:child_process';

/** Seconds. */
export interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

export interface Candidate {
  readonly name: string;
  /** For bash. */
  readonly command: string;
  readonly cwd: string;
  /** Done before each run, untimed. */
  readonly prepare?: () => void;
  readonly env?: Readonly<Record<string, string>>;
}

/** One run, its children's time included. @throws Error when the command fails. */
export function run({ name, command, cwd, env }: Candidate): Cost {
  const script = `TIMEFORMAT='@%R %U %S'; time { ${command}; } >/dev/null 2>"$0"`;
  const { stderr, status } = spawnSync('bash', ['-c', script, '/dev/null'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const times = /@([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr);
  if (status !== 0 || !times) throw new Error(`${name}: \`${command}\` ended with ${status}: ${stderr}`);
  return { wall: Number(times[1]), cpu: Number(times[2]) + Number(times[3]) };
}

/** @returns the median of each, after one run that is not counted. Candidates that fail are left out, with a word on stderr. */
export function sideBySide(candidates: readonly Candidate[], rounds: number): Map<string, Cost> {
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const candidate of candidates) {
      if (round > 0 && !costs.has(candidate.name)) continue;
      try {
        candidate.prepare?.();
        const cost = run(candidate);
        if (round === 0) costs.set(candidate.name, []);
        else costs.get(candidate.name)!.push(cost);
      } catch (error) {
        costs.delete(candidate.name);
        console.error(String(error));
      }
    }
  }
  return new Map(
    [...costs].map(([name, list]) => [
      name,
      { cpu: median(list.map((cost) => cost.cpu)), wall: median(list.map((cost) => cost.wall)) },
    ]),
  );
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A Markdown table: each candidate's seconds, and the ratio to one of them. */
export function table(title: string, costs: ReadonlyMap<string, Cost>, base: string): string {
  const by = costs.get(base);
  const ratio = (cost: Cost, key: keyof Cost): string => (by ? (cost[key] / by[key]).toFixed(2) : '–');
  const rows = [...costs].map(
    ([name, cost]) =>
      `| ${name} | ${cost.cpu.toFixed(3)} | ${cost.wall.toFixed(3)} | ${ratio(cost, 'cpu')} | ${ratio(cost, 'wall')} |`,
  );
  const head = `| ${title} | CPU s | wall s | CPU / ${base} | wall / ${base} |`;
  return [head, '|---|---:|---:|---:|---:|', ...rows, ''].join('\n');
}
