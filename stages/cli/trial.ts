// A short training on WebGPU and on the processor, which shows what an integrated GPU is worth. What it found is remembered: the backend
// is part of what results depend on, so the choice must not change from run to run.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { webGpuFolder } from '@pipe-engine/tensorflow/adapters';
import { CommandError } from './command-error.ts';

/** Images per second; the processor's are those of one core. */
export type Trial =
  | { readonly gpu: number; readonly processor: number; readonly cores: number }
  | { readonly failure: string };

/** Milliseconds for one of the trainings. */
const PATIENCE = 120_000;

export function speedsOf(processor: string): Trial {
  try {
    const gpu = speedOn('webgpu');
    return { gpu, processor: speedOn(processor), cores: availableParallelism() };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { failure: error.message };
  }
}

function speedOn(backend: string): number {
  const program = join(import.meta.dirname, 'trial-training.ts');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, backend], {
    encoding: 'utf8',
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
    env: { ...process.env, TFJS_BACKEND: backend },
  });
  if (status === 0) return Number(stdout.trim().split('\n').at(-1));
  if (signal !== null)
    throw new CommandError(`a short training on ${backend} crashed or did not end (${signal})`);
  throw new CommandError(stderr.replace(/^error: /, '').split('\n', 1)[0]);
}

/** @param key what the result depends on. A failure is not remembered: it may have been of the moment. */
export function remembered(adapter: string, processor: string, run: () => Trial): Trial {
  const path = join(webGpuFolder(), 'trials.json');
  const key = `${adapter}, ${processor}, ${availableParallelism()} cores`;
  const known = readTrials(path);
  const before = known[key];
  if (before !== undefined) return before;
  const trial = run();
  if ('failure' in trial) return trial;
  try {
    mkdirSync(webGpuFolder(), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ ...known, [key]: trial }, null, 2)}\n`);
  } catch {
    // A folder of somebody else: it is tried again the next time.
  }
  return trial;
}

function readTrials(path: string): Readonly<Record<string, Trial>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Trial>;
  } catch {
    return {};
  }
}
