import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { replaceFile } from '../../src/disk/replace-file.ts';
import { makeSpace } from '../hash/space.ts';

for (const durable of [true, false]) {
  test(`the mode of a file stays (durable: ${durable})`, (t) => {
    const space = makeSpace(t);
    const file = space.write('file', 'old');
    for (const mode of [0o600, 0o640, 0o664]) {
      chmodSync(file, mode);
      replaceFile(file, `new ${mode}`, { aside: space.path('aside'), durable });
      assert.equal(readFileSync(file, 'utf8'), `new ${mode}`);
      assert.equal((statSync(file).mode & 0o777).toString(8), mode.toString(8));
    }
    assert.equal(existsSync(space.path('aside')), false);
  });

  test(`a link stays one, and what it leads to is replaced (durable: ${durable})`, (t) => {
    const space = makeSpace(t);
    const real = space.write('real/file', 'old');
    mkdirSync(space.path('other'));
    symlinkSync('../real/file', space.path('other/link'));
    replaceFile(space.path('other/link'), 'new', { aside: space.path('aside'), durable });
    assert.ok(lstatSync(space.path('other/link')).isSymbolicLink());
    assert.ok(lstatSync(real).isFile());
    assert.equal(readFileSync(real, 'utf8'), 'new');
  });
}

test('what a crash left aside is overwritten, a file that does not exist is made', (t) => {
  const space = makeSpace(t);
  space.write('aside', 'of a dead process, and longer than the text');
  replaceFile(space.path('file'), 'new', { aside: space.path('aside'), durable: true });
  assert.equal(readFileSync(space.path('file'), 'utf8'), 'new');
});
