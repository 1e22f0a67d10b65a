// Registered models in the hands of Python: a version loads with MLflow's own client, and denoises as the network does here. The best
// one is the best by its criterion, whatever is registered after it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import {
  connectionFor,
  openClient,
  sendRecord,
  type Criterion,
  type Sent,
  type TrackingRecord,
} from '@pipe-engine/mlflow';
import { addNoise } from '../../../stages/lib/data/noise.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import { writeNpy } from '../../../stages/lib/data/npy.ts';
import type { Architecture } from '../../../stages/lib/model/architecture.ts';
import { writeLayersModel } from '../../../stages/lib/model/layers-model.ts';
import { readModel, writeModel } from '../../../stages/lib/model/model-file.ts';
import { allOf, denoise } from '../../../stages/lib/model/model.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { packageModel } from '../../../stages/lib/tracking/model-package.ts';
import { anyModel } from '../../stages/any-model.ts';
import { venv } from '../python.ts';
import { startTestServer, type TestServer } from './server.ts';
import { mlflowPrograms } from './venv.ts';

const LOADER = resolve(import.meta.dirname, '../../../stages/lib/tracking/pyfunc');
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  'cdae-digits': { model: 'cdae', filters: [8, 16, 32], latentDim: 24 },
  'unet-digits': { model: 'unet', filters: [4, 8, 12] },
  'residual-digits': { model: 'residual_unet', filters: [4, 8, 12] },
};
/** More than the loader computes at once. */
const IMAGES = 70;
const noisy = addNoise(
  Float32Array.from(drawDigits(IMAGES, 5, 'test').images, (value) => value / 255),
  0.5,
  6,
);
const cwd = process.cwd();
let root: string;
let server: TestServer;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'mlflow-model-'));
  // The files of a record are below the working folder.
  process.chdir(root);
  await useBackend('wasm', 1);
  writeNpy('noisy.npy', { shape: [IMAGES, 28, 28], values: noisy });
  for (const [name, architecture] of Object.entries(ARCHITECTURES)) {
    const model = anyModel(architecture);
    writeModel(join(name, 'model_final.safetensors'), model);
    writeLayersModel(join(name, 'model_final'), model);
  }
  server = await startTestServer(root);
});
after(async () => {
  await server.stop();
  process.chdir(cwd);
  rmSync(root, { recursive: true });
});

function recordOf(name: string, criterion: Criterion, made = 1_800_000_000_000): TrackingRecord {
  const artifacts = packageModel(join('packaged', name, String(made)), {
    model: name,
    noisy: 'noisy.npy',
    metadata: { configuration: name },
    made,
  });
  const run = {
    key: 'retrain/noise0.5',
    name: 'final_noise0.5',
    status: 'FINISHED',
    start: made - 1000,
    end: made,
    params: {},
    tags: {},
    context: {},
    metrics: {},
    artifacts,
  } as const;
  return {
    experiment: 'models',
    project: `models/${name}`,
    runs: [run],
    models: [{ name, run: run.key, path: 'model', alias: 'best', criterion }],
  };
}

const send = (record: TrackingRecord): Promise<Sent> =>
  sendRecord(openClient(connectionFor(server.url, {})), record, { root, register: true });

async function python(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 256 << 20, cwd: root });
  return stdout;
}

interface Loaded {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly inputs: unknown;
  readonly outputs: unknown;
  readonly example: readonly number[];
  readonly example_shape: readonly number[];
  readonly example_clean: readonly number[];
  readonly none: readonly number[];
  readonly refusal: string;
  readonly requirements: readonly string[];
  readonly files: readonly string[];
}

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length, what);
  const furthest = Array.from(found).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - expected[at]!)),
    0,
  );
  assert.ok(furthest < 1e-4, `${what}: ${furthest} apart`);
}

const ON = { metric: 'mean_val_loss', measuredOn: '100 validation images' };

