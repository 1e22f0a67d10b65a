// Which backend a run gets, on machines that these tests make up: with and without GPUs and installs, and when the user names one.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { describeAdapters } from '../../../stages/cli/adapter-choice.ts';
import { checkedFallback, chooseBackend, wishesOf } from '../../../stages/cli/backend-choice.ts';
import { CommandError } from '../../../stages/cli/command-error.ts';
import { MACHINE, tryBackend, type Machine as Answers } from '../../../stages/cli/machine.ts';
import { remembered } from '../../../stages/cli/trial.ts';
import type { Adapter } from '@pipe-engine/tensorflow/adapters';
import { availableBackends } from '@pipe-engine/tensorflow/available';
import { fakeDawn } from '../../fake-dawn.ts';

interface Machine {
  /** What its nvidia-smi prints; none without a driver. */
  readonly gpus?: readonly string[];
  /** Backends whose files are where the setup puts them. */
  readonly installed?: readonly string[];
  /** What Dawn finds; none where it is not installed. */
  readonly adapters?: readonly Adapter[];
}

let listed: readonly Adapter[] = [];

/** Looks at a made-up machine through the environment that the look-up goes by. */
async function on(t: TestContext, { gpus, installed = [], adapters }: Machine) {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-backends-'));
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
    rmSync(folder, { recursive: true });
  });
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  if (gpus !== undefined)
    writeFileSync(join(programs, 'nvidia-smi'), `#!/bin/sh\nprintf '%s\\n' '${gpus.join("' '")}'\n`, {
      mode: 0o755,
    });
  // In front of everything, and without the machine's own nvidia-smi behind it.
  const rest = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => path === '/bin' || path === '/usr/bin');
  process.env['PATH'] = [programs, ...(gpus === undefined ? [] : rest)].join(delimiter);
  process.env['TFJS_NODE_HOME'] = folder;
  for (const name of installed) {
    const home = join(folder, name, 'node_modules/@tensorflow', name);
    mkdirSync(join(home, 'lib/napi-v8'), { recursive: true });
    writeFileSync(join(home, 'package.json'), '{"version": "4.22.0"}');
    writeFileSync(join(home, 'lib/napi-v8/tfjs_binding.node'), 'no binding');
  }
  if (adapters !== undefined) fakeDawn(folder, adapters);
  listed = adapters ?? [];
  return availableBackends();
}

/** A machine on which everything loads. */
const loads: Answers = {
  tryBackend: () => undefined,
  listAdapters: () => ({ adapters: listed }),
  tryTraining: () => {
    throw new Error('a card with memory of its own is not tried');
  },
};
const adapter = (kind: Adapter['kind'], name: string, vendor: string, driver: string): Adapter => ({
  kind,
  name,
  vendor,
  driver,
  architecture: '',
  isFallback: false,
  count: 1,
});
const NVIDIA = adapter('discrete', 'NVIDIA H100 80GB HBM3', 'nvidia', 'NVIDIA 580.95');
const INTEL = adapter('integrated', 'Intel(R) Iris(R) Xe Graphics (TGL GT2)', 'intel', 'Mesa 25.0');
const LLVMPIPE = adapter('software', 'llvmpipe (LLVM 19.1, 256 bits)', 'mesa', 'Mesa 25.0');

test('without anything installed it is WASM, and the command that installs a faster one is printed', async (t) => {
  const { offer, isAutomatic, lines } = chooseBackend(await on(t, {}), {}, loads);
  assert.deepEqual([offer.name, isAutomatic], ['wasm', true]);
  assert.match(lines[0]!, /^backend wasm \d+\.\d+\.\d+ on the CPU$/);
  assert.deepEqual(lines.slice(1), ['more than twice as fast: npm run setup:tensorflow']);
});

test("TensorFlow's own library is taken where it is installed", async (t) => {
  const { lines } = chooseBackend(await on(t, { installed: ['tfjs-node'] }), {}, loads);
  assert.deepEqual(lines, ['backend tfjs-node 4.22.0 on the CPU']);
});

test('a GPU with its package is used and named', async (t) => {
  const machine = await on(t, {
    gpus: ['NVIDIA H100', 'NVIDIA H100'],
    installed: ['tfjs-node', 'tfjs-node-gpu'],
  });
  const { offer, lines } = chooseBackend(machine, {}, loads);
  assert.equal(offer.name, 'tfjs-node-gpu');
  assert.deepEqual(lines, ['backend tfjs-node-gpu 4.22.0 on NVIDIA H100']);
});

test('a GPU without the package: the one command that would use it', async (t) => {
  const { offer, lines } = chooseBackend(await on(t, { gpus: ['NVIDIA T4'] }), {}, loads);
  assert.equal(offer.name, 'wasm');
  assert.deepEqual(lines.slice(1), [
    'GPU NVIDIA T4 is not used yet. To use it: npm run setup:gpu (WebGPU), or npm run setup:tensorflow -- --gpu (CUDA)',
  ]);
});

