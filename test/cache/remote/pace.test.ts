// How long a silent or slow connection is waited for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchPace } from '../../../src/cache/cache.ts';

test('each window is judged by its own bytes, and only while the other end is waited for', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const reasons: string[] = [];
  const onSlow = (reason: string): void => void reasons.push(reason);
  const watch = watchPace({ bytes: 10, seconds: 4 }, onSlow);
  watch.wait();
  watch.moved(40);
  // The time until the next wait is ours.
  t.mock.timers.tick(99_000);
  watch.wait();
  t.mock.timers.tick(4000);
  assert.equal(reasons.length, 0);
  watch.moved(39);
  watch.wait();
  t.mock.timers.tick(4000);
  assert.deepEqual(reasons.splice(0), ['only 39 bytes in 4 s']);

  const quick = watchPace({ bytes: 0, seconds: 4 }, onSlow);
  quick.wait();
  quick.moved(1);
  quick.wait();
  t.mock.timers.tick(4000);
  assert.equal(reasons.length, 0);
  t.mock.timers.tick(4000);
  assert.deepEqual(reasons, ['silent for 4 s']);
  quick.wait();
  quick.end();
  t.mock.timers.tick(99_000);
  assert.equal(reasons.length, 1);
});
