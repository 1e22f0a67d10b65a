// What makes two copies of a project print the same: git with fixed names and dates, and times of runs and experiments that are written
// over the real ones.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Here } from '../here.ts';

export type Git = (...args: readonly string[]) => string;

/** Of all programs that the test starts. */
Object.assign(process.env, {
  TZ: 'UTC',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_AUTHOR_DATE: '2024-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
  GIT_COMMITTER_DATE: '2024-01-02T03:04:05Z',
});

export const inGit =
  (root: string): Git =>
  (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' });

/** Long and short ones, so that all units are shown. */
const SECONDS = [0.004, 0.0999, 1.25, 12.5, 59.6, 185, 3725];
const START = Date.UTC(2024, 1, 28, 22);
const STEP = 97 * 60_000;

export function fixTimes({ root }: Pick<Here, 'root'>): void {
  for (const file of globSync('{cache,.dvc/tmp/pipe}/state/history.jsonl', { cwd: root }))
    fixHistory(join(root, file));
  const records = globSync('{cache,.dvc/pipe}/exps/*.json', { cwd: root }).sort();
  for (const [index, file] of records.entries()) fixRecord(join(root, file), index);
  // Of the records of runs every other one is old, too.
  const objects = globSync('{cache/objects/sha256,.dvc/cache/files/md5}/*/*', { cwd: root }).sort();
  const runs = globSync('cache/runs/*/*', { cwd: root }).sort();
  for (const [index, file] of [...objects, ...runs.filter((_file, at) => at % 2 === 0)].entries()) {
    const time = new Date(START + index * STEP);
    utimesSync(join(root, file), time, time);
  }
}

interface Entry {
  readonly run: string;
  readonly stage: string;
  readonly why: string;
  readonly used?: object;
}

function fixHistory(file: string): void {
  const runs = new Map<string, string>();
  const entries = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);
  // In which order the stages of a run end depends on the machine.
  const ordered = [...Map.groupBy(entries, ({ run }) => run).values()].flatMap((run) =>
    run.toSorted((a, b) => (`${a.stage} ${a.why}` < `${b.stage} ${b.why}` ? -1 : 1)),
  );
  const fixed = ordered.map((entry, index) => {
    const run = runs.get(entry.run) ?? `run-${runs.size + 1}`;
    runs.set(entry.run, run);
    const time = new Date(START + index * STEP).toISOString();
    const seconds = SECONDS[index % SECONDS.length]!;
    const used = entry.used && { cpu: seconds / 2, memory: 1e6 * (index + 1) };
    return JSON.stringify({ ...entry, run, time, seconds, ...(used && { used }) });
  });
  writeFileSync(file, `${fixed.join('\n')}\n`);
}

function fixRecord(file: string, index: number): void {
  const text = readFileSync(file, 'utf8');
  const started = new Date(START + index * STEP).toISOString();
  const ended = new Date(START + index * STEP + 1000).toISOString();
  writeFileSync(
    file,
    text
      .replace(/(\n  "started": )"[^"]*"/, `$1"${started}"`)
      .replace(/(\n  "ended": )"[^"]*"/, `$1"${ended}"`)
      .replaceAll(/(\n {6}"seconds": )[\d.e-]+/g, '$11.5'),
  );
}
