import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeStop } from '../../src/run/run.ts';
import { puppetClock } from './puppet-clock.ts';

test('a request ends the running ones gently, and by force after the grace time', () => {
  const clock = puppetClock();
  const stop = makeStop(10, clock);
  const signals: string[] = [];
  for (const stage of ['a', 'b']) stop.onCancel((signal) => signals.push(`${stage} ${signal}`));
  stop.request('SIGTERM');
  assert.equal(stop.signal, 'SIGTERM');
  assert.deepEqual(signals.splice(0), ['a SIGTERM', 'b SIGTERM']);
  clock.pass(9);
  assert.deepEqual(signals, []);
  clock.pass(1);
  assert.deepEqual(signals, ['a SIGKILL', 'b SIGKILL']);
});

test('a second request does not wait; the first signal counts', () => {
  const stop = makeStop(10, puppetClock());
  const signals: string[] = [];
  stop.onCancel((signal) => signals.push(signal));
  stop.request('SIGINT', true);
  stop.request('SIGTERM');
  assert.deepEqual([stop.signal, stop.leavesJobs], ['SIGINT', true]);
  assert.deepEqual(signals, ['SIGTERM', 'SIGKILL']);
});

test('what several failures end, and a request after them, is asked to end once', () => {
  const stop = makeStop(10, puppetClock());
  const signals: string[] = [];
  stop.onCancel((signal) => signals.push(signal));
  stop.cancelRunning();
  stop.cancelRunning();
  stop.request('SIGINT');
  assert.deepEqual(signals, ['SIGTERM']);
});

test('who ended before the grace time is over is left alone; who comes late is told at once', () => {
  const clock = puppetClock();
  const stop = makeStop(10, clock);
  const signals: string[] = [];
  const forget = stop.onCancel((signal) => signals.push(signal));
  stop.request('SIGINT');
  forget();
  assert.equal(clock.waiting, 0, 'nothing keeps the process from ending');
  clock.pass(10);
  assert.deepEqual(signals, ['SIGTERM']);
  stop.onCancel((signal) => signals.push(`late ${signal}`));
  assert.deepEqual(signals, ['SIGTERM', 'late SIGTERM']);
});