test('a GPU whose package does not load is left, with the reason', async (t) => {
  const machine = await on(t, { gpus: ['NVIDIA T4'], installed: ['tfjs-node', 'tfjs-node-gpu'] });
  const { offer, lines } = chooseBackend(
    machine,
    {},
    {
      ...loads,
      tryBackend: () => 'libcuda.so.1 is missing',
    },
  );
  assert.equal(offer.name, 'tfjs-node');
  assert.deepEqual(lines.slice(1), ['tfjs-node-gpu is not used on NVIDIA T4: libcuda.so.1 is missing']);
  // And by really trying, since the file there is no library.
  assert.match(tryBackend('tfjs-node-gpu')!, /^StageError: tfjs-node-gpu does not load: /);
  assert.equal(tryBackend('wasm'), undefined);
});

test("a card with memory of its own is taken through WebGPU, before TensorFlow's library for the processor", async (t) => {
  const machine = await on(t, { adapters: [NVIDIA, INTEL], installed: ['tfjs-node'] });
  const { offer, lines, judged } = chooseBackend(machine, {}, loads);
  assert.equal(offer.name, 'webgpu');
  assert.deepEqual(lines, ['backend webgpu 0.6.2 on NVIDIA H100 80GB HBM3']);
  assert.deepEqual(describeAdapters(judged!), [
    'WebGPU: NVIDIA H100 80GB HBM3 · nvidia · discrete · NVIDIA 580.95 · taken',
    'WebGPU: Intel(R) Iris(R) Xe Graphics (TGL GT2) · intel · integrated · Mesa 25.0 · not taken: an adapter before it is; WEBGPU_ADAPTER names another',
  ]);
});

test('CUDA comes before WebGPU, and WebGPU where CUDA does not load', async (t) => {
  const machine = await on(t, { gpus: ['NVIDIA H100'], adapters: [NVIDIA], installed: ['tfjs-node-gpu'] });
  const asked: Answers = {
    ...loads,
    listAdapters: () => assert.fail('drivers are loaded only where it matters'),
  };
  assert.equal(chooseBackend(machine, {}, asked).offer.name, 'tfjs-node-gpu');
  const broken = chooseBackend(
    machine,
    {},
    {
      ...loads,
      tryBackend: (name) => (name === 'webgpu' ? undefined : 'no CUDA'),
    },
  );
  assert.deepEqual(broken.lines, [
    'backend webgpu 0.6.2 on NVIDIA H100 80GB HBM3',
    'tfjs-node-gpu is not used on NVIDIA H100: no CUDA',
  ]);
});

test('a card on which WebGPU does not load, or computes wrongly, is left, with the reason', async (t) => {
  const machine = await on(t, { adapters: [{ ...NVIDIA, count: 2 }] });
  const wrong = 'error: the webgpu backend computes wrong gradients';
  const { offer, lines, judged } = chooseBackend(machine, {}, { ...loads, tryBackend: () => wrong });
  assert.equal(offer.name, 'wasm');
  assert.equal(lines[1], `webgpu is not used on NVIDIA H100 80GB HBM3: ${wrong}`);
  assert.match(
    describeAdapters(judged!)[0]!,
    /^WebGPU: 2 × NVIDIA H100 80GB HBM3 · .* · not taken: error: the webgpu/,
  );
});

test('software that passes for a GPU is never taken by itself', async (t) => {
  const { offer, lines } = chooseBackend(await on(t, { adapters: [LLVMPIPE] }), {}, loads);
  assert.equal(offer.name, 'wasm');
  assert.equal(lines[1], `webgpu is not used on ${LLVMPIPE.name}: it computes on the processor`);
});

test('a GPU of the processor is taken only where a short training is faster than on all cores', async (t) => {
  const machine = await on(t, { adapters: [INTEL], installed: ['tfjs-node'] });
  const speeds = (gpu: number): Answers => ({
    ...loads,
    tryBackend: () => assert.fail('the training tries it'),
    tryTraining: (_, processor) => ({ gpu, processor: processor === 'tfjs-node' ? 1500 : 600, cores: 8 }),
  });
  assert.equal(chooseBackend(machine, {}, speeds(12_001)).offer.name, 'webgpu');
  const { offer, lines } = chooseBackend(machine, {}, speeds(12_000));
  assert.equal(offer.name, 'tfjs-node');
  assert.equal(
    lines[1],
    'webgpu is not used on Intel(R) Iris(R) Xe Graphics (TGL GT2): it trains 12000 images/s, tfjs-node on 8 cores 12000',
  );
  const failed = chooseBackend(machine, {}, { ...loads, tryTraining: () => ({ failure: 'no device' }) });
  assert.equal(failed.lines[1], `webgpu is not used on ${INTEL.name}: no device`);
});

