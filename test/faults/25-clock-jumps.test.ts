import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import test from 'node:test';
import { makeSpace } from '../hash/space.ts';

const HOUR = 3600;

for (const [name, time] of [
  ['the future', Date.now() / 1000 + HOUR],
  ['long ago', 1],
] as const) {
  test(`an input from ${name} is the same as long as its bytes are, and another when they are not`, async (t) => {
    const space = makeSpace(t);
    const look = async (): Promise<unknown> => {
      const hasher = space.hasher('sha256', { stateFile: space.path('state') });
      const content = await hasher.look(space.path('d'));
      hasher.close();
      return content;
    };
    const write = (text: string): void => {
      utimesSync(space.write('d/input', text), time, time);
    };
    write('a');
    const before = await look();
    assert.deepEqual(await look(), before);
    write('a');
    assert.deepEqual(await look(), before);
    write('b');
    assert.notDeepEqual(await look(), before);
  });
}
