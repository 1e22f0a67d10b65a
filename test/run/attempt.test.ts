// Time-outs and further attempts, with an executor and a clock that do what the test says.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Retry, Stage } from '../../src/pipeline/pipeline.ts';
import { attempt, makeStop, type Executor, type Exit, type Job } from '../../src/run/run.ts';
import { puppetClock } from './puppet-clock.ts';

const scratch = mkdtempSync(join(tmpdir(), 'pipe-attempt-'));
after(() => rmSync(scratch, { recursive: true }));

const failed: Exit = { kind: 'code', code: 1 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const listener = { line: () => {}, progress: () => {} };

function stageWith(timeout: number | null, retry: Retry | null): Stage {
  return { timeout, retry } as Stage;
}

/** Starts a stage's attempts; `end` ends the attempt that is under way. */
async function begin(stage: Stage) {
  const clock = puppetClock();
  const stop = makeStop(10, clock);
  const signals: string[] = [];
  const starts: number[] = [];
  let end: (exit: Exit) => void = () => {};
  const attached: number[] = [];
  const forgotten: number[] = [];
  const executor: Executor = {
    attach: () => void attached.push(starts.length + 1),
    submit: () => ({
      forget: () => void forgotten.push(starts.length),
      exit: new Promise((resolve) => (end = resolve)),
      cancel: (signal) => void signals.push(signal),
      tail: () => [],
    }),
  };
  const job: Job = {
    commands: ['x'],
    cwd: '/',
    env: { inherited: {}, own: { PIPE_TMP: scratch } },
    params: '{}',
    log: '/dev/null',
    stdin: false,
  };
  const prepared: number[] = [];
  let failures = 0;
  const onStart = (count: number): void => void starts.push(count);
  const prepare = (): Promise<void> => {
    prepared.push(starts.length + 1);
    return Promise.resolve();
  };
  const result = attempt(stage, job, listener, prepare, {
    executor,
    clock,
    stop,
    grace: 10,
    onStart,
    onFailed: () => {
      failures += 1;
    },
  });
  // The workspace is made ready first.
  await settle();
  return {
    clock,
    stop,
    signals,
    starts,
    prepared,
    attached,
    forgotten,
    failures: () => failures,
    result,
    end: (exit: Exit) => end(exit),
  };
}

test('a time-out ends the stage gently, and by force after the grace time', async () => {
  const { clock, signals, result, end } = await begin(stageWith(60, null));
  clock.pass(59);
  assert.deepEqual(signals, []);
  clock.pass(1);
  assert.deepEqual(signals, ['SIGTERM']);
  clock.pass(10);
  assert.deepEqual(signals, ['SIGTERM', 'SIGKILL']);
  end({ kind: 'signal', signal: 'SIGKILL' });
  assert.deepEqual((await result).exit, { kind: 'timeout', seconds: 60 });
  assert.equal(clock.waiting, 0);
  const polite = await begin(stageWith(60, null));
  polite.clock.pass(60);
  polite.end({ kind: 'code', code: 0 });
  assert.deepEqual((await polite.result).exit, { kind: 'timeout', seconds: 60 }, 'it did not end by itself');
  assert.equal(polite.clock.waiting, 0);
});

test('a stage that ends in time leaves no timer behind', async () => {
  const { clock, signals, result, end } = await begin(stageWith(60, null));
  end({ kind: 'code', code: 0 });
  assert.deepEqual((await result).exit, { kind: 'code', code: 0 });
  clock.pass(100);
  assert.deepEqual([signals, clock.waiting], [[], 0]);
});

test('further attempts wait longer each time', async () => {
  const { clock, starts, prepared, attached, forgotten, failures, result, end } = await begin(
    stageWith(null, { times: 2, delay: 5, backoff: 3 }),
  );
  end(failed);
  await settle();
  clock.pass(4);
  await settle();
  assert.deepEqual(starts, [1]);
  clock.pass(1);
  await settle();
  assert.deepEqual(starts, [1, 2]);
  end(failed);
  await settle();
  clock.pass(14);
  await settle();
  assert.deepEqual(starts, [1, 2]);
  clock.pass(1);
  await settle();
  end(failed);
  assert.deepEqual((await result).exit, failed);
  // Of those before nothing is left; what became of the last is recorded first.
  assert.deepEqual([attached, forgotten], [[1], [1, 2]]);
  assert.deepEqual(starts, [1, 2, 3]);
  assert.deepEqual(prepared, [1, 2, 3], 'the workspace is made ready before each');
  assert.equal(failures(), 3);
});

test('a stage that is stopped while it runs is not tried again, however it ends', async () => {
  for (const exit of [failed, { kind: 'code', code: 0 } as const]) {
    const { stop, signals, starts, failures, result, end } = await begin(
      stageWith(null, { times: 2, delay: 0, backoff: 1 }),
    );
    stop.request('SIGINT');
    assert.deepEqual(signals, ['SIGTERM']);
    end(exit);
    assert.equal((await result).cancelled, true);
    assert.deepEqual([starts, failures()], [[1], 1]);
  }
});

test('a second attempt that ends well is the end', async () => {
  const { clock, starts, result, end } = await begin(stageWith(null, { times: 5, delay: 1, backoff: 1 }));
  end(failed);
  await settle();
  clock.pass(1);
  await settle();
  end({ kind: 'code', code: 0 });
  assert.deepEqual((await result).exit, { kind: 'code', code: 0 });
  assert.deepEqual([starts, clock.waiting], [[1, 2], 0]);
});

test(
  'an attempt whose machine was lost is no failure of the stage: `retry` does not count it',
  { timeout: 20_000 },
  async () => {
    const { clock, starts, result, end } = await begin(stageWith(null, { times: 1, delay: 1, backoff: 1 }));
    const lost: Exit = { kind: 'batch', cause: 'node-failure', message: '' };
    for (const exit of [lost, failed, lost, lost]) {
      end(exit);
      await settle();
      clock.pass(1);
      await settle();
    }
    end(failed);
    assert.deepEqual((await result).exit, failed);
    assert.deepEqual(starts, [1, 2, 3, 4, 5]);
    const other = await begin(stageWith(null, null));
    for (let count = 0; count < 4; count += 1) {
      other.end({ kind: 'batch', cause: 'preempted', message: '' });
      await settle();
      other.clock.pass(0);
      await settle();
    }
    assert.equal((await other.result).exit.kind, 'batch', 'but no stage is lost for ever');
    assert.equal(other.starts.length, 4);
  },
);

test('a run that is stopped makes no further attempt', async () => {
  const { stop, starts, result, end } = await begin(stageWith(null, { times: 2, delay: 5, backoff: 1 }));
  end(failed);
  await settle();
  stop.request('SIGINT');
  assert.equal((await result).cancelled, true);
  assert.deepEqual(starts, [1]);
});