test('what a short training found is remembered, and a failure is not', async (t) => {
  await on(t, { adapters: [INTEL] });
  let runs = 0;
  const found = { gpu: 2, processor: 1, cores: 1 };
  const run = () => (++runs === 1 ? { failure: 'busy' } : found);
  for (let time = 0; time < 3; time++) remembered('a card', 'wasm', run);
  assert.equal(runs, 2);
  assert.deepEqual(remembered('a card', 'wasm', run), found);
  for (const [card, processor] of [
    ['a card', 'tfjs-node'],
    ['another card', 'wasm'],
  ] as const) {
    const other = { failure: `${card} beside ${processor}` };
    assert.deepEqual(
      remembered(card, processor, () => other),
      other,
    );
  }
});

test('drivers that find nothing, crash or cannot be loaded', async (t) => {
  for (const [behaviour, reason] of [
    ['nothing', /^(?:Vulkan's loader|no driver for Vulkan|Dawn finds no GPU)/],
    ['crash', /^a driver crashed \(SIG/],
    ['throw', /^Dawn does not load: Error: wrong ELF class/],
  ] as const) {
    const machine = await on(t, {});
    fakeDawn(process.env['TFJS_NODE_HOME']!, [], behaviour);
    const now = await availableBackends();
    assert.notDeepEqual(now, machine);
    const { offer, judged } = chooseBackend(now, {}, MACHINE);
    assert.equal(offer.name, 'wasm');
    assert.match(judged!.refusal!, reason);
    const answers = { ...loads, listAdapters: () => judged! };
    assert.throws(
      () => chooseBackend(now, { flag: 'webgpu' }, answers),
      (error) =>
        error instanceof CommandError &&
        error.message === `the backend webgpu cannot be had: ${judged!.refusal}`,
    );
  }
});

test('webgpu by name: software too, with a word about it; without its package an error', async (t) => {
  const { offer, lines } = chooseBackend(await on(t, { adapters: [LLVMPIPE] }), { flag: 'webgpu' }, loads);
  assert.equal(offer.name, 'webgpu');
  assert.deepEqual(lines, [
    'backend webgpu 0.6.2 on llvmpipe (LLVM 19.1, 256 bits)',
    'llvmpipe (LLVM 19.1, 256 bits) computes on the processor, slower than wasm does',
  ]);
  const without = await on(t, {});
  assert.throws(
    () => chooseBackend(without, { flag: 'webgpu' }, loads),
    /the backend webgpu cannot be had: not installed: npm run setup:gpu/,
  );
});

test('a fallback is a backend of the processor that can be loaded', async (t) => {
  const machine = await on(t, {});
  assert.equal(checkedFallback(machine, 'wasm'), 'wasm');
  assert.throws(() => checkedFallback(machine, 'webgpu'), /--fallback webgpu: choose wasm or tfjs-node/);
  assert.throws(
    () => checkedFallback(machine, 'tfjs-node'),
    /--fallback tfjs-node cannot be had: not installed/,
  );
});

test('whoever names a backend gets it or an error; flag before variable before file', async (t) => {
  const machine = await on(t, { installed: ['tfjs-node'] });
  const named = (wishes: Parameters<typeof chooseBackend>[1]): string =>
    chooseBackend(machine, wishes, loads).offer.name;
  assert.equal(named({ file: 'wasm' }), 'wasm');
  assert.equal(named({ environment: 'cpu', file: 'wasm' }), 'cpu');
  assert.equal(named({ flag: 'tfjs-node', environment: 'cpu', file: 'wasm' }), 'tfjs-node');
  assert.equal(named({ flag: undefined, environment: '' }), 'tfjs-node');
  assert.throws(
    () => named({ flag: 'tfjs-node-gpu' }),
    /the backend tfjs-node-gpu cannot be had: nvidia-smi lists no GPU/,
  );
  assert.throws(
    () => named({ flag: 'cuda' }),
    (error) => error instanceof CommandError && /there is no backend cuda; choose one of/.test(error.message),
  );
});

test("the default of the full experiment's file is not the user's choice", () => {
  const before = process.env['TFJS_BACKEND'];
  delete process.env['TFJS_BACKEND'];
  const full = 'Data/autoencoder/params/denoising_params.yaml';
  const file = (path: string, backend?: string) =>
    wishesOf(undefined, path, { own: { base: { backend } }, all: {}, full: {} }).file;
  assert.equal(file(full, 'wasm'), undefined);
  assert.equal(file(full, 'cpu'), 'cpu');
  assert.equal(file('own.yaml', 'wasm'), 'wasm');
  assert.equal(file('own.yaml'), undefined);
  if (before !== undefined) process.env['TFJS_BACKEND'] = before;
});
