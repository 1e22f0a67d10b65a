// The experiment's own command, on the tiny experiment.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTinyExperiment } from '../tiny-experiment.ts';

test('denoise runs the pipeline, says where the report is, and a server that is down costs one line', (t) => {
  const root = makeTinyExperiment();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const denoise = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['stages/cli/main.ts', 'denoise', ...args], {
      cwd: root,
      encoding: 'utf8',
      // Nobody listens on the discard port.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, MLFLOW_TRACKING_URI: 'http://127.0.0.1:9' },
    });
  const quickstart = ['--params', 'Data/autoencoder/params/quickstart_params.yaml'];
  const first = denoise(...quickstart);
  assert.equal(first.status, 0, first.stdout + first.stderr);
  const report = join(root, 'Data/quickstart/report/report.html');
  assert.ok(first.stdout.includes(`The report: ${report}`), first.stdout);
  assert.ok(existsSync(report));
  assert.match(first.stdout, /^tracking: .*pending.*npx denoising-autoencoder track/m);
  assert.ok(existsSync(join(root, 'cache/quickstart.lock')), 'a lock file of its own');
  assert.equal(existsSync(join(root, 'pipeline.lock')), false);

  assert.match(denoise(...quickstart).stdout, /up to date/);
  assert.equal(denoise(...quickstart, '--', '--dry').status, 0);
  assert.equal(denoise('--params', 'missing.yaml').status, 1);
  assert.equal(denoise('--parms', 'x').status, 2);
});
