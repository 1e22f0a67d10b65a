// How long a training takes until its first step, and how much memory: the stage itself on a full-sized set (60,000 images).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeIdx } from '../../stages/lib/data/idx.ts';
import { random } from '../../stages/lib/data/random.ts';
import { availableBackends } from '@pipe-engine/tensorflow/available';
import { median } from '../measure.ts';

const root = dirname(dirname(import.meta.dirname));
const IMAGES = 60_000;
/** Milliseconds of training after the first step, for the memory to reach its height. */
const GOING_ON = 8000;

interface Start {
  readonly wall: number;
  readonly cpu: number;
  readonly megabytes: number;
}

export async function firstStep(home: string, rounds: number): Promise<string> {
  prepare(home);
  const { offers } = await availableBackends();
  const rows: string[] = [];
  for (const { name } of offers.filter(
    ({ name, loadable }) => loadable && (name === 'tfjs-node' || name === 'wasm'),
  )) {
    const found: Start[] = [];
    for (let round = 0; round <= rounds; round++) found.push(await startOf(home, name));
    const of = (pick: (start: Start) => number): string => median(found.slice(1).map(pick)).toFixed(2);
    rows.push(
      `| ${name} | ${of(({ cpu }) => cpu)} | ${of(({ wall }) => wall)} | ${Number(of(({ megabytes }) => megabytes)).toFixed(0)} |`,
    );
  }
  const head = '| start of a training, 60,000 images | CPU s until the first step | wall s | peak MB |';
  return [head, '|---|---:|---:|---:|', ...rows, ''].join('\n');
}

/** What is in the images does not matter. */
function prepare(home: string): void {
  const source = random(1, 'bench images');
  const values = Uint8Array.from({ length: IMAGES * 784 }, () => 256 * source.uniform());
  writeFileSync(join(home, 'images'), encodeIdx({ shape: [IMAGES, 28, 28], values }));
  const labels = Uint8Array.from({ length: IMAGES }, (_, at) => at % 10);
  writeFileSync(join(home, 'labels'), encodeIdx({ shape: [IMAGES], values: labels }));
  writeFileSync(join(home, 'given.csv'), 'index,label,split\n');
  const noise = ['--images', 'images', '--noise_level', '0.5', '--noise_seed', '1', '--out', 'noisy.npy'];
  const split = [
    '--labels',
    'labels',
    '--n_splits',
    '5',
    '--seed',
    '1',
    '--given',
    'given.csv',
    '--out',
    'splits.csv',
  ];
  for (const [stage, args] of [
    ['noise.ts', noise],
    ['split.ts', split],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'stages', stage), ...args], {
      cwd: home,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${stage}: ${stderr}`);
  }
}

async function startOf(home: string, backend: string): Promise<Start> {
  const numbers = {
    model: 'cdae',
    latent_dim: 128,
    batch_size: 64,
    learning_rate: 0.001,
    learning_rate_schedule: 'constant',
    loss: 'mse',
    train_on: 'all',
    epochs: 1,
    early_stopping_patience: 1,
    fold: 0,
    noise_level: 0.5,
    noise_seed: 1,
    seed: 1,
    backend,
    threads: 1,
    images: 'images',
    noisy: 'noisy.npy',
    splits: 'splits.csv',
    out: 'out',
    timings: 'out/t.json',
  };
  const args = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [join(root, 'stages/train.ts'), ...args, '--filters', '32', '64', '128'],
    {
      cwd: home,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, PIPE_PROGRESS_FD: '3' },
    },
  );
  // The first progress is reported after the first step.
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error(`the training on ${backend} ended early`)),
  );
  await Promise.race([once(child.stdio[3] as Readable, 'data'), ended]);
  const wall = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(child.pid!);
  await Promise.race([pause(GOING_ON), ended]);
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!;
  ended.catch(() => undefined);
  child.kill();
  await once(child, 'exit');
  return { wall, cpu, megabytes: Number(kilobytes) / 1024 };
}

/** User and system time of a running process, in clock ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
