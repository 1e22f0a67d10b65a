// The experiment on real MNIST, all stages, at a size that takes minutes: a few thousand images and a reduced grid. The data comes
// from mirrors on the loopback interface that misbehave.
import assert from 'node:assert/strict';
import {
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Reading } from '../../../stages/lib/measure/test-metrics.ts';
import { startMirror, type Mirror, type Mischief } from '../../../packages/tensorflow/test/mirror.ts';
import { runPipe, type Event } from '../../workspace.ts';

const repository = dirname(dirname(dirname(import.meta.dirname)));
const fixtures = process.env['PIPE_FIXTURES'];

/** Total variation and non-local means are better than a model this small, trained this short. */
const BEATEN = ['noisy', 'noisy_affine', 'gaussian', 'gaussian_affine', 'median', 'median_affine'] as const;

// At lower noise a model this small, trained this short, would not beat the calibrated filter.
const overlay = `
base:
  batch_size: 16
  filters: [8, 16, 32]
  latent_dim: 32
  learning_rate: 0.004
  epochs: 4
  final_seeds: 1
grid:
  latent_dim: [32]
  learning_rate: [0.004]
  noise_level: [0.5, 0.8]
cv:
  n_splits: 2
  folds: [0, 1]
data:
  train_images: 2400
  test_images: 500
baseline:
  tuning_images: 500
  nlm_patches: [5]
  nlm_strengths: [0.3, 0.5]
  nlm_sigmas: [0.7]
`;

/** The whole experiment, and nothing of its results. */
function project(t: TestContext): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-mnist-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['pipeline.yaml', 'stages', 'packages', 'Data/autoencoder/params', 'package.json'])
    cpSync(join(repository, name), join(root, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'small.yaml'), overlay);
  return root;
}

async function mirror(t: TestContext, mischief?: Mischief): Promise<Mirror> {
  const started = await startMirror(join(fixtures!, 'data/mnist'), mischief);
  t.after(() => started.close());
  return started;
}

/** @returns what ran, in order */
async function repro(
  root: string,
  { url }: Mirror,
  ...targets: readonly string[]
): Promise<readonly string[]> {
  const args = ['repro', ...targets, '--params', 'small.yaml', '-j', '2', '--json'];
  const { code, stdout, stderr } = await runPipe(root, args, { MNIST_MIRROR: url });
  assert.equal(code, 0, stdout.slice(-3000) + stderr);
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
  return events.filter(({ type }) => type === 'ran').map(({ stage }) => stage!);
}

/** Contents of every output, but for those that hold times. */
function outputs(root: string): ReadonlyMap<string, Buffer> {
  const folder = join(root, 'Data/autoencoder');
  const files = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !/^(?:params|timings)\/|timings\.csv$|^tracking\.jsonl$/.test(file));
  return new Map(
    files.toSorted().map((file) => {
      const bytes = readFileSync(join(folder, file));
      if (file.endsWith('/MLmodel')) return [file, withoutCreation(bytes)];
      return [file, file.endsWith('report.html') ? withoutTimes(bytes) : bytes];
    }),
  );
}

/** The description of a model for MLflow without when the model was made. */
function withoutCreation(description: Buffer): Buffer {
  const lines = description.toString().split('\n');
  const others = lines.filter((line) => !line.startsWith('utc_time_created: '));
  assert.equal(others.length, lines.length - 1);
  return Buffer.from(others.join('\n'));
}

/** The report without its table of times. */
function withoutTimes(page: Buffer): Buffer {
  const [before, after] = page
    .toString()
    .split(/<table class="facts-table"><caption>Time per image[^]*?<\/table>/);
  assert.ok(after !== undefined, 'the report has a table of times');
  return Buffer.from(before! + after);
}

interface Quality {
  readonly mse: number;
  readonly ssim: number;
}

test('MNIST from bad mirrors: selection without the test set, models that beat filters, the same bytes again', async (t) => {
  if (fixtures === undefined) {
    t.skip('PIPE_FIXTURES is not set');
    return;
  }
  const first = project(t);
  const withoutTest = await mirror(t, (file, request) => {
    if (file.startsWith('t10k')) return { status: 404 };
    if (request > 1) return undefined;
    return file.startsWith('train-images') ? { cutAfter: 2_000_000 } : { bytes: Buffer.from('no gzip file') };
  });
  await t.test('a mirror without any t10k file is enough for the selection', async () => {
    const ran = await repro(first, withoutTest, 'select');
    assert.ok(ran.includes('select') && !ran.includes('download@test'), ran.join(' '));
    assert.match(
      withoutTest.requests.join(' '),
      /train-images-idx3-ubyte\.gz from \d+/,
      'resumed after the cut',
    );
    assert.ok(
      !withoutTest.requests.some((request) => request.startsWith('t10k')),
      'nobody asked for test files',
    );
  });

  await t.test('the rest runs once the test files can be had', async () => {
    const mischief: Mischief = (_file, request) => (request === 1 ? { status: 503 } : undefined);
    const ran = await repro(first, await mirror(t, mischief));
    assert.ok(ran.includes('download@test') && ran.includes('report'), ran.join(' '));
    assert.ok(!ran.some((stage) => /^(?:train|select|noise@)/.test(stage)), 'what was done stays done');
    assert.deepEqual(await repro(first, withoutTest), [], 'and then nothing is left to do');
  });

  for (const level of ['0.5', '0.8'])
    await t.test(`at sigma ${level} the model beats the noise and the simple filters`, () => {
      const read = (path: string): { [name: string]: Quality } =>
        JSON.parse(readFileSync(join(first, 'Data/autoencoder', path), 'utf8')) as {
          [name: string]: Quality;
        };
      const { model } = read(`evaluate/noise${level}/metrics.json`);
      const baselines = read(`baseline/noise${level}/metrics.json`);
      for (const name of BEATEN) {
        const { mse, ssim } = baselines[name]!;
        assert.ok(model!.mse < mse, `MSE ${model!.mse}, ${name} ${mse}`);
        assert.ok(model!.ssim > ssim, `SSIM ${model!.ssim}, ${name} ${ssim}`);
      }
    });

  for (const level of ['0.5', '0.8'])
    await t.test(
      `at sigma ${level} a classifier reads far more of the denoised digits than of the noisy ones`,
      () => {
        const file = join(first, `Data/autoencoder/reading/noise${level}/metrics.json`);
        const { reading_accuracy: read } = JSON.parse(readFileSync(file, 'utf8')) as Reading;
        assert.ok(read.clean > 0.9, String(read.clean));
        assert.ok(read.model > read.noisy + 0.3, `${read.model}, noisy ${read.noisy}`);
      },
    );

  await t.test('a second run from scratch gives the same bytes', async () => {
    const second = project(t);
    await repro(second, await mirror(t));
    const [expected, actual] = [outputs(first), outputs(second)];
    assert.deepEqual([...actual.keys()], [...expected.keys()]);
    assert.ok(expected.size > 30, String(expected.size));
    for (const [file, bytes] of expected) assert.ok(bytes.equals(actual.get(file)!), file);
  });
});
