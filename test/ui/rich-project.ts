// A project with one of everything that the page shows, and odd names and values. Its runs of before are written by hand, with times
// of our own.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeHere, type Here } from '../cli/here.ts';
import { gitIn } from '../git.ts';

const PIPELINE = `vars: [params.yaml]
config:
  pools: {gpu: 2}
stages:
  prepare:
    desc: Splits the data, <b>all</b> of it & more
    wdir: data
    cmd:
      - mkdir -p split
      - cp in.txt split/a.txt; cp ../tool.sh split/b.txt
    deps: [in.txt, ../tool.sh]
    params: [../params.yaml: [data.parts]]
    outs: [split]
  train:
    matrix: {lr: [0.1, 0.01, 1.0e-05], net: [small, größe]}
    cmd: 'echo "$TOKEN"; printf "{\\"loss\\": \${item.lr}, \\"<b>\\": \\"\${seed}\\", \\"nan\\": NaN}" > m-\${key}.json; echo \${key} > w-\${key}.bin'
    deps: [data/split]
    env: {TOKEN: "secret-value\\nsecond-line"}
    params: [seed, other.yaml: [seed]]
    metrics: ['m-\${key}.json': {cache: false}]
    outs: ['w-\${key}.bin']
    resources: {cpus: 2, memory: 1GB, pools: {gpu: 1}}
    retry: {times: 3, delay: 1}
    timeout: 1h
  collect:
    cmd: 'cat w-*.bin > all.bin; printf "step,loss,acc\\n0,\${size},\\n2,1,0.5\\n1,2,0.25\\n" > loss.csv; printf "actual,predicted\\na,b\\nb,b\\n" > classes.csv; echo "{\\"best\\": {\\"loss\\": \${size}}, \\"list\\": [1, 2], \\"big\\": 12345678.9012}" > sum.json; printf "<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>" > pic.svg'
    deps: [w-0.1-small.bin, w-0.1-größe.bin, w-0.01-small.bin]
    params: [size]
    outs: [all.bin]
    metrics: [sum.json]
    plots: [loss.csv: {x: step, y: loss, title: "Loss <of> it"}, classes.csv: {template: confusion, x: actual, y: predicted}, pic.svg]
  late: {cmd: 'cat all.bin > late.txt', deps: [all.bin], outs: [late.txt]}
  later: {cmd: 'cat late.txt > later.txt', deps: [late.txt], outs: [later.txt]}
  held: {cmd: 'cat tool.sh > held.txt', deps: [tool.sh], outs: [held.txt], frozen: true}
  bad: {cmd: 'echo broken; exit 3', deps: [data/in.txt], outs: [bad.txt]}
  long-name-of-a-stage-that-takes-more-than-one-column-of-the-page: {cmd: 'true', always_changed: true}
  never: {cmd: 'cat tool.sh > never.txt', deps: [tool.sh, held.txt], outs: [never.txt]}
data: [{path: photo.jpg}]
plots:
  - both: {x: {loss.csv: step}, y: {loss.csv: [loss, acc]}, template: simple}
  - gone.csv: {x: a, y: b}
`;

const GONE = `  gone: {cmd: 'echo gone > gone.txt', outs: [gone.txt]}\n`;

const FILES = {
  'demo/pipeline.yaml': PIPELINE.replace('data: [', `${GONE}data: [`),
  'demo/params.yaml': 'seed: 1\nsize: 5\ndata: {parts: 2}\n',
  'demo/other.yaml': 'seed: 3\n',
  'demo/data/in.txt': 'one\n',
  'demo/tool.sh': '#!/bin/sh\n',
  'demo/photo.jpg': 'photo\n',
  'demo/.gitignore': '/cache\n',
};

export interface RichProject extends Pick<Here, 'at'> {
  /** Absolute. */
  readonly root: string;
  /** Names of the two experiments. */
  readonly write: (name: string, text: string) => void;
}

export async function makeRichProject(t: TestContext): Promise<RichProject> {
  const here = makeHere(t, FILES);
  const root = here.path('demo');
  const pipe = here.at('demo');
  const write = (name: string, text: string): void => here.write(`demo/${name}`, text);
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  await pipe.out(0, 'add', '-q', 'photo.jpg');
  await pipe.out(1, 'repro', '-q', '-k', '-j1');
  git('add', '-A');
  git('commit', '-qm', 'First');
  await pipe.out(0, 'remote', 'add', '-d', 'store', here.path('remote'));
  await pipe.out(0, 'push', '-q', 'train@0.1-small', 'collect');
  for (const [name, size] of [
    ['large', '7'],
    ['small', '2'],
  ] as const)
    await pipe.out(0, 'exp', 'run', name, '-S', `size=${size}`, '-t', 'collect', '-q');
  await pipe.out(1, 'exp', 'run', 'broken', '-S', 'size=9', '-t', 'bad', '-q');
  const experiments = join(root, 'cache/exps');
  for (const [index, file] of readdirSync(experiments)
    .filter((name) => name.endsWith('.json'))
    .entries()) {
    const text = readFileSync(join(experiments, file), 'utf8');
    writeFileSync(
      join(experiments, file),
      text.replace(/"started": "[^"]*"/, `"started": "2026-01-0${index + 1}T10:00:00.000Z"`),
    );
  }
  // Then the sources change.
  write('pipeline.yaml', PIPELINE);
  write('params.yaml', 'seed: 1\nsize: 6\ndata: {parts: 2}\n');
  write('tool.sh', '#!/bin/sh\n# changed\n');
  write('loss.csv', 'step,loss,acc\n1,4,0.1\n0,NaN,\n');
  write('m-0.01-small.json', '{"loss": 0.5, "extra": 1}');
  rmSync(join(root, 'm-1e-05-größe.json'));
  rmSync(join(root, 'w-0.01-größe.bin'));
  writeRuns(root);
  return { at: here.at, root, write };
}

