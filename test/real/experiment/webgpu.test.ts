// WebGPU for real, on drivers that compute in software: SwiftShader, which comes with Chromium, and Mesa's lavapipe; and with no driver
// at all.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { driverVariables, installedPackages, mesaDriver, softwareDriver } from './software-gpu.ts';

const repository = resolve(import.meta.dirname, '../../..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-webgpu-')));
after(() => rmSync(folder, { recursive: true }));

const PROGRAM = `
import { runStage } from './stages/lib/stage/fail.ts';
import { random } from './stages/lib/data/random.ts';
import { useBackend } from './stages/lib/stage/backend.ts';
import { startSetTrainer } from './stages/lib/training/set-trainer.ts';
import { findPackage, importDawn } from './packages/tensorflow/src/webgpu/dawn.ts';
// The device that the backend asks for, to take it away.
let device;
if (process.argv[3] === 'lose') {
  const { prototype } = (await importDawn(findPackage('webgpu'))).globals.GPUAdapter;
  const { requestDevice } = prototype;
  prototype.requestDevice = function (...args) {
    return (device = requestDevice.apply(this, args));
  };
}
// Garbage is collected all the time: in a long training it will be, sooner or later.
if (process.argv[3] === 'collect') setInterval(gc, 1).unref();
await runStage(async () => {
  await useBackend(process.argv[2], 1);
  const source = random(1, 'images');
  const clean = Float32Array.from({ length: 4 * 784 }, () => source.uniform());
  const noisy = Float32Array.from(clean, (value) => value * source.uniform());
  const trainer = startSetTrainer({ model: 'cdae', filters: [4, 8, 12], latentDim: 8 }, 42, { noisy, clean });
  const losses = [];
  if (process.argv[3] === 'lose') (await device)?.destroy();
  for (let step = 0; step < 6; step++) losses.push(...(await trainer.step(Uint32Array.of(0, 1, 2, 3), 0.01)));
  losses.push(...(await trainer.losses()));
  const denoised = await trainer.denoise(noisy, [0]);
  trainer.dispose();
  console.log(JSON.stringify([...losses, ...denoised]));
});
`;

/** Trains the network of the gradient check in its sizes, the kernels of which are compiled by then. */
const SMALL_PROGRAM = `
import { activeGpu } from '@pipe-engine/tensorflow/layers';
import { gradientCheck, LOSS, NARROW } from './packages/tensorflow/src/webgpu/check.ts';
import { runStage } from './stages/lib/stage/fail.ts';
import { useBackend } from './stages/lib/stage/backend.ts';
import { ADAM, adamNumbers } from './stages/lib/training/adam.ts';
await runStage(async () => {
  await useBackend('webgpu', 1);
  const { start, images } = gradientCheck(NARROW);
  const training = activeGpu().train(NARROW, start, images, { loss: LOSS, adam: ADAM });
  for (let step = 1; step <= 6; step++) await training.step([0, 1], adamNumbers(step, 0.01));
  const losses = await training.losses();
  console.log(JSON.stringify([...losses, ...(await training.denoise(images.noisy, [0, 1]))]));
  training.dispose();
});
`;

before(() => {
  for (const name of ['stages', 'packages/tensorflow'])
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'train.ts'), PROGRAM);
  writeFileSync(join(folder, 'small.ts'), SMALL_PROGRAM);
  const linked = join(folder, 'node_modules');
  mkdirSync(join(linked, '@pipe-engine'), { recursive: true });
  symlinkSync(join(folder, 'packages/tensorflow'), join(linked, '@pipe-engine/tensorflow'));
  for (const path of [join(repository, 'node_modules/@tensorflow'), ...installedPackages()])
    symlinkSync(path, join(linked, basename(path)));
});

interface Trained {
  readonly code: number | null;
  readonly output: string;
  /** Losses, then pixels; none where it was refused. */
  readonly values: readonly number[];
}

