// Small texts: durations, sizes, widths, bars, word by word differences.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  bytesText,
  commonPattern,
  cutTo,
  describeWordChanges,
  durationText,
  groupPart,
  padTo,
  progressBar,
  textWidth,
  timeText,
  wordParts,
} from '../../src/show/show.ts';

test('durations', () => {
  assert.deepEqual(
    [0, 0.04, 0.0994, 0.0996, 0.4, 9.94, 9.96, 59.4, 59.6, 185, 3599.4, 3599.6, 7199, 7620].map(durationText),
    [
      '0 ms',
      '40 ms',
      '99 ms',
      '0.1 s',
      '0.4 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '3 min 05 s',
      '59 min 59 s',
      '1 h 00 min',
      '1 h 59 min',
      '2 h 07 min',
    ],
  );
});

test('sizes', () => {
  assert.deepEqual([0, 999, 1000, 1234, 9_960_000, 999_600_000, 1e15].map(bytesText), [
    '0 B',
    '999 B',
    '1.0 kB',
    '1.2 kB',
    '10 MB',
    '1.0 GB',
    '1.0 PB',
  ]);
});

test('widths of texts in columns', () => {
  assert.deepEqual(
    ['abc', '日本', 'é', 'e\u0301', '👩‍🔬', '\u001b[31mred\u001b[0m', '\u200b'].map(textWidth),
    [3, 4, 1, 1, 2, 3, 0],
  );
  assert.equal(cutTo('日本語', 5), '日本…');
  assert.equal(cutTo('日本語', 4), '日…');
  assert.equal(cutTo('abc', 3), 'abc');
  assert.equal(cutTo('abc', 0), '');
  assert.equal(padTo('日', 4), '日  ');
});

test('bars', () => {
  const bar = (share: number): string => Object.values(progressBar(share, 4)).join('');
  assert.deepEqual([0, 0.5, 1, 0.28, 2, -1, Number.NaN].map(bar), [
    '░░░░',
    '██░░',
    '████',
    '█▏░░',
    '████',
    '░░░░',
    '░░░░',
  ]);
});

test('times in the zone of the reader', () => {
  assert.equal(timeText(new Date(2026, 0, 2, 3, 4)), '2026-01-02 03:04');
  assert.equal(timeText(new Date(2026, 11, 31, 23, 59)), '2026-12-31 23:59');
  assert.equal(timeText(new Date('2026-01-02T23:04:05Z'), 'UTC'), '2026-01-02 23:04');
  assert.equal(timeText(new Date('2026-01-02T23:04:05Z'), 'Asia/Tokyo'), '2026-01-03 08:04');
});

test('the group of an address', () => {
  assert.deepEqual(
    ['train@1', 'prep', 'sub/pipeline.yaml:train@a:b@c', 'a@b/dvc.yaml:x@1', 'data/raw.dvc'].map(groupPart),
    ['train', 'prep', 'sub/pipeline.yaml:train', 'a@b/dvc.yaml:x', 'data/raw.dvc'],
  );
});

test('what paths have in common', () => {
  assert.equal(commonPattern(['m/a-0/fold_0.bin', 'm/b-1/fold_1.bin']), 'm/*/fold_*.bin');
  assert.equal(commonPattern(['m/a', 'm/b/c']), 'm/*');
  assert.equal(commonPattern(['m/b/c', 'm/a']), 'm/*');
  assert.equal(commonPattern(['m/aa', 'm/a']), 'm/a*');
  assert.equal(commonPattern(['same']), 'same');
});

test('commands word by word', () => {
  const cases: [string, string, string][] = [
    ['t --epochs 50', 't --epochs 40', '--epochs 50 → 40'],
    ['t --a 1 --b 2', 't --a 3 --b 4', '--a 1 → 3, --b 2 → 4'],
    ['t --a --b 1', 't --a --c 1', '--b → --c'],
    ['t -v', 't', '− -v'],
    ['t', 't --fast', '+ --fast'],
    ['python a.py', 'python b.py', 'a.py → b.py'],
    ['a  b', 'a b', 'white space'],
    ['a b', ' a b\n', 'white space'],
    ['\ta b ', 'a b', 'white space'],
  ];
  for (const [old, now, text] of cases) assert.equal(describeWordChanges(old, now), text);
  // Of more than twelve words that changed both commands, each shortened.
  const [old, now] = ['a b c d e f X g h i j k l', 'm n o p q r X s t u v w x'];
  assert.equal(describeWordChanges(old, now), 'a b c d e f → m n o p q r, g h i j k l → s t u v w x');
  assert.equal(describeWordChanges(`${old} y`, `${now} z`), `${old} y → ${now} z`);
});

test('both commands as one text, each word once', () => {
  const parts = (old: string, now: string): readonly string[] =>
    wordParts(old, now).map(({ kind, text }) => `${kind} ${text}`);
  assert.deepEqual(parts('run --lr 1 in out', 'run --lr 2 in out more'), [
    'same run --lr',
    'old 1',
    'new 2',
    'same in out',
    'new more',
  ]);
  assert.deepEqual(parts('a b c d', 'b c'), ['old a', 'same b c', 'old d']);
  assert.deepEqual(parts('\ta b', 'a b\n'), ['same a b']);
});
