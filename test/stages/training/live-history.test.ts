// The history of a running training: what a follower reads of it, epoch by epoch.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLiveRuns } from '../../../stages/cli/live-runs.ts';
import type { Configuration } from '../../../stages/lib/measure/training-metrics.ts';
import { startLiveHistory } from '../../../stages/lib/training/live-history.ts';

test('each epoch is added to those before it; the end removes the file', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-live-'));
  t.after(() => rmSync(root, { recursive: true }));
  const path = join(root, 'Data/tiny/live/64-0.001-1.jsonl');
  const configuration = { latent_dim: 64, backend: 'wasm', threads: 1 } as unknown as Configuration;
  const live = startLiveHistory(path, { fold: 1, configuration, started: 1000 });
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8').split('\n')[0]!), {
    fold: 1,
    configuration,
    started: 1000,
    host: hostname(),
    process: process.pid,
  });
  const fold = () => readLiveRuns(root).get('Data/tiny')![1]!;
  assert.deepEqual(
    [fold().key, fold().parent, fold().start, fold().metrics],
    ['train/64-0.001/fold_1', 'train/64-0.001', 1000, {}],
  );
  live.add({ epoch: 1, time: 1100, values: { val_loss: 0.5 } });
  live.add({ epoch: 2, time: 1200, values: { val_loss: 0.25 } });
  assert.deepEqual(fold().metrics, {
    val_loss: [
      [1, 1100, 0.5],
      [2, 1200, 0.25],
    ],
  });
  // Another process is in the middle of a line.
  appendFileSync(path, '{"epoch":3,"time":13');
  assert.equal(fold().metrics['val_loss']!.length, 2);
  // A training that was killed has left its own; the next one of the same fold begins again.
  const again = startLiveHistory(path, { fold: 1, configuration, started: 2000 });
  assert.deepEqual([fold().start, fold().metrics], [2000, {}]);
  // What a training of this machine has left that is not there any more says nothing; of another machine nothing is known.
  const head = { fold: 1, configuration, started: 3000, host: hostname(), process: 2 ** 30 };
  const write = (host: string): void => writeFileSync(path, `${JSON.stringify({ ...head, host })}\n`);
  write(hostname());
  assert.equal(readLiveRuns(root).size, 0);
  write('another.example');
  assert.equal(fold().start, 3000);
  again.end();
  assert.equal(existsSync(path), false);
  assert.equal(readLiveRuns(root).size, 0);
});
