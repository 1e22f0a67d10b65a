import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import ignore from 'ignore';
import { isWhole } from '../amount.ts';
import { ignorePatterns } from '../../src/pipeline/pipeline.ts';

const name = fc.constantFrom('a', 'b', 'A', 'ab', 'c.d', '-x', '.e', 'ü', 'k', '\u212a', 'ſ', 's', '_');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const line = fc.oneof(
  { weight: 6, arbitrary: path.map((at) => `/${at}`) },
  path,
  path.map((at) => `/${at}/`),
  path.map((at) => `!/${at}`),
  fc.constantFrom(
    '',
    '# x',
    '/a*',
    '*.d',
    '/a/**',
    '/b ',
    '\\#a',
    '/a\\ ',
    '[ab]',
    '/a?',
    '//a',
    '/a//b',
    '/..',
  ),
);

test('what a later line takes back is not ignored, however many paths the others name', () => {
  for (const others of [1, 20]) {
    const names = Array.from({ length: others }, (_, n) => `/other${n}`);
    const patterns = ignorePatterns(['/data', '/logs', ...names, '!/data', '/logs'].join('\n'));
    assert.deepEqual(
      ['data', 'logs', 'other0'].map((path) => patterns.test(path).ignored),
      [false, true, true],
    );
  }
});

test('paths are ignored as by the package alone, which matches every line', () => {
  // So many names that they are looked up.
  const filler = Array.from({ length: 10 }, (_, n) => `/filler${n}`);
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.tuple(path, fc.boolean()), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (lines, paths, end, taken) => {
        const text = [...filler, ...(taken ? lines : lines.filter((one) => !one.startsWith('!')))].join(end);
        const whole = ignore().add(text);
        const ours = ignorePatterns(text);
        for (const [at, isFolder] of paths) {
          const tested = isFolder ? `${at}/` : at;
          const { ignored, unignored } = ours.test(tested);
          const expected = whole.test(tested);
          assert.deepEqual(
            [ignored, unignored],
            [expected.ignored, expected.unignored],
            `${tested} in ${text}`,
          );
        }
      },
    ),
    { numRuns: isWhole ? 3000 : 1000 },
  );
});
