// The events of a detached run, read while they are written.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import { EventReader } from '../../src/session/session.ts';
import { makeSpace } from '../hash/space.ts';

test('each event is read once, however the pieces of the file come', (t) => {
  const file = makeSpace(t).path('detached.events');
  const reader = new EventReader(file);
  assert.deepEqual(reader.read(), []);
  const events = [
    { type: 'a' },
    { type: 'b', value: 9007199254740993n },
    { type: 'c', text: 'x'.repeat(100_000) },
  ];
  const text = events.map((event) => `${serialize(event).toString('base64')}\n`).join('');
  const read: unknown[] = [];
  for (let from = 0; from < text.length; from += 50_021) {
    appendFileSync(file, text.slice(from, from + 50_021));
    read.push(...reader.read());
    assert.deepEqual(reader.read(), []);
  }
  assert.deepEqual(read, events);
});
