// Training steps of our own on the GPU, or those of TensorFlow.js' stock WebGPU backend: `node gpu-step.ts '{"model": …}'`. Prints JSON.
import { createRequire, registerHooks } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { activeGpu } from '@pipe-engine/tensorflow/layers';
import { findPackage, importDawn } from '../../packages/tensorflow/src/webgpu/dawn.ts';
import { addNoise } from '../../stages/lib/data/noise.ts';
import { random } from '../../stages/lib/data/random.ts';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { startSetTrainer } from '../../stages/lib/training/set-trainer.ts';
import type { GpuRun, GpuSpeed } from './gpu-run.ts';

const options = JSON.parse(process.argv[2]!) as GpuRun;
// The line about the backend would mix with what is printed here.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const device = options.mode === 'stock' ? await useStock() : await useOwn();
const counted = { submissions: 0, dispatches: 0, buffers: 0 };
count('GPUQueue', 'submit', 'submissions');
count('GPUComputePassEncoder', 'dispatchWorkgroups', 'dispatches');
count('GPUDevice', 'createBuffer', 'buffers');

const source = random(1, 'bench');
const clean = Float32Array.from({ length: options.images * 784 }, () => source.uniform());
const noisy = addNoise(clean, 0.3, 1);
const architecture =
  options.model === 'cdae'
    ? { model: 'cdae' as const, filters: options.filters, latentDim: options.latent }
    : { model: 'unet' as const, filters: options.filters };
const trainer = startSetTrainer(architecture, 1, { noisy, clean }, { batches: [options.batch] });
const step = (at: number): Promise<unknown> =>
  trainer.step(
    Uint32Array.from({ length: options.batch }, (_, image) => (at * options.batch + image) % options.images),
    0.001,
  );
await step(0);
await trainer.losses();
// Since the process began.
const first = performance.now() / 1000;
for (let at = 0; at < options.warm; at++) await step(at);
await trainer.losses();
const counts = { ...counted };
const before = process.cpuUsage();
const started = performance.now();
let steps = 0;
while ((performance.now() - started) / 1000 < options.seconds) {
  for (let at = 0; at < options.between; at++) await step(steps++);
  await trainer.losses();
}
const { user, system } = process.cpuUsage(before);
const images = options.batch * steps;
const perStep = (name: keyof typeof counted): number => (counted[name] - counts[name]) / steps;
write(
  `${JSON.stringify({
    device,
    version: options.mode === 'stock' ? `TensorFlow.js ${tf.version_core}` : 'own kernels',
    images_per_second: images / ((performance.now() - started) / 1000),
    cpu_seconds_per_image: (user + system) / 1e6 / images,
    seconds_to_first_step: first,
    submissions: perStep('submissions'),
    dispatches: perStep('dispatches'),
    buffers: perStep('buffers'),
  } satisfies GpuSpeed)}\n`,
);
// Dawn keeps the process alive.
process.exit();

async function useOwn(): Promise<string> {
  await useBackend('webgpu', 1);
  return activeGpu()!.name;
}

/** Without our kernels: each operation of TensorFlow.js by itself. */
async function useStock(): Promise<string> {
  const { create, globals } = await importDawn(findPackage('webgpu')!);
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  tf.env().set('PROD', true);
  // The gradients of operations.
  await import('@tensorflow/tfjs-layers');
  const require = createRequire(import.meta.url);
  // With the TensorFlow.js of this process, wherever the package is.
  const own = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu/dist/shared'];
  const paths = new Map(own.map((name) => [name, require.resolve(name)]));
  const hooks = registerHooks({ resolve: (name, context, next) => next(paths.get(name) ?? name, context) });
  require(findPackage('@tensorflow/tfjs-backend-webgpu')!.folder);
  hooks.deregister();
  await tf.setBackend('webgpu');
  await tf.ready();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  return adapter!.info.description;
}

/** Counts the calls of a method of WebGPU. */
function count(type: string, method: string, name: keyof typeof counted): void {
  const { prototype } = (globalThis as unknown as Record<string, { prototype: Record<string, unknown> }>)[
    type
  ]!;
  const original = prototype[method] as (...args: unknown[]) => unknown;
  prototype[method] = function (this: unknown, ...args: unknown[]): unknown {
    counted[name]++;
    return original.apply(this, args);
  };
}
