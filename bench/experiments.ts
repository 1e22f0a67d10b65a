// Thirty experiments over one large dependency, beside DVC's queue and a shell loop; and the table of a thousand experiments. The
// stages only read their parameter file and a part of the data, so what is measured is the overhead. DVC's workers leave their parent,
// so the processor time is that of a control group.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeRecord, type ExperimentRecord } from '../src/experiment/experiment.ts';
import { sideBySide, table, type Cost } from './measure.ts';
import { node, pipe, type Peers } from './peers.ts';

const COUNT = 30;
const DATA_MIB = 100;
/** Where control groups are, alone or beside those of version 1. */
const GROUPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) =>
  existsSync(join(path, 'cgroup.controllers')),
);
const GROUP = `${GROUPS}/pipe-bench`;

const PIPELINE = `stages:
  prepare:
    cmd: head -c 1000000 data.bin > part.bin
    deps: [data.bin]
    outs: [part.bin]
  train:
    cmd: sh train.sh
    deps: [data.bin, part.bin, train.sh]
    params: [lr]
    outs: [model.txt]
    metrics: [{metrics.json: {cache: false}}]
`;
const TRAIN = `read -r key lr < params.yaml
head -c 100 part.bin > model.txt && echo "$lr" >> model.txt
echo "{\\"acc\\": $lr}" > metrics.json
`;

export async function experiments(home: string, peers: Peers, rounds: number): Promise<string[]> {
  if (GROUPS === undefined) return ['experiments: this machine has no control groups\n'];
  const dvc = peers.dvc?.run.split(' ', 1)[0];
  const costs = new Map<string, Cost>();
  const folder = makeProject(join(home, 'experiments-pipe'), dvc);
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, bytesBelow(folder))), 100);
  costs.set('pipe', await inGroup(folder, `${pipe} exp run -q g -S "lr=range(1, ${COUNT + 1})" -j2`));
  clearInterval(watching);
  if (dvc !== undefined) {
    const own = makeProject(join(home, 'experiments-dvc'), dvc);
    const queue = `${dvc} exp run -q --queue -S "lr=range(1,${COUNT + 1})"`;
    const wait = `until [ "$(${dvc} queue status | grep -c -E 'Success|Failed')" -ge ${COUNT} ]; do sleep 20; done`;
    costs.set(
      'dvc',
      await inGroup(
        own,
        `export PATH=${dirname(dvc)}:$PATH; ${queue} && ${dvc} queue start -q -j2 && ${wait}; ${dvc} queue stop -q`,
      ),
    );
  }
  const loop = makeProject(join(home, 'experiments-loop'), undefined);
  const once = `head -c 1000000 data.bin > part.bin; for lr in $(seq ${COUNT}); do echo "lr: $lr" > params.yaml; sh train.sh; mkdir -p "out/$lr"; cp model.txt metrics.json "out/$lr"; done`;
  costs.set('shell loop', await inGroup(loop, once));
  const share = ((most / (DATA_MIB * 2 ** 20)) * 100).toFixed(2);
  return [
    table(`${COUNT} experiments, ${DATA_MIB} MiB of data`, costs, 'pipe'),
    `Work folders of pipe: at most ${Math.ceil(most / 1024)} KiB, ${share} % of the data.\n`,
    showing(home, rounds),
  ];
}

function makeProject(folder: string, dvc: string | undefined): string {
  mkdirSync(folder, { recursive: true });
  shell(folder, 'git init -q && git config user.name b && git config user.email b@b');
  if (dvc !== undefined) shell(folder, `${dvc} init -q`);
  writeFileSync(join(folder, 'dvc.yaml'), PIPELINE);
  writeFileSync(join(folder, 'params.yaml'), 'lr: 1\n');
  writeFileSync(join(folder, 'train.sh'), TRAIN);
  shell(folder, `head -c ${DATA_MIB}M /dev/urandom > data.bin`);
  if (dvc !== undefined) shell(folder, `${dvc} add -q data.bin && ${dvc} repro -q`);
  else writeFileSync(join(folder, '.gitignore'), '/data.bin\n');
  shell(folder, 'git add -A && git commit -qm First');
  return folder;
}

function shell(cwd: string, command: string): void {
  const { status, stderr } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`\`${command}\` ended with ${status}: ${stderr}`);
}

/** With everything that the command starts, whatever becomes of its parents. */
async function inGroup(cwd: string, command: string): Promise<Cost> {
  if (existsSync(GROUP)) rmdirSync(GROUP);
  mkdirSync(GROUP);
  const started = performance.now();
  const child = spawn('bash', ['-c', `echo $$ > ${GROUP}/cgroup.procs; ${command}`], {
    cwd,
    env: { ...process.env, DVC_NO_ANALYTICS: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`\`${command}\` ended with ${status}: ${stderr}`);
  const wall = (performance.now() - started) / 1000;
  // Workers that are asked to stop end a moment later.
  for (let left = 50; left > 0 && readFileSync(`${GROUP}/cgroup.procs`, 'utf8') !== ''; left -= 1)
    await sleep(200);
  const usage = /^usage_usec (\d+)/m.exec(readFileSync(`${GROUP}/cpu.stat`, 'utf8'))![1]!;
  for (const pid of readFileSync(`${GROUP}/cgroup.procs`, 'utf8').split('\n').filter(Boolean))
    process.kill(Number(pid), 'SIGKILL');
  return { cpu: Number(usage) / 1e6, wall };
}

/** What the folders in which stages run take on the disk: links take nothing of what they lead to. */
function bytesBelow(folder: string): number {
  const area = join(folder, '.dvc/tmp/pipe/tmp/exps');
  if (!existsSync(area)) return 0;
  return readdirSync(area, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    const stats = lstatSync(join(area, name), { throwIfNoEntry: false });
    return sum + (stats?.blocks ?? 0) * BLOCK;
  }, 0);
}

/** Bytes of the unit of `blocks`, whatever the file system has. */
const BLOCK = 512;

function showing(home: string, rounds: number): string {
  const folder = join(home, 'experiments-show');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pipeline.yaml'), PIPELINE);
  shell(folder, 'git init -q && git add -A && git -c user.name=b -c user.email=b@b commit -qm First');
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' });
  const lock = Array.from({ length: 40 }, (_, line) => `    line ${line} ${'x'.repeat(60)}`).join('\n');
  for (let index = 1; index <= 1000; index += 1) {
    const record: ExperimentRecord = {
      name: `grid-${index}`,
      group: 'grid',
      state: 'done',
      overlays: [`lr=${index / 1000}`],
      targets: [],
      revision: stdout.trim(),
      started: new Date(0).toISOString(),
      stages: new Map([['train', { state: 'ran', key: 'a'.repeat(64), seconds: 1.5 }]]),
      params: new Map([
        [
          'params.yaml',
          new Map<string, number | bigint>([
            ['lr', index / 1000],
            ...Array.from({ length: 20 }, (_, key) => [`p${key}`, BigInt(key)] as const),
          ]),
        ],
      ]),
      metrics: new Map([
        [
          'metrics.json',
          new Map([
            ['acc', Math.sin(index)],
            ['loss', Math.cos(index)],
          ]),
        ],
      ]),
      locks: new Map([['pipeline.lock', lock]]),
    };
    writeRecord(join(folder, 'cache/exps'), record);
  }
  const candidates = [
    { name: 'pipe exp show', command: `${pipe} exp show`, cwd: folder },
    { name: 'node alone', command: `${node} -e 0`, cwd: folder },
  ];
  return table('1,000 experiments', sideBySide(candidates, rounds), 'pipe exp show');
}
