// What a refusal of the operating system says to a reader.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemProblem } from '../../src/disk/disk.ts';

const refused = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`${code}: refused`), { code, ...more });

test('who may not do something is told what to permit, as the place knows it; all else has hints of its own', () => {
  const context = { doing: 'look', path: '/a', denied: 'unreadable', permit: 'permit it' } as const;
  for (const code of ['EACCES', 'EPERM', 'EROFS']) {
    const { code: kind, hint } = systemProblem(refused(code), context)!;
    assert.deepEqual([kind, hint], ['unreadable', 'permit it']);
    assert.equal(systemProblem(refused(code))!.code, 'not-permitted');
  }
  const full = systemProblem(refused('ENOSPC', { path: '/b', syscall: 'write' }), context)!;
  assert.deepEqual([full.code, full.facts], ['disk-full', [['path', '/a'], ['system', 'ENOSPC']]]); // prettier-ignore
  assert.match(full.hint!, /^free some space/);
});

test('what was being done is said by the system call, where nobody says it better', () => {
  const titleOf = (syscall?: string): string =>
    systemProblem(refused('EIO', syscall === undefined ? {} : { syscall }))!.title;
  assert.deepEqual(['scandir', 'fsync', 'ioctl', undefined].map(titleOf), [
    'cannot list a folder: the disk reports an error',
    'cannot flush a file to the disk: the disk reports an error',
    'cannot call ioctl: the disk reports an error',
    'cannot continue: the disk reports an error',
  ]);
  const { error } = spawnSync('/none');
  assert.equal(systemProblem(error)!.title, 'cannot start /none: it does not exist');
});

test('an error of the system that has no words here has those of the system; no other error is one', () => {
  const unusual = systemProblem(refused('EXDEV', { errno: -18 }))!;
  assert.deepEqual(
    [unusual.code, unusual.title],
    ['system-error', 'cannot continue: cross-device link not permitted'],
  );
  assert.equal(systemProblem(refused('EMLINK'))!.title, 'cannot continue: EMLINK: refused');
  for (const error of [refused('EBADF'), refused('ERR_ASSERTION'), new Error('a'), 'EIO', undefined])
    assert.equal(systemProblem(error), undefined);
});

test('what is in the way is named: a file for a folder, a link that leads in a circle', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-refused-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('circle', join(folder, 'circle'));
  mkdirSync(join(folder, 'full/inside'), { recursive: true });
  const inTheWay = (work: () => void): unknown => {
    try {
      work();
    } catch (error) {
      const { code, facts } = systemProblem(error)!;
      return [code, facts!.flatMap(([name, value]) => (name === 'in the way' ? [value] : []))];
    }
    return undefined;
  };
  assert.deepEqual(
    [
      () => mkdirSync(join(folder, 'file/a/b'), { recursive: true }),
      () => mkdirSync(join(folder, 'file'), { recursive: true }),
      () => readFileSync(join(folder, 'circle/a')),
      () => rmdirSync(join(folder, 'full')),
    ].map(inTheWay),
    [
      ['file-in-the-way', [join(folder, 'file')]],
      ['file-in-the-way', []],
      ['system-error', [join(folder, 'circle')]],
      ['file-in-the-way', []],
    ],
  );
});
