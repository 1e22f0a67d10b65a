import assert from 'node:assert/strict';
import test from 'node:test';
import type { Problem } from '../../src/base/base.ts';
import { problemText, warningText } from '../../src/show/show.ts';

const problem = (more: Partial<Problem>): Problem => ({
  code: 'no-pipeline',
  title: 'it went wrong',
  ...more,
});

test('what happened, where, the facts, and what to do', () => {
  assert.equal(
    problemText(
      problem({
        place: { file: 'pipeline.yaml', line: 12, column: 5, source: '    cmd: [' },
        facts: [
          ['short', 'one'],
          ['longer', 'two\nlines'],
        ],
        hint: 'close it',
      }),
      false,
    ),
    `error[no-pipeline]: it went wrong
  → pipeline.yaml:12:5
  12 |     cmd: [
     |     ^
  short   one
  longer  two
          lines
  help: close it`,
  );
});

test('the caret stands under its character, after tabs and wide characters too', () => {
  const place = { file: 'p.yaml', line: 1, column: 7, source: '\t\t日本: x' };
  assert.equal(
    problemText(problem({ place }), false),
    `error[no-pipeline]: it went wrong
  → p.yaml:1:7
  1 |   日本: x
    |         ^`,
  );
});

test('a line is not shown that has a password or a token in a URL', () => {
  const shown = (source: string): boolean =>
    problemText(problem({ place: { file: 'p.yaml', line: 1, column: 1, source } }), false).includes('1 |');
  for (const source of [
    "- {path: x, from: 'https://ada:hush@example.org/x'}",
    'from: "sftp://ada:hush@host/x"',
    '[a, http://ada:hu,sh@host/x]',
    'url: https://example.org/x?sig=hush',
    'url: ada:hush@example.org:x',
  ])
    assert.ok(!shown(source), source);
  for (const source of ['url: https://example.org/x?y=1', 'url: ada@example.org:x', 'a: {b: c} # to: b@c'])
    assert.ok(shown(source), source);
});

test('of a very long line only what is around the column is shown', () => {
  const source = `${'a'.repeat(5000)}!${'b'.repeat(5000)}`;
  const lines = problemText(
    problem({ place: { file: 'p.yaml', line: 1, column: 5001, source } }),
    false,
  ).split('\n');
  assert.equal(lines[2], `  1 | …${'a'.repeat(50)}!${'b'.repeat(49)}…`);
  assert.equal(lines[3], `    | ${' '.repeat(51)}^`);
});

test('a line that fits is shown whole, wherever the column is', () => {
  const source = 'a'.repeat(100);
  assert.deepEqual(
    problemText(problem({ place: { file: 'p.yaml', line: 1, column: 90, source } }), false)
      .split('\n')
      .slice(2),
    [`  1 | ${source}`, `    | ${' '.repeat(89)}^`],
  );
});

test('a place without a line, and a warning', () => {
  assert.equal(
    warningText(problem({ place: { file: 'pipeline.yaml' } }), false),
    'warning[no-pipeline]: it went wrong\n  → pipeline.yaml',
  );
});

test('colours', () => {
  assert.equal(
    problemText(problem({}), true),
    '\u001b[31merror\u001b[39m\u001b[2m[no-pipeline]\u001b[22m: \u001b[1mit went wrong\u001b[22m',
  );
});
