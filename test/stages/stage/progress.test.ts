// Progress of a stage on the descriptor that the engine gives it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { report, reportInBetween, type Progress } from '../../../stages/lib/stage/progress.ts';

/** @returns what was reported since */
function reported(t: TestContext): () => readonly Progress[] {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-progress-'));
  const file = join(folder, 'progress');
  const descriptor = openSync(file, 'w');
  process.env['PIPE_PROGRESS_FD'] = String(descriptor);
  t.after(() => {
    delete process.env['PIPE_PROGRESS_FD'];
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });
  return () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Progress);
}

test('what is worth a line is reported always, the rest at once and then once a second', (t) => {
  const all = reported(t);
  let now = 5000;
  t.mock.method(performance, 'now', () => now);
  const inBetween = reportInBetween();
  for (const [at, done] of [
    [5000, 0.1],
    [5500, 0.2],
    [5999, 0.3],
    [6000, 0.4],
    [6999, 0.5],
  ] as const) {
    now = at;
    inBetween({ done, total: 5, unit: 'epoch' });
  }
  report({ done: 1, total: 5, unit: 'epoch', note: 'val 0.1' });
  report({ done: 2, total: 5, unit: 'epoch' });
  assert.deepEqual(
    all().map(({ done }) => done),
    [0.1, 0.4, 1, 2],
  );
  assert.deepEqual(all()[2], { done: 1, total: 5, unit: 'epoch', note: 'val 0.1' });
});

test('a reader that is gone does not end the stage', (t) => {
  t.after(() => delete process.env['PIPE_PROGRESS_FD']);
  const say = (descriptor: number): void => {
    process.env['PIPE_PROGRESS_FD'] = String(descriptor);
    report({ done: 1, total: 5, unit: 'epoch' });
  };
  say(999);
  const folder = mkdtempSync(join(tmpdir(), 'pipe-progress-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(writer));
  // One that reads nothing any more: the pipe is full before these are written.
  for (let time = 0; time < 3000; time += 1) say(writer);
  assert.throws(() => writeSync(writer, 'x'.repeat(4096)), { code: 'EAGAIN' });
  closeSync(reader);
  assert.throws(() => writeSync(writer, 'x'), { code: 'EPIPE' });
  say(writer);
});
