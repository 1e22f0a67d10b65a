// Values of variables never show, wherever they are repeated.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeMask, maskedEvent, maskedReason, maskedWhy, readLog } from '../../src/ui/ui.ts';
import { makeSpace } from '../hash/space.ts';

const mask = makeMask(
  [
    {
      env: {
        // The beginning of the next.
        FORMER: 'hunter2',
        TOKEN: 'hunter2-and-more',
        SHORT: '1',
        LINES: 'first line\nsecond line',
        QUOTED: 'with "quotes"',
        SIGNS: 'a+b(c|d)$',
        SIXTH: 'sixsix',
        FIFTH: 'fives',
      },
    },
  ],
  [{ cmd: '', deps: [], outs: [], params: new Map(), env: { TOKEN: 'recorded-once' } }],
);

test('in texts and in values, those of before too, the longest first', () => {
  assert.equal(mask.text('a hunter2-and-more b hunter2 c recorded-once d 1'), 'a ••• b ••• c ••• d 1');
  assert.equal(mask.text('first line, second line of it'), '•••, ••• of it');
  assert.equal(mask.text('a+b(c|d)$ aab(c d) sixsix fives'), '••• aab(c d) ••• fives');
  assert.equal(mask.text('{"a":"with \\"quotes\\""}'), '{"a":"•••"}');
  assert.deepEqual(mask.json({ a: ['hunter2', 3], b: { c: 'x' } }), { a: ['•••', 3], b: { c: 'x' } });
});

test('in the words of the history, short ones too', () => {
  assert.equal(maskedWhy('deps: a modified; env: PIN 1 → 2', mask), 'deps: a modified; env: PIN changed');
  assert.equal(maskedWhy('env: PIN added (1234); params: x: 1 → 2', mask), 'env: PIN changed');
  assert.equal(maskedWhy('env: PIN no longer declared', mask), 'env: PIN no longer declared');
  assert.equal(maskedWhy('new', mask), 'new');
});

test('in reasons: of a variable only that it changed, of others what they show', () => {
  const pin = { kind: 'env', key: ['PIN'], text: 'env: PIN 1 → 2', old: '1', new: '2' } as const;
  assert.deepEqual(maskedReason({ ...pin, status: 'added' }, mask), {
    kind: 'env',
    key: ['PIN'],
    status: 'added',
    text: 'env: PIN added',
  });
  assert.deepEqual(maskedReason({ ...pin, status: 'modified' }, mask).text, 'env: PIN changed');
  assert.deepEqual(
    maskedReason(
      { kind: 'cmd', text: 'cmd: hunter2 → recorded-once', old: 'hunter2', new: ['recorded-once'] },
      mask,
    ),
    { kind: 'cmd', text: 'cmd: ••• → •••', old: '•••', new: ['•••'] },
  );
});

test('in what stages report of themselves, and in how they failed', () => {
  const failed = { type: 'failed', time: 0, stage: 'a', seconds: 1, problem: 'no hunter2 here' } as const;
  assert.deepEqual(maskedEvent(failed, mask), { ...failed, problem: 'no ••• here' });
  const progress = { done: 1, note: 'hunter2', unit: 'hunter2' };
  const event = maskedEvent({ type: 'progress', stage: 'a', progress }, mask);
  assert.deepEqual(event, { type: 'progress', stage: 'a', progress: { done: 1, note: '•••', unit: '•••' } });
});

test('a log in parts: whole lines of the newest, values that two parts share', (t) => {
  const space = makeSpace(t);
  const lines = ['one', 'its hunter2 is', 'three', 'open'];
  space.write('fit/1.log', 'old\n');
  space.write('fit/2.log', lines.join('\n'));
  const part = (of: Parameters<typeof readLog>[2]) => {
    const { name, size, from, next, text } = readLog(
      join(space.path('fit'), '..'),
      'fit' as never,
      of,
      mask,
    )!;
    return [name, size, from, next, text];
  };
  assert.deepEqual(part({ from: 0, most: 100 }), ['2', 29, 0, 29, 'one\nits ••• is\nthree\nopen']);
  assert.deepEqual(part({ from: 0, most: 21 }), ['2', 29, 0, 19, 'one\nits ••• is\n'], 'no line is cut');
  assert.deepEqual(part({ last: 12 }), ['2', 29, 19, 29, 'three\nopen']);
  assert.deepEqual(part({ from: 40, most: 9 }), ['2', 29, 25, 29, 'open'], 'a line from its beginning');
  assert.deepEqual(
    part({ from: 19, most: 4 }),
    ['2', 29, 19, 23, 'thre'],
    'a line that is longer than a part',
  );
  space.write('fit/3.log', 'one\n10%\r20%');
  assert.deepEqual(part({ from: 8, most: 9 }), ['3', 11, 4, 11, '20%'], 'the last state of a line');
  // A terminal in between puts a carriage return before each line end.
  space.write('fit/4.log', 'one\r\r\ntwo\r\r\nthree\r\n');
  assert.deepEqual(part({ last: 99 }), ['4', 19, 0, 19, 'one\ntwo\nthree\n']);
});