const DAY = Date.parse('2026-01-10T00:00:00.000Z');
const at = (seconds: number): string => new Date(DAY + seconds * 1000).toISOString();
const linesOf = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** When the page is made. */
export const NOW = DAY + 3_600_000;

function writeRuns(root: string): void {
  const stamp = (run: number, stage: string, end: number, seconds: number, why: string, more = {}) => ({
    run: `run ${run}`,
    stage,
    time: at(end),
    what: 'ran',
    seconds,
    why,
    ...more,
  });
  const history = [
    // More than are listed.
    ...Array.from({ length: 60 }, (_, n) => stamp(n, 'prepare', n * 10, n + 0.5, `why ${n}`)),
    stamp(60, 'prepare', 700, 60, 'new'),
    stamp(60, 'train@0.1-small', 760, 50, 'env: TOKEN secret-value → other; params: seed 0 → 1', {
      used: { cpu: 75, memory: 2_000_000 },
    }),
    stamp(60, 'train@0.1-größe', 765, 0.2, 'dep changed: data/split', { what: 'restored' }),
    stamp(60, 'train@0.01-small', 800, 90, 'new', { what: 'failed' }),
    stamp(60, 'train@0.01-größe', 810, 45, 'new', { job: { id: '12', node: 'node3', memory: 5_000_000 } }),
    stamp(60, 'bad', 815, 4, 'new', { what: 'failed' }),
    stamp(61, 'prepare', 1000, 100, 'dep changed: <in>.txt'),
    stamp(61, 'train@0.1-small', 1150, 150, 'dep changed: data/split', { used: { cpu: 15, memory: 1_000 } }),
    stamp(61, 'collect', 1200, 50, 'params: size 4 → 5'),
    stamp(61, 'bad', 1203, 3, 'new', { what: 'failed' }),
    stamp(61, 'gone', 1210, 1, 'new'),
  ];
  writeFileSync(join(root, 'cache/state/history.jsonl'), linesOf(history));
  const time = (seconds: number): number => DAY + seconds * 1000;
  writeFileSync(
    join(root, 'cache/state/run.jsonl'),
    linesOf([
      { type: 'run-start', run: 'run 61', time: time(900), stages: 15, jobs: 2 },
      { type: 'ready', time: time(900), stage: 'prepare' },
      { type: 'start', time: time(900), stage: 'prepare', attempt: 1 },
      { type: 'ready', time: time(905), stage: 'bad' },
      { type: 'start', time: time(1000), stage: 'bad', attempt: 1 },
      { type: 'progress', stage: 'bad', progress: { done: 3, total: 4, note: 'secret-value here' } },
      { type: 'ran', time: time(1000), stage: 'prepare', seconds: 100 },
      { type: 'ready', time: time(1000), stage: 'train@0.1-small' },
      { type: 'start', time: time(1000), stage: 'train@0.1-small', attempt: 1 },
      { type: 'start', time: time(1050), stage: 'bad', attempt: 2 },
      { type: 'fresh', stage: 'held' },
      { type: 'restored', time: time(1100), stage: 'train@0.1-größe', seconds: 0.5 },
      { type: 'ran', time: time(1150), stage: 'train@0.1-small', seconds: 150, unchanged: true },
      { type: 'start', time: time(1150), stage: 'collect', attempt: 1 },
      { type: 'ran', time: time(1200), stage: 'collect', seconds: 50 },
      { type: 'failed', time: time(1203), stage: 'bad', seconds: 153, problem: 'exit code 3 of second-line' },
      { type: 'start', time: time(1203), stage: 'late', attempt: 1 },
      { type: 'stopping', signal: 'SIGINT' },
      { type: 'skipped', stage: 'late', because: [] },
      { type: 'skipped', stage: 'later', because: ['late'] },
      {
        type: 'run-end',
        time: time(1210),
        seconds: 310,
        counts: { fresh: 1, restored: 1, ran: 3, failed: 1, skipped: 2 },
        interrupted: 'SIGINT',
      },
    ]),
  );
  rmSync(join(root, 'cache/logs'), { recursive: true });
  const log = (stage: string, name: string, text: string): void => {
    const folder = join(root, 'cache/logs', encodeURIComponent(stage));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.log`), text);
  };
  log('train@0.1-small', '2026-01-10T00-10-00', 'an earlier attempt\n');
  log(
    'train@0.1-small',
    '2026-01-10T00-16-40',
    '\u001b[32mgreen\u001b[0m <b>bold</b>\r\n10%\r20%\rdone\nTOKEN=secret-value, and second-line\nno end',
  );
  // Longer than what is kept of those that did not fail, and of those that did.
  log('prepare', '2026-01-10T00-15-00', longLog(20));
  log('bad', '2026-01-10T00-16-45', longLog(70));
}

/** @param size in KiB, each a line with its number. */
const longLog = (size: number): string =>
  Array.from({ length: size }, (_, n) => `${`line ${n} `.padEnd(1023, '.')}\n`).join('');

/** Of lines of long logs. */
export const withoutDots = (text: string): string =>
  text.replace(/\.{99,}/g, (dots) => `(${dots.length} dots)`);
