// How fast both models train on the GPU of this machine, beside PyTorch on the same card: `npm run bench:gpu`. Needs Dawn
// (`npm run setup:gpu`) and a python3 with torch (or --python PATH); TensorFlow.js' stock backend is measured where it is installed.
// Prints Markdown, and writes it to results/. --quick trains tiny models for a moment, to see that it works; it writes nothing.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listAdapters } from '@pipe-engine/tensorflow/adapters';
import { findPackage } from '../../packages/tensorflow/src/webgpu/dawn.ts';
import type { GpuRun, GpuSpeed } from './gpu-run.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, python: { type: 'string', default: 'python3' } },
});

type Sizes = Omit<GpuRun, 'mode' | 'model' | 'filters' | 'batch'>;

const SIZES: Sizes = values.quick
  ? { latent: 8, images: 64, warm: 1, between: 2, seconds: 0.1 }
  : { latent: 128, images: 8192, warm: 50, between: 100, seconds: 5 };
const BATCHES = values.quick ? [4, 16] : [64, 1024];
const FILTERS: Readonly<Record<GpuRun['model'], GpuRun['filters']>> = values.quick
  ? { cdae: [4, 8, 12], unet: [4, 8, 12] }
  : { cdae: [32, 64, 128], unet: [16, 32, 64] };

interface Candidate {
  readonly mode: GpuRun['mode'];
  readonly name: string;
  readonly program: string;
  readonly script: string;
  /** Slow ones take fewer steps between two looks at the clock. */
  readonly share: number;
}

const today = new Date().toISOString().slice(0, 10);
const notes: string[] = [];
const { adapters, why } = listAdapters();
const [adapter] = adapters;
if (adapter === undefined) {
  console.error(`WebGPU has no adapter here: ${why}`);
  process.exit(1);
}
const candidates = [...ownCandidates(), ...torchCandidates()];
const lines = [`# Training on ${adapter.name}, measured ${today}`, '', machine(), ''];
console.log(lines.join('\n'));
for (const model of ['cdae', 'unet'] as const)
  for (const batch of BATCHES) {
    const table = tableOf(model, batch);
    console.log(table);
    lines.push(table);
  }
lines.push(...notes.map((note) => `${note}\n`));
for (const note of notes) console.log(note);
if (!values.quick) {
  const folder = join(import.meta.dirname, '../results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `gpu-${today}.md`), lines.join('\n'));
}

function ownCandidates(): readonly Candidate[] {
  const node = { program: process.execPath, script: 'gpu-step.ts' };
  const own: Candidate = { mode: 'own', name: 'webgpu', ...node, share: 1 };
  if (findPackage('@tensorflow/tfjs-backend-webgpu') !== undefined)
    return [own, { mode: 'stock', name: "TensorFlow.js' WebGPU backend", ...node, share: 0.05 }];
  notes.push(
    "TensorFlow.js' stock backend is not measured: @tensorflow/tfjs-backend-webgpu is not installed.",
  );
  return [own];
}

function torchCandidates(): readonly Candidate[] {
  const asked = spawnSync(values.python, ['-c', 'import torch; print(torch.cuda.is_available())'], {
    encoding: 'utf8',
  });
  if (asked.status !== 0) {
    notes.push(`PyTorch is not measured: ${values.python} has no torch (--python names another).`);
    return [];
  }
  const torch = { program: values.python, script: 'gpu_peer.py' };
  const eager: Candidate = { mode: 'eager', name: 'PyTorch fp32', ...torch, share: 0.5 };
  if (asked.stdout.trim() === 'True')
    return [eager, { mode: 'graph', name: 'PyTorch fp32, a step as one CUDA graph', ...torch, share: 1 }];
  notes.push(
    'PyTorch finds no GPU here: it was measured on the processor, on one thread, and not as a CUDA graph.',
  );
  return [eager];
}

function tableOf(model: GpuRun['model'], batch: number): string {
  const rows = candidates.map(({ mode, name, program, script, share }) => {
    const between = Math.max(1, Math.ceil(SIZES.between * share));
    const run: GpuRun = { ...SIZES, mode, model, filters: FILTERS[model], batch, between };
    const { status, stdout, stderr } = spawnSync(
      program,
      [join(import.meta.dirname, script), JSON.stringify(run)],
      { encoding: 'utf8', env: { ...process.env, TFJS_BACKEND: '' } },
    );
    if (status !== 0) {
      notes.push(`${name}, ${model}, batch ${batch}: failed: ${lastError(stderr)}`);
      return `| ${name} | failed | – | – | – | – | – |`;
    }
    return rowOf(name, JSON.parse(stdout.trim().split('\n').at(-1)!) as GpuSpeed);
  });
  const head = `| ${model}, batch ${batch} | images / s | CPU µs / image | first step, s | submissions | dispatches | buffers made |`;
  return [head, '|---|---:|---:|---:|---:|---:|---:|', ...rows, ''].join('\n');
}

function lastError(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /error/i.test(line));
  return lines[0]?.trim() ?? (stderr.trim().split('\n').at(-1) || 'no message');
}

function rowOf(name: string, speed: GpuSpeed): string {
  const number = (value: number | undefined): string =>
    value === undefined ? '–' : String(Number(value.toFixed(2)));
  const cells = [
    `${name} (${speed.version}, ${speed.device})`,
    speed.images_per_second.toFixed(0),
    (1e6 * speed.cpu_seconds_per_image).toFixed(1),
    speed.seconds_to_first_step.toFixed(1),
    number(speed.submissions),
    number(speed.dispatches),
    number(speed.buffers),
  ];
  return `| ${cells.join(' | ')} |`;
}

function machine(): string {
  const { kind, driver } = adapter!;
  return `${adapter!.name} (${kind}, ${driver}), ${cpus().length} × ${cpus()[0]?.model}, ${process.platform} ${release()}, Node ${process.version}, webgpu ${findPackage('webgpu')?.version}. 32 bits; at least ${SIZES.seconds} s of steps after ${SIZES.warm}; submissions, dispatches and buffers are those of a step, and losses read back at the end count as well. The time to the first step is that of a new process.`;
}