interface More {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly program?: string;
}

/** @param more arguments and variables of the program */
function train(backend: string, driver?: string, more: More = {}): Trained {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', more.program ?? 'train.ts', backend, ...(more.args ?? [])],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...(driver !== undefined && driverVariables(driver)), ...more.env },
    },
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return {
    code: status,
    output: stdout + stderr,
    values: last.startsWith('[') ? (JSON.parse(last) as number[]) : [],
  };
}

let onWasm: readonly number[] | undefined;

function assertSameCourse({ code, output, values }: Trained, device: RegExp): void {
  assert.equal(code, 0, output);
  assert.match(output, device);
  const expected = (onWasm ??= train('wasm').values);
  assert.equal(values.length, 6 + 784);
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs(values[at]! - value) < 2e-4, `value ${at}: ${values[at]} and ${value}`);
}

test('a training on a driver that computes rightly takes the course that it takes on WASM, whatever is collected', () => {
  assertSameCourse(
    train('webgpu', softwareDriver(), { args: ['collect'] }),
    /^backend webgpu · webgpu \d[.\d]*, TensorFlow\.js 4\.22\.0 · device swiftshader.* · 1 thread$/m,
  );
});

test("Mesa's software driver computes rightly, or it is refused", () => {
  // It takes a second for each kernel, so there are few. Another driver computes the same, whose trainings are compared with WASM's.
  const program = 'small.ts';
  const expected = train('webgpu', softwareDriver(), { program });
  assert.equal(expected.values.length, 6 + 2 * 14 ** 2, expected.output);
  const assertSame = ({ code, output, values }: Trained, device: RegExp): void => {
    assert.equal(code, 0, output);
    assert.match(output, device);
    assert.equal(values.length, expected.values.length);
    for (const [at, value] of expected.values.entries())
      assert.ok(Math.abs(values[at]! - value) < 2e-4, `value ${at}: ${values[at]} and ${value}`);
  };
  assertSame(train('webgpu', mesaDriver(), { program }), /^backend webgpu · .*llvmpipe.*Mesa/m);
  const [ordinary] = globSync('/usr/share/vulkan/icd.d/lvp_icd*.json');
  assert.ok(ordinary !== undefined, 'mesa-vulkan-drivers brings lavapipe');
  const trained = train('webgpu', ordinary, { program });
  if (trained.code === 0) return assertSame(trained, /^backend webgpu · .*llvmpipe/m);
  assert.equal(trained.code, 1);
  assert.match(
    trained.output,
    /^error: the webgpu backend (?:finds no GPU that it can use here|computes wrong gradients on .*llvmpipe)/m,
  );
});

test('without a driver there is no GPU, and it says what would be', () => {
  const { code, output } = train('webgpu', '/nowhere.json');
  assert.equal(code, 1);
  assert.match(
    output,
    /^error: the webgpu backend finds no GPU that it can use here: .*\n {2}on the processor: the wasm backend\n$/m,
  );
});

test('a GPU that is lost ends the stage, which says what was lost; where it is asked for, WASM trains again', () => {
  const lost = train('webgpu', softwareDriver(), { args: ['lose'], env: { PIPE_STAGE: 'train@a' } });
  assert.equal(lost.code, 1, lost.output);
  assert.match(
    lost.output,
    /^error: train@a: the GPU swiftshader.* was lost \(.*\): .*\n {2}start it again/m,
  );
  assert.match(lost.output, /^ {2}failed trainings once more, on the processor: denoise --fallback wasm$/m);
  const again = train('webgpu', softwareDriver(), { args: ['lose'], env: { TFJS_FALLBACK: 'wasm' } });
  assert.equal(again.code, 0, again.output);
  assert.match(again.output, /^warning: the GPU swiftshader.* was lost/m);
  assert.match(again.output, /^starting again on wasm, as --fallback asks\nbackend wasm · /m);
  assert.deepEqual(again.values, train('wasm').values);
});
