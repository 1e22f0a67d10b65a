import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LineAppender, removeLine } from '../../src/disk/disk.ts';
import { patchFs } from '../patched-fs.ts';

function fileOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-lines-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, '.gitignore');
}

test('lines that the file lacks are added, each on a line of its own', (t) => {
  const file = fileOf(t);
  const lines = new LineAppender();
  assert.equal(lines.append(file, '/a'), true);
  assert.equal(lines.append(file, '/a'), false);
  // Another program, without a newline at the end.
  appendFileSync(file, '/b');
  assert.equal(lines.append(file, '/b'), false);
  assert.equal(lines.append(file, '/c'), true);
  for (const line of ['/a', '/b', '/c']) assert.equal(lines.append(file, line), false);
  assert.equal(readFileSync(file, 'utf8'), '/a\n/b\n/c\n');
  writeFileSync(file, '/c\n');
  assert.equal(lines.append(file, '/a'), true);
  rmSync(file);
  assert.equal(lines.append(file, '/a/data'), true);
  assert.equal(lines.append(file, '/a'), true, 'a line that begins another one');
  assert.equal(readFileSync(file, 'utf8'), '/a/data\n/a\n');
});

test('a file that only we change is read once, however many lines are added', (t) => {
  const file = fileOf(t);
  let reads = 0;
  patchFs(
    t,
    'readFileSync',
    (real) =>
      ((...args: Parameters<typeof real>) => {
        if (args[0] === file) reads += 1;
        return real(...args);
      }) as typeof real,
  );
  const lines = new LineAppender();
  for (let n = 0; n < 1000; n += 1) lines.append(file, `/${n}`);
  assert.equal(reads, 1);
});

test('only the very line is removed, and a file without lines goes', (t) => {
  const file = fileOf(t);
  writeFileSync(file, '/data\n/data/raw\n# /data\n /a \n/a\n!/data');
  assert.equal(removeLine(file, '/dat'), false);
  assert.equal(removeLine(file, '/data'), true);
  assert.equal(readFileSync(file, 'utf8'), '/data/raw\n# /data\n /a \n/a\n!/data');
  assert.equal(removeLine(file, '/a'), true);
  assert.equal(readFileSync(file, 'utf8'), '/data/raw\n# /data\n!/data');
  writeFileSync(file, '/data\n/b\n');
  assert.equal(removeLine(file, '/data'), true);
  assert.equal(readFileSync(file, 'utf8'), '/b\n');
  writeFileSync(file, '/data\n');
  assert.equal(removeLine(file, '/data'), true);
  assert.equal(existsSync(file), false);
  assert.equal(removeLine(file, '/data'), false);
});
