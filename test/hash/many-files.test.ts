// Folders of many files are looked at from inside of them: of that nothing is to be seen outside.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import test from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { FoundFile, signatureOf, StatNumbers } from '../../src/hash/hash.ts';
import { makeSpace, type Space } from './space.ts';

const FILES = 50;

function writeMany(space: Space): void {
  for (let index = 0; index < FILES; index += 1)
    for (const folder of ['d', 'd/inner', 'd/inner/deep'])
      space.write(`${folder}/${index}`, `${folder} ${index}`);
}

test('the process is in its folder again, also after a failure', async (t) => {
  const space = makeSpace(t);
  writeMany(space);
  const home = process.cwd();
  const files = space.hasher('sha256');
  const content = await files.look(space.path('d'));
  assert.equal(content?.nfiles, 3 * FILES);
  assert.equal(process.cwd(), home);
  execFileSync('mkfifo', [space.path('d/inner/zz')]);
  await assert.rejects(files.look(space.path('d')), PipeError);
  assert.equal(process.cwd(), home);
});

test('the content is the same from wherever it is looked at, and where that folder is removed', async (t) => {
  const space = makeSpace(t);
  writeMany(space);
  const home = process.cwd();
  t.after(() => process.chdir(home));
  const content = await space.hasher('sha256').look(space.path('d'));
  for (const name of ['d', 'd/inner', 'elsewhere', 'gone']) {
    mkdirSync(space.path(name), { recursive: true });
    process.chdir(space.path(name));
    process.cwd(); // Node remembers it
    if (name === 'gone') rmSync(space.path('gone'), { recursive: true });
    assert.deepEqual(await space.hasher('sha256').look(space.path('d')), content);
  }
});

test('each file of very many counts in what is remembered of a folder', () => {
  const numbers = new StatNumbers();
  const files = Array.from({ length: 2100 }, (_, index) =>
    FoundFile.of(
      `f${index}`,
      { ino: BigInt(index), size: 1n, mtimeNs: 1n, ctimeNs: 1n, mode: 0n } as never,
      numbers,
    ),
  );
  const before = signatureOf(files);
  for (const index of [0, 1, 255, 256, 1023, 1024, 2047, 2048, 2099]) {
    for (const [name, change] of [
      ['f', { mtimeNs: 2n }],
      ['f', { ctimeNs: 2n }],
      ['f', { size: 2n }],
      ['F', {}],
    ] as const) {
      const changed = new StatNumbers();
      const stats = { ino: BigInt(index), size: 1n, mtimeNs: 1n, ctimeNs: 1n, mode: 0n, ...change };
      const others = files.map((file, at) =>
        at === index ? FoundFile.of(`${name}${index}`, stats as never, changed) : file.among(changed),
      );
      assert.notEqual(signatureOf(others), before, `${index} ${JSON.stringify(Object.keys(change))}`);
    }
  }
  const link = (target: string): string => signatureOf([{ kind: 'symlink', path: 'l', target }]);
  assert.notEqual(link('a'), link('b'));
  const folder = (path: string): string => signatureOf([{ kind: 'directory', path }]);
  assert.equal(new Set([folder('d'), folder('e'), signatureOf([])]).size, 3);
});
