import assert from 'node:assert/strict';
import test from 'node:test';
import type { RunEvent } from '../../src/run/run.ts';
import { makeTrace } from '../../src/show/show.ts';
import { address } from './stages.ts';
import { failed, ran, restored, runEnd, runStart, skipped, start } from './events.ts';

interface Bar {
  readonly name: string;
  readonly cat?: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly tid: number;
  readonly args?: object;
}

/** Events with the seconds at which they happen. */
function traceOf(events: readonly (readonly [seconds: number, event: RunEvent])[]): Bar[] {
  let json = '';
  const trace = makeTrace((text) => (json += text));
  for (const [seconds, event] of events)
    trace.event({ ...event, ...('time' in event && { time: 1e12 + seconds * 1000 }) });
  trace.end();
  return (JSON.parse(json) as { traceEvents: Bar[] }).traceEvents;
}

test('a bar per stage, in rows that are free', () => {
  const events = traceOf([
    [0, runStart(5)],
    [1, start('a')],
    [1, start('b')],
    [3, ran('a', 2)],
    [3, start('c')],
    [4, failed('b', { kind: 'code', code: 2 })],
    [5, start('d')],
    [6, start('d', 2)],
    [7, ran('d', 2)],
    [7.5, restored('e')],
    [8, ran('c', 5)],
    [8, runEnd({ ran: 3, failed: 1, restored: 1 })],
  ]);
  const bars = events.filter(({ ph }) => ph === 'X');
  assert.deepEqual(
    bars.map(({ name, cat, ts, dur, tid }) => [name, cat, ts / 1e6, dur / 1e6, tid]),
    [
      ['a', 'ran', 1, 2, 1],
      ['b', 'failed', 1, 3, 2],
      ['d', 'ran', 5, 2, 2],
      ['e', 'restored', 7.4, 0.1, 2],
      ['c', 'ran', 3, 5, 1],
    ],
  );
  assert.deepEqual(bars[0]!.args, { why: 'new' });
  assert.deepEqual(
    events.filter(({ name }) => name === 'thread_name').map(({ tid }) => tid),
    [1, 2],
  );
});

test('a stage that was ended with the run leaves its row', () => {
  const events = traceOf([
    [0, runStart(2)],
    [1, start('a')],
    [2, skipped('a')],
    [2, start('b')],
    [3, ran('b', 1)],
  ]);
  assert.deepEqual(
    events.filter(({ ph }) => ph === 'X').map(({ name, tid }) => [name, tid]),
    [['b', 1]],
  );
});

test('hashing lies before the bar of a stage, storing inside it', () => {
  const work = (what: 'hash inputs' | 'store outputs', seconds: number): RunEvent => ({
    type: 'work',
    time: 0,
    stage: address('a'),
    what,
    seconds,
  });
  const events = traceOf([
    [0, runStart(1)],
    [1, work('hash inputs', 0.5)],
    [1, start('a')],
    [4, work('store outputs', 1)],
    [4, ran('a', 3)],
  ]);
  assert.deepEqual(
    events.filter(({ cat }) => cat !== undefined).map(({ name, ph, ts, tid }) => [name, ph, ts / 1e6, tid]),
    [
      ['hash inputs: a', 'b', 0.5, 0],
      ['hash inputs: a', 'e', 1, 0],
      ['store outputs', 'X', 3, 1],
      ['a', 'X', 1, 1],
    ],
  );
});
