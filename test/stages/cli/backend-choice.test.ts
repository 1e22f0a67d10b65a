// Which backend a run gets, on machines that these tests make up: with and without GPUs and installs, and when the user names one.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { chooseBackend, tryBackend, wishesOf } from '../../../stages/cli/backend-choice.ts';
import { CommandError } from '../../../stages/cli/command-error.ts';
import { availableBackends } from '@pipe-engine/tensorflow/available';

interface Machine {
  /** What its nvidia-smi prints; none without a driver. */
  readonly gpus?: readonly string[];
  /** Backends whose files are where the setup puts them. */
  readonly installed?: readonly string[];
}

/** Looks at a made-up machine through the environment that the look-up goes by. */
async function on(t: TestContext, { gpus, installed = [] }: Machine) {
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
  return availableBackends();
}

const loads = (): undefined => undefined;

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
    'GPU NVIDIA T4 is not used yet. To use it: npm run setup:tensorflow -- --gpu',
  ]);
});

test('a GPU whose package does not load is left, with the reason', async (t) => {
  const machine = await on(t, { gpus: ['NVIDIA T4'], installed: ['tfjs-node', 'tfjs-node-gpu'] });
  const { offer, lines } = chooseBackend(machine, {}, () => 'libcuda.so.1 is missing');
  assert.equal(offer.name, 'tfjs-node');
  assert.deepEqual(lines.slice(1), ['GPU NVIDIA T4 is not used: libcuda.so.1 is missing']);
  // And by really trying, since the file there is no library.
  assert.notEqual(tryBackend('tfjs-node-gpu'), undefined);
  assert.equal(tryBackend('wasm'), undefined);
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
