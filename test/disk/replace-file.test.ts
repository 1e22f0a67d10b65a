import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { patchFs } from '../patched-fs.ts';
import { replaceFile } from '../../src/disk/disk.ts';
import { folderOnOtherDevice } from '../other-device.ts';

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-replace-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const text = (file: string): string => readFileSync(file, 'utf8');
const mode = (file: string): number => statSync(file).mode & 0o7777;

test('a new file has the permissions of the umask, a replaced one those that it had', (t) => {
  const folder = makeFolder(t);
  const [fresh, plain] = [join(folder, 'fresh'), join(folder, 'plain')];
  writeFileSync(plain, '');
  replaceFile(fresh, 'new');
  assert.equal(mode(fresh), mode(plain));
  chmodSync(fresh, 0o750);
  replaceFile(fresh, 'newer', { durable: true });
  assert.deepEqual([text(fresh), mode(fresh)], ['newer', 0o750]);
  if (process.getuid?.() === 0) {
    chownSync(fresh, 1234, 1234);
    replaceFile(fresh, 'of its owner');
    assert.deepEqual([statSync(fresh).uid, statSync(fresh).gid, mode(fresh)], [1234, 1234, 0o750]);
    chownSync(fresh, 0, 1234);
    replaceFile(fresh, 'of its group');
    assert.deepEqual([statSync(fresh).uid, statSync(fresh).gid], [0, 1234]);
  }
  replaceFile(fresh, { pieces: () => ['new', 'e', 'st'] }, { mode: 0o444 });
  assert.deepEqual([text(fresh), mode(fresh)], ['newest', 0o444]);
  // A copy has the permissions of what is copied; in place of a file, those of that file.
  replaceFile(join(folder, 'copy'), { copyOf: fresh });
  replaceFile(plain, { copyOf: fresh });
  assert.deepEqual([mode(join(folder, 'copy')), text(plain)], [0o444, 'newest']);
  assert.notEqual(mode(plain), 0o444);
  assert.deepEqual(readdirSync(folder).sort(), ['copy', 'fresh', 'plain']);
});

test('a symlink stays and its file is replaced, unless the link itself is to be replaced', (t) => {
  const folder = makeFolder(t);
  const [file, link, nowhere] = ['file', 'link', 'nowhere'].map((name) => join(folder, name));
  writeFileSync(file!, 'old');
  symlinkSync('file', link!);
  symlinkSync('missing', nowhere!);
  replaceFile(link!, 'new');
  assert.ok(lstatSync(link!).isSymbolicLink());
  assert.equal(text(file!), 'new');
  replaceFile(link!, 'own', { replaceLink: true });
  assert.ok(lstatSync(link!).isFile());
  assert.deepEqual([text(link!), text(file!)], ['own', 'new']);
  replaceFile(nowhere!, 'here');
  assert.ok(lstatSync(nowhere!).isFile());
});

test('a failure at any step leaves the old file and no other', (t) => {
  const folder = makeFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'old');
  writeFileSync(join(folder, 'left.new'), 'of a crash');
  const steps: string[] = [];
  const replace = (failing?: string): void =>
    replaceFile(file, 'new', {
      temporary: join(folder, 'left.new'),
      durable: true,
      fault(step) {
        steps.push(step);
        if (step === failing) throw Object.assign(new Error(step), { code: 'ENOSPC' });
      },
    });
  for (const step of ['write file', 'flush', 'rename file']) {
    assert.throws(() => replace(step), { code: 'ENOSPC' });
    assert.equal(text(file), 'old');
    assert.deepEqual(readdirSync(folder), ['file']);
  }
  steps.length = 0;
  replace();
  assert.equal(text(file), 'new');
  assert.deepEqual(readdirSync(folder), ['file']);
  // The file before it gets its name, its folder after.
  assert.deepEqual(steps, ['write file', 'flush', 'rename file', 'flush']);
});

test('a temporary file on another file system', (t) => {
  const other = folderOnOtherDevice(t);
  if (other === undefined) return;
  const folder = makeFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'old', { mode: 0o600 });
  replaceFile(file, 'new', { temporary: join(other, 'file.new'), durable: true });
  assert.deepEqual([text(file), mode(file)], ['new', 0o600]);
  assert.deepEqual([readdirSync(folder), readdirSync(other)], [['file'], []]);
});

test('what comes by another file system is as if it did not', (t) => {
  const folder = makeFolder(t);
  const [file, temporary] = [join(folder, 'file'), join(folder, 'file.new')];
  writeFileSync(file, 'old', { mode: 0o600 });
  patchFs(t, 'renameSync', (real) => (from, to) => {
    if (from !== temporary) return real(from, to);
    throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
  });
  const steps: string[] = [];
  const fault = (step: string): void => void steps.push(step);
  replaceFile(file, 'new', { temporary, mode: 0o640, time: 1_000_500, durable: true, fault });
  assert.deepEqual([text(file), mode(file), statSync(file).mtimeMs], ['new', 0o640, 1_000_500]);
  assert.deepEqual(steps.slice(-4), ['write file', 'flush', 'rename file', 'flush']);
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('a name as long as the file system allows', (t) => {
  const file = join(makeFolder(t), 'ä'.repeat(127));
  replaceFile(file, 'one');
  replaceFile(file, 'two');
  assert.equal(text(file), 'two');
});

test('what a crash left in the temporary file is overwritten', (t) => {
  const folder = makeFolder(t);
  const [file, temporary] = [join(folder, 'file'), join(folder, 'file.new')];
  writeFileSync(temporary, 'of a dead process, and longer than the text');
  replaceFile(file, 'new', { temporary, durable: true });
  assert.equal(text(file), 'new');
  assert.deepEqual(readdirSync(folder), ['file']);
  const other = makeFolder(t);
  writeFileSync(join(other, 'precious'), 'precious');
  symlinkSync(join(other, 'precious'), temporary);
  replaceFile(file, 'newer', { temporary });
  assert.deepEqual([text(file), text(join(other, 'precious'))], ['newer', 'precious']);
});
