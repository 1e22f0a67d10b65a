// Values of variables never show, wherever they are repeated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMask, maskedWhy } from '../../src/ui/ui.ts';

const mask = makeMask(
  [
    {
      env: {
        TOKEN: 'hunter2-and-more',
        SHORT: '1',
        LINES: 'first line\nsecond line',
        QUOTED: 'with "quotes"',
      },
    },
  ],
  [{ cmd: '', deps: [], outs: [], params: new Map(), env: { TOKEN: 'hunter2' } }],
);

test('in texts and in values, those of before too, the longest first', () => {
  assert.equal(mask.text('a hunter2-and-more b hunter2 c 1'), 'a ••• b ••• c 1');
  assert.equal(mask.text('second line of it'), '••• of it');
  assert.equal(mask.text('{"a":"with \\"quotes\\""}'), '{"a":"•••"}');
  assert.deepEqual(mask.json({ a: ['hunter2', 3], b: { c: 'x' } }), { a: ['•••', 3], b: { c: 'x' } });
});

test('in the words of the history, short ones too', () => {
  assert.equal(maskedWhy('deps: a modified; env: PIN 1 → 2', mask), 'deps: a modified; env: PIN changed');
  assert.equal(maskedWhy('env: PIN added (1234); params: x: 1 → 2', mask), 'env: PIN changed');
  assert.equal(maskedWhy('env: PIN no longer declared', mask), 'env: PIN no longer declared');
  assert.equal(maskedWhy('new', mask), 'new');
});