test('a registered version loads in Python by its alias, and denoises as the network does here', async () => {
  const names = Object.keys(ARCHITECTURES);
  for (const name of names) {
    const sent = await send(recordOf(name, { ...ON, value: 0.01 }));
    assert.deepEqual([sent.registered, sent.outdone, sent.refused], [[`${name}/1`], [], []]);
  }
  const output = await python(
    join(mlflowPrograms(), 'python'),
    join(import.meta.dirname, 'load_models.py'),
    server.url,
    'noisy.npy',
    ...names,
  );
  const found = JSON.parse(output) as Record<string, Loaded>;
  const spec = [{ type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, 28, 28] } }];
  for (const name of names) {
    const loaded = found[name]!;
    const ours = await denoise(readModel(join(name, 'model_final.safetensors')), noisy, allOf(noisy));
    // The images are changed, each in its own way: equal constants would be no agreement.
    assert.ok(new Set(ours.map((value) => Math.round(value * 100))).size > 10, name);
    assert.deepEqual([loaded.dtype, loaded.shape, loaded.none], ['float32', [IMAGES, 28, 28], [0, 28, 28]]);
    assertClose(loaded.values, ours, name);
    assert.deepEqual([loaded.inputs, loaded.outputs], [spec, spec]);
    assert.deepEqual(loaded.example_shape, [2, 28, 28]);
    assertClose(loaded.example, noisy.subarray(0, 2 * 784), 'the example is of noisy images');
    assertClose(loaded.example_clean, ours.subarray(0, 2 * 784), 'the example denoised');
    assert.match(loaded.refusal, /shape/);
    assert.deepEqual(loaded.requirements, ['mlflow>=2.9', 'numpy>=1.22']);
    assert.deepEqual(
      loaded.files.filter((file) => !file.startsWith('registered_model_meta')),
      [
        'MLmodel',
        'code/denoising_autoencoder.py',
        'conda.yaml',
        'input_example.json',
        'model_final.safetensors',
        'python_env.yaml',
        'requirements.txt',
        'serving_input_example.json',
        'tfjs/model.json',
        'tfjs/weights.bin',
      ],
    );
  }
});

const PROGRAM = `
import json, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from denoising_autoencoder import load
noisy = np.load('noisy.npy')
found = {}
for name in sys.argv[2:]:
    model = load(f'{name}/model_final.safetensors', use_torch=True)
    assert type(model.operations).__name__ == 'TorchOperations'
    plain = load(f'{name}/model_final.safetensors', use_torch=False)
    clean = model.predict(noisy)
    flat = model.predict(noisy.reshape(-1, 784))
    last = plain.predict(noisy[..., None])
    assert flat.shape == (len(noisy), 784) and last.shape == (len(noisy), 28, 28, 1)
    assert np.array_equal(flat.ravel(), clean.ravel())
    found[name] = [clean.ravel().tolist(), last.ravel().tolist()]
json.dump(found, sys.stdout)
`;

test('the loader computes the same with PyTorch as with NumPy', async () => {
  const programs = venv('torch', ['torch', 'numpy', 'safetensors']);
  const names = Object.keys(ARCHITECTURES);
  const output = await python(join(programs, 'python'), '-c', PROGRAM, LOADER, ...names);
  const found = JSON.parse(output) as Record<string, [number[], number[]]>;
  for (const name of names) {
    const ours = await denoise(readModel(join(name, 'model_final.safetensors')), noisy, allOf(noisy));
    for (const values of found[name]!) assertClose(values, ours, name);
  }
});

test('a worse version does not get the alias, a better one does, and one of other images is refused', async () => {
  const name = 'cdae-digits';
  const register = (value: number, made: number, measuredOn = ON.measuredOn): Promise<Sent> =>
    send(recordOf(name, { metric: ON.metric, value, measuredOn }, made));
  const { http } = openClient(connectionFor(server.url, {}));
  const best = async (): Promise<string> =>
    (
      await http.call<{ model_version: { version: string } }>({
        method: 'GET',
        path: '/api/2.0/mlflow/registered-models/alias',
        query: { name, alias: 'best' },
      })
    ).model_version.version;

  const worse = await register(0.02, 1_800_000_100_000);
  assert.deepEqual(worse.registered, [`${name}/2`]);
  assert.match(
    worse.outdone[0]!,
    /version 1 \(alias best\) stays the best with mean_val_loss 0\.01; this one has 0\.02/,
  );
  assert.equal(await best(), '1');

  const toy = await register(0.001, 1_800_000_200_000, '4 validation images');
  assert.deepEqual(toy.registered, []);
  assert.match(toy.refused[0]!, /cannot be compared.*another name/s);
  assert.equal(await best(), '1');

  const better = await register(0.005, 1_800_000_300_000);
  assert.deepEqual([better.registered, better.outdone, better.refused], [[`${name}/3`], [], []]);
  assert.equal(await best(), '3');
});
