import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { entriesOf, forgetEntries } from '../../src/disk/disk.ts';

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (let index = 0; index < 100; index += 1) writeFileSync(join(folder, `f${index}`), '');
  return folder;
}

const names = (folder: string): string[] =>
  entriesOf(folder).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));

test('a folder is listed once until its names change', (t) => {
  const folder = makeFolder(t);
  // Until the folder is older than a tick of the clock, each listing is another.
  while (entriesOf(folder) !== entriesOf(folder));
  writeFileSync(join(folder, 'new'), '');
  assert.ok(names(folder).includes('new'));
  rmSync(join(folder, 'new'));
  assert.ok(!names(folder).includes('new'));
  while (entriesOf(folder) !== entriesOf(folder));
  rmSync(join(folder, 'f1'));
  mkdirSync(join(folder, 'f1'));
  assert.ok(names(folder).includes('f1/'));
  while (entriesOf(folder) !== entriesOf(folder));
  const listed = entriesOf(folder);
  forgetEntries();
  assert.notEqual(entriesOf(folder), listed);
});

test('a folder whose times may not show the next change is listed again', (t) => {
  const folder = makeFolder(t);
  const soon = Date.now() / 1000 + 1000.5;
  utimesSync(folder, soon, soon);
  assert.notEqual(entriesOf(folder), entriesOf(folder));
});
