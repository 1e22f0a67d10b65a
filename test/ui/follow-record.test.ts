// The record of a run is read as it grows, each line once; another run begins again. Its folder may not exist before the first run.
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { RunEvent } from '../../src/run/run.ts';
import { followRecord, makeRunRecord } from '../../src/session/session.ts';
import { watchState } from '../../src/ui/ui.ts';

test('lines as they come, halves later, and the record of another run', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-record-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'run.jsonl');
  const tail = followRecord(folder);
  const start = (run: string): string =>
    `${JSON.stringify({ type: 'run-start', run, time: 1, stages: 2, jobs: 1 })}\n`;
  const fresh = (stage: string): string => `${JSON.stringify({ type: 'fresh', stage })}\n`;
  const read = (): unknown[] => {
    const { restarted, events } = tail.read();
    return [restarted, ...events.map((event) => ('stage' in event ? event.stage : event.type))];
  };
  assert.deepEqual(read(), [false]);
  writeFileSync(file, start('one'));
  assert.deepEqual(read(), [false, 'run-start']);
  assert.deepEqual(read(), [false]);
  appendFileSync(file, `${fresh('ä')}${fresh('b').slice(0, 9)}`);
  assert.deepEqual(read(), [false, 'ä']);
  appendFileSync(file, `${fresh('b').slice(9)}not JSON\n"text"\n${fresh('c')}`);
  assert.deepEqual(read(), [false, 'b', 'c']);
  // Longer than what was read of the one before it.
  rmSync(file);
  writeFileSync(file, start('two') + fresh('x').repeat(20));
  assert.deepEqual(read(), [true, 'run-start', ...Array.from({ length: 20 }, () => 'x')]);
  assert.deepEqual(read(), [false]);
  rmSync(file);
  assert.deepEqual(read(), [true]);
  writeFileSync(file, start('three'));
  assert.deepEqual(read(), [false, 'run-start']);
});

test('a run is recorded as a whole once a stage of it starts; one without leaves the record before it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-record-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const record = (run: string, ...events: readonly object[]): unknown[] => {
    const made = makeRunRecord(run, folder);
    for (const event of [{ type: 'run-start', time: 1, stages: 2, jobs: 1 }, ...events])
      made.add(event as RunEvent);
    made.end();
    return readRecord();
  };
  const readRecord = (): unknown[] =>
    followRecord(folder)
      .read()
      .events.map((event) => ('run' in event ? event.run : event.type));
  assert.deepEqual(record('none'), []);
  const start = { type: 'start', time: 2, stage: 's', attempt: 1 };
  assert.deepEqual(record('one', start, { ...start, stage: 't' }), ['one', 'start', 'start']);
  assert.deepEqual(record('none'), ['one', 'start', 'start']);
  assert.deepEqual(record('two', start), ['two', 'start']);
  // What is restored waits for no slot.
  const decided = (kind: string): object => ({ type: 'decided', time: 3, stage: 's', decision: { kind } });
  const all = ['restore', 'fresh', 'blocked', 'run'].map(decided);
  assert.deepEqual(record('three', start, ...all), ['three', 'start', 'ready']);
  assert.deepEqual(record('four', { ...start, type: 'restored', seconds: 1 }), ['four', 'restored']);
  const progress = (stage: string): object => ({ type: 'progress', stage, progress: { done: 1 } });
  assert.deepEqual(record('five', start, ...['s', 't', 's'].map(progress)), [
    'five',
    'start',
    'progress',
    'progress',
  ]);
});

test('a folder that comes into being with its files is a change', { timeout: 60_000 }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-record-'));
  t.after(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'cache/state');
  await new Promise<void>((resolve) => {
    const watching = watchState(folder, new Set(['run.jsonl']), resolve);
    t.after(() => watching.close());
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'run.jsonl'), '');
  });
});

test(
  'a folder that is made again, however soon, is watched like the one before',
  { timeout: 60_000 },
  async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'pipe-record-'));
    t.after(() => rmSync(root, { recursive: true }));
    const folder = join(root, 'cache/state');
    mkdirSync(folder, { recursive: true });
    let changed = (): void => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (changed = resolve));
    const watching = watchState(folder, new Set(['run.jsonl']), () => changed());
    t.after(() => watching.close());
    for (const _ of ['at once', 'again']) {
      const isSeen = next();
      rmSync(join(root, 'cache'), { recursive: true });
      mkdirSync(folder, { recursive: true });
      await isSeen;
      const isChanged = next();
      writeFileSync(join(folder, 'run.jsonl'), '');
      await isChanged;
    }
    // Gone for as long as the watch notices.
    rmSync(join(root, 'cache'), { recursive: true });
    await setImmediate();
    const isBack = next();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'run.jsonl'), '');
    await isBack;
  },
);
