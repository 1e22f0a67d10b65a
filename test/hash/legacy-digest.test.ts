import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { legacyFileDigest } from '../../src/dvc/dvc.ts';
import { md5 } from './digests.ts';

test('text has its line ends normalised, everything else does not', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-legacy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const digestOf = (bytes: string | Buffer): string => {
    writeFileSync(join(folder, 'file'), bytes);
    return legacyFileDigest(join(folder, 'file'));
  };
  assert.equal(digestOf(''), md5(''));
  assert.equal(digestOf('a\r\nb\rc\r\n'), md5('a\nb\rc\n'));
  assert.equal(digestOf('a\0\r\n'), md5('a\0\r\n'));
  // 30 of 100 bytes that are not text are few enough, 31 are not.
  const mixed = (odd: number): Buffer =>
    Buffer.concat([Buffer.alloc(odd, 0xe9), Buffer.from('\r\n'.padEnd(100 - odd, 'x'))]);
  assert.equal(
    digestOf(mixed(30)),
    md5(Buffer.from(mixed(30).toString('latin1').replace('\r\n', '\n'), 'latin1')),
  );
  assert.equal(digestOf(mixed(31)), md5(mixed(31)));
  // Only the beginning decides.
  const later = (end: string): Buffer =>
    Buffer.concat([Buffer.from(`${'x'.repeat(510)}${end}`), Buffer.alloc(2000, 0xe9), Buffer.from(end)]);
  assert.equal(digestOf(later('\r\n')), md5(later('\n')));
  // Backspace, tab, line feed, form feed and carriage return are text; a bell, a vertical tab, an escape and DEL are not.
  const filled = (byte: number): Buffer => Buffer.concat([Buffer.alloc(98, byte), Buffer.from('\r\n')]);
  for (const byte of [8, 9, 10, 12, 13, 32, 126])
    assert.notEqual(digestOf(filled(byte)), md5(filled(byte)), String(byte));
  for (const byte of [7, 11, 14, 27, 31, 127]) assert.equal(digestOf(filled(byte)), md5(filled(byte)));
});

test('each mebibyte is judged by itself, and a line end on the border stays', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-legacy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const first = Buffer.from(`${'x'.repeat(2 ** 20 - 1)}\r`);
  const second = Buffer.from(`\nmore\r\n`);
  const third = Buffer.from('\0\r\n');
  writeFileSync(join(folder, 'file'), Buffer.concat([first, second]));
  assert.equal(legacyFileDigest(join(folder, 'file')), md5(Buffer.concat([first, Buffer.from('\nmore\n')])));
  writeFileSync(join(folder, 'file'), Buffer.concat([first, third]));
  assert.equal(legacyFileDigest(join(folder, 'file')), md5(Buffer.concat([first, third])));
});
