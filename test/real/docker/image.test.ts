// The Dockerfile, without a daemon: every RUN of the CPU image in order, in a Debian of its own, with the files that COPY brings; then
// the command in it, as the user that a container has.
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { buildImage } from './build.ts';
import { makeBase, runIn } from './rootfs.ts';

const repository = resolve(import.meta.dirname, '../../..');

test('the image builds, and tells about itself where nothing is mounted', async (t) => {
  assert.equal(process.getuid?.(), 0, 'a chroot needs root: run this suite as root');
  const work = mkdtempSync(join(tmpdir(), 'pipe-image-'));
  t.after(() => rmSync(work, { recursive: true, force: true }));
  const base = join(work, 'base');
  makeBase(base);
  const image = buildImage(repository, base, work, (line) => t.diagnostic(line));
  rmSync(base, { recursive: true });
  const run = (
    argv: readonly string[],
    mounts: Readonly<Record<string, string>> = {},
    user = image.process.user,
  ) => runIn(image.root, [...image.entrypoint, ...argv], { ...image.process, user }, mounts);

  await t.test('docker run without arguments prints info', () => {
    const { status, output } = run(image.cmd);
    assert.equal(status, 0, output);
    assert.match(output, /^Denoising autoencoder: /);
    assert.match(output, /^ {2}18 configurations × 5 folds = 90 trainings$/m);
    assert.match(output, /^ {2}backend wasm /m);
  });

  await t.test('it runs as nobody special, with nothing of the tools it was built with', () => {
    assert.match(run(['id']).output, /^uid=1000/);
    const names = readdirSync(join(image.root, 'app'));
    for (const name of ['.git', 'test', 'bench', 'Dockerfile']) assert.ok(!names.includes(name), name);
    const packages = readdirSync(join(image.root, 'app/node_modules'));
    for (const name of ['typescript', 'oxlint', 'knip', 'node']) assert.ok(!packages.includes(name), name);
    assert.match(run(['.venv/bin/mlflow', '--version']).output, /^mlflow, version 3/m);
  });

  await t.test('an empty mounted Data gets the parameters, and keeps results and cache', () => {
    const data = join(work, 'data');
    mkdirSync(data);
    chownSync(data, 1234, 1234);
    const user = '1234:1234';
    const mounts = { '/app/Data': data };
    const params = 'Data/autoencoder/params/quickstart_params.yaml';
    const generate = ['denoising-autoencoder', 'generate-cross-validation-splits', '--params', params];
    const { status, output } = run(
      [...generate, '--output-dir', 'Data/splits', '--n-splits', '3', '--noise-level', '0.3'],
      mounts,
      user,
    );
    assert.equal(status, 0, output);
    assert.ok(existsSync(join(data, 'splits/noisy_mnist_cv_splits_noise0.3.csv')));
    const tiny = [
      'base.epochs=1',
      'data.train_images=100',
      'data.test_images=40',
      'baseline.tuning_images=40',
    ];
    const denoise = (...words: readonly string[]) =>
      run(
        [
          'denoising-autoencoder',
          'denoise',
          '--params',
          params,
          '--',
          ...tiny.flatMap((set) => ['-S', set]),
          ...words,
        ],
        mounts,
        user,
      );
    const first = denoise('-q');
    assert.equal(first.status, 0, first.output);
    assert.match(first.output, /^tracking: .* runs sent \(mlflow\.db; /m);
    assert.ok(existsSync(join(data, 'quickstart/report/report.html')));
    assert.ok(existsSync(join(data, 'cache/objects')));
    // Another container has nothing but the folder.
    rmSync(join(data, 'cache/quickstart.lock'));
    const again = denoise('--json');
    assert.equal(again.status, 0, again.output);
    assert.doesNotMatch(again.output, /"type":"ran"/);
    assert.match(again.output, /"type":"restored"/);
  });

  await t.test('a Data that may not be written is told of, in one line', () => {
    const data = join(work, 'locked');
    mkdirSync(data, { mode: 0o755 });
    const { output } = run(['true'], { '/app/Data': data });
    assert.equal(
      output,
      'Data cannot be written by user 1000. Run as its owner: docker run --user "$(id -u):$(id -g)" …\n',
    );
  });
});
