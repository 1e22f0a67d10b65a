import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { anyText } from '../any-text.ts';
import { compareBytes, whyBadPath, whyBadTarget } from '../../src/hash/hash.ts';

test('paths are ordered as their UTF-8 bytes are', () => {
  fc.assert(
    fc.property(anyText(), anyText(), (a, b) => {
      assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  assert.ok(compareBytes('\u{1F600}', '\uFFFD') > 0);
});

test('a path that leaves its directory, or cannot exist, is refused', () => {
  const bad = [
    '',
    '.',
    '..',
    '../x',
    '/etc/x',
    'a/../../x',
    'a//b',
    'a/',
    './a',
    'C:\\x',
    'C:/x',
    'a\0b',
    'x'.repeat(256),
    'é'.repeat(128),
    'ab/'.repeat(1400) + 'c',
    '\ud800',
  ];
  for (const path of bad) assert.notEqual(whyBadPath(path), undefined, JSON.stringify(path));
  const good = [
    'a',
    'a/b',
    '...',
    '-x',
    ' ',
    'a\nb',
    '$(x)',
    '*',
    '"',
    "'",
    'e\u0301',
    'é',
    '😀',
    'x'.repeat(255),
    'a\\b',
    'con',
    'a:b',
  ];
  for (const path of good) assert.equal(whyBadPath(path), undefined, JSON.stringify(path));
});

test('a symlink must be relative and stay in the project', () => {
  const target = (to: string): string | undefined => whyBadTarget(to, '/p/out/sub/link', '/p');
  for (const to of ['', '/etc/passwd', '../../../x', '../../..', 'a/../../../../x', './../../../x', 'a\0b'])
    assert.notEqual(target(to), undefined, to);
  for (const to of ['x', '../x', '../../x', '../..', '..', './x', '../../../p/x'.slice(3)])
    assert.equal(target(to), undefined, to);
});
