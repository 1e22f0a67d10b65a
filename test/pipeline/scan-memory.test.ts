import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { hash } from 'node:crypto';
import { ScanMemory } from '../../src/pipeline/pipeline.ts';

function memoryFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-scans-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state/imports.db');
}

/** A scan that counts its calls: it finds the words of the text. */
function words(): { readonly scan: (text: string) => string[]; readonly count: () => number } {
  let count = 0;
  return {
    scan(text) {
      count += 1;
      return text.split(' ');
    },
    count: () => count,
  };
}

/** @returns how many scans a new memory of the file needed for these texts. */
function scansOf(file: string, texts: readonly string[], scanner = 'one'): number {
  const memory = new ScanMemory(file, scanner);
  const { scan, count } = words();
  for (const text of texts) assert.deepEqual(memory.scanned('script', text, scan), text.split(' '));
  memory.save();
  return count();
}

test('a text is scanned once, whatever file it is in, until it changes', (t) => {
  const file = memoryFile(t);
  assert.equal(scansOf(file, ['a b', 'c', 'a b']), 2);
  assert.equal(scansOf(file, ['c', 'a b']), 0);
  assert.equal(scansOf(file, ['c', 'a b d']), 1);
  assert.equal(scansOf(file, ['a b', 'a b d', 'c']), 0);
});

test('another scanner and another language scan again', (t) => {
  const file = memoryFile(t);
  scansOf(file, ['a']);
  assert.equal(scansOf(file, ['a'], 'two'), 1);
  const { scan, count } = words();
  new ScanMemory(file, 'one').scanned('python', 'a', scan);
  assert.equal(count(), 1);
});

const damages: readonly (readonly [string, (text: string) => string])[] = [
  ['is empty', () => ''],
  ['is cut off', (text) => text.slice(0, -70)],
  ['has another byte', (text) => text.replace('["a","b"]', '["a","x"]')],
  ['has another format', (text) => sealed(text.replace(/^pipe-imports\/1/, 'pipe-imports/2'))],
  ['has no JSON under a right checksum', (text) => sealed(text.replace('["a","b"]', '["a",'))],
  ['has no list of texts under a right checksum', (text) => sealed(text.replace('["a","b"]', '["a",1]'))],
  ['has no list under a right checksum', (text) => sealed(text.replace('["a","b"]', 'null'))],
  ['has lines without fields under a right checksum', (text) => sealed(text.replaceAll('\t', ' '))],
];

function sealed(text: string): string {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1);
  return lines + hash('sha256', lines);
}

for (const [what, damage] of damages) {
  test(`a memory that ${what} is ignored and rebuilt`, (t) => {
    const file = memoryFile(t);
    scansOf(file, ['a b']);
    assert.equal(scansOf(file, ['a b']), 0);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, damage(text));
    assert.notEqual(readFileSync(file, 'utf8'), text);
    assert.equal(scansOf(file, ['a b']), 1);
    assert.equal(scansOf(file, ['a b']), 0);
  });
}

test('what was not used for months is dropped, what is used stays', (t) => {
  const file = memoryFile(t);
  scansOf(file, ['old', 'used']);
  const day = Math.floor(Date.now() / 86_400_000);
  writeFileSync(file, sealed(readFileSync(file, 'utf8').replaceAll(`\t${day}\t`, `\t${day - 61}\t`)));
  assert.equal(scansOf(file, ['used', 'new']), 1);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /"old"/);
  assert.equal(scansOf(file, ['used']), 0);
  // Each use counts from now on, also long before it would be dropped.
  writeFileSync(file, sealed(readFileSync(file, 'utf8').replaceAll(`\t${day}\t`, `\t${day - 30}\t`)));
  scansOf(file, ['used']);
  assert.match(readFileSync(file, 'utf8'), new RegExp(`\t${day}\t\\["used"\\]`));
});
