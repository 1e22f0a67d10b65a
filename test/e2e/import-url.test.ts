// `pipe import-url`, `pipe update` and what `pipe status` says of sources, in a project of our own and in a DVC repository.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import { patchFs } from '../patched-fs.ts';
import { startSourceServer } from './source-server.ts';

import { dvc, own, PIPELINE } from './import-url-projects.ts';

for (const [name, make, file] of [
  ['a project of our own', own, 'pipeline.yaml'],
  ['a DVC repository', dvc, 'data/raw.csv.dvc'],
] as const) {
  const testFurther = make === own ? test : testInWhole;
  testFurther(`in ${name}, a file of a server is imported, checked and updated`, async (t) => {
    const server = await startSourceServer(t);
    server.files.set('raw.csv', 'a,b\n');
    const { root, path, expect, read, repro, remove } = make(t);
    const imported = await expect(0, 'import-url', `${server.url}raw.csv`, 'data/raw.csv');
    assert.match(imported.stdout, /Imported 'data\/raw.csv' \(4 B\) from http:/);
    assert.equal(read('data/raw.csv'), 'a,b\n');
    assert.ok(existsSync(`${root}/${file}`));
    assert.deepEqual((await repro()).ran, ['count']);
    assert.deepEqual((await repro()).ran, []);
    const { stdout: fresh } = await expect(0, 'status');
    assert.doesNotMatch(fresh, /source/);

    server.files.set('raw.csv', 'a,b\n1,2\n');
    const { stdout: changed } = await expect(0, 'status');
    assert.match(changed, /its source has changed: http:.*pipe update/);
    assert.deepEqual((await repro()).ran, [], 'an import changes only when it is updated');
    const before: string[] = [];
    const restore = patchFs(t, 'renameSync', (real) => (from, to) => {
      if (to === path('data/raw.csv')) before.push(read('data/raw.csv'));
      real(from, to);
    });
    assert.match((await expect(0, 'update', 'data/raw.csv')).stdout, /Updated 'data\/raw.csv' \(8 B\)/);
    restore();
    assert.deepEqual(before, ['a,b\n'], 'whoever is killed leaves the old one or the new one');
    assert.equal(read('data/raw.csv'), 'a,b\n1,2\n');
    assert.deepEqual((await repro()).ran, ['count']);
    assert.match((await expect(0, 'update')).stdout, /http:.* has nothing new/);

    server.files.set('raw.csv', 'not downloaded');
    await expect(0, 'update', '--no-download');
    assert.throws(() => read('data/raw.csv'), /ENOENT/, 'a run would record it as what the source has now');
    server.files.set('raw.csv', 'a,b\n1,2\n');
    await expect(0, 'update');

    remove('data/raw.csv');
    await expect(0, 'checkout');
    assert.equal(read('data/raw.csv'), 'a,b\n1,2\n', 'the cache has it');
    remove('data/raw.csv');
    await expect(0, 'update');
    assert.equal(read('data/raw.csv'), 'a,b\n1,2\n', 'the source has nothing new, the workspace lacks it');
    server.files.delete('raw.csv');
    assert.match((await expect(0, 'status')).stdout, /its source is gone/);
    assert.match((await expect(1, 'update')).stderr, /source-missing/);
    assert.equal(read('data/raw.csv'), 'a,b\n1,2\n');
  });

  testInWhole(`in ${name}, an import can be declared or recorded before it is brought`, async (t) => {
    const server = await startSourceServer(t);
    server.files.set('raw.csv', 'one');
    const { expect, read, root } = make(t);
    await expect(0, 'import-url', '--no-exec', `${server.url}raw.csv`, 'data/raw.csv');
    assert.equal(server.asked.length, 0);
    assert.match((await expect(0, 'status')).stdout, /new/);
    assert.match((await expect(1, 'pull')).stderr, /imported without its data[^]*`pipe update data/);
    await expect(0, 'import-url', '--no-download', `${server.url}raw.csv`, 'data/other.csv');
    assert.ok(!existsSync(`${root}/data/other.csv`));
    server.files.set('raw.csv', 'three');
    assert.match((await expect(0, 'status')).stdout, /other.csv.*source has changed/);
    server.files.set('raw.csv', 'one');
    assert.match((await expect(0, 'pull', 'data/other.csv')).stdout, /^A\tdata\/other\.csv\n$/);
    server.files.set('raw.csv', 'three');
    await expect(0, 'update');
    assert.equal(read('data/raw.csv'), 'three');
    assert.equal(read('data/other.csv'), 'three');
    assert.doesNotMatch((await expect(0, 'status')).stdout, /data\//);
  });

  testInWhole(`in ${name}, data that was edited by hand is recorded with its origin`, async (t) => {
    const server = await startSourceServer(t);
    server.files.set('raw.csv', 'one');
    const { expect, read, write } = make(t);
    await expect(0, 'import-url', `${server.url}raw.csv`, 'data/raw.csv');
    write('data/raw.csv', 'by hand');
    assert.match((await expect(0, 'status')).stdout, /out modified/);
    await expect(0, 'commit', '-f', 'data/raw.csv');
    assert.doesNotMatch((await expect(0, 'status')).stdout, /source has changed/);
    const changed = async (text: string, ...command: string[]): Promise<void> => {
      write('data/raw.csv', `${text} by hand`);
      server.files.set('raw.csv', text);
      const { stderr } = await expect(0, ...command, 'data/raw.csv');
      assert.doesNotMatch(stderr, /source/);
      const has = (await expect(0, 'status')).stdout.includes('its source has changed');
      // As DVC, which takes note of what the source has now; here it can still be brought.
      assert.equal(has, make === own, text);
    };
    await changed('committed', 'commit', '-f');
    await changed('run', 'repro');
    if (file.endsWith('.dvc')) {
      server.files.delete('raw.csv');
      write('data/raw.csv', 'by hand again');
      const gone = await expect(0, 'commit', 'data/raw.csv');
      assert.match(
        gone.stderr,
        /source-missing\]: data\/raw\.csv\.dvc: 'http.*' does not exist, so the record keeps/,
      );
      assert.match((await expect(0, 'status')).stdout, /its source is gone/);
      server.files.set('raw.csv', 'run');
      assert.doesNotMatch((await expect(0, 'status')).stdout, /its source/);
      // DVC says so of a declaration that was edited, until its checksum fits.
      write(file, read(file).replace('  path: raw.csv\n', '  path: raw.csv\n  push: false\n'));
      const before = read(file);
      assert.match((await expect(0, 'commit', file)).stdout, /^Recorded: data\/raw\.csv\.dvc$/m);
      assert.equal(read(file).replace(/^md5: .*/m, ''), before.replace(/^md5: .*/m, ''));
      assert.match((await expect(0, 'commit', file)).stdout, /^Nothing to record/);
    }
    server.files.set('raw.csv', 'two');
    assert.match((await expect(0, 'status')).stdout, /source has changed/);
    await expect(0, 'update');
    assert.equal(read('data/raw.csv'), 'two');
  });

  testFurther(`in ${name}, a folder is imported with what is in it, and updated`, async (t) => {
    const { expect, read, write, root, path } = make(t);
    const source = makeWorkspaceMostlyHere(t, { 'd/one': '1', 'd/in/two': '2' });
    await expect(0, 'import-url', source.path('d'), 'data/d');
    assert.equal(read('data/d/in/two'), '2');
    source.write('d/in/three', '3');
    source.remove('d/one');
    assert.match((await expect(0, 'status')).stdout, /source has changed/);
    await expect(0, 'update');
    assert.deepEqual(readdirSync(path('data/d')).sort(), ['in']);
    assert.equal(read('data/d/in/three'), '3');
    write('data/d/mine', 'by hand');
    source.write('d/one', '4');
    const { stderr } = await expect(0, 'update');
    assert.match(stderr, /saved/);
    assert.ok(!existsSync(`${root}/data/d/mine`));
    assert.match((await expect(0, 'cache', 'saved')).stdout, /data\/d/);
  });
}

testInWhole(
  'an import of a .dvc file that is not frozen follows its source in a run, as with DVC',
  async (t) => {
    const server = await startSourceServer(t);
    server.files.set('raw.csv', 'one');
    const { expect, read, repro, write } = dvc(t);
    await expect(0, 'import-url', `${server.url}raw.csv`, 'data/raw.csv');
    await repro();
    server.files.set('raw.csv', 'three');
    assert.deepEqual((await repro()).ran, [], 'it is frozen');
    write('data/raw.csv.dvc', read('data/raw.csv.dvc').replace('frozen: true\n', ''));
    const dry = await expect(0, 'repro', '--dry');
    assert.match(dry.stdout + dry.stderr, /source of 'data\/raw.csv.dvc' has changed: a run brings it first/);
    assert.equal(read('data/raw.csv'), 'one');
    assert.deepEqual((await repro()).ran, ['count']);
    assert.equal(read('data/raw.csv') + read('count'), 'three5\n');
    const asked = server.asked.length;
    assert.deepEqual((await repro()).ran, []);
    assert.ok(server.asked.slice(asked).every(({ method }) => method === 'HEAD'));
    server.files.delete('raw.csv');
    assert.match((await expect(1, 'repro')).stderr, /source-missing/);
    assert.equal(read('data/raw.csv'), 'three');
  },
);

test('what exists is not replaced without --force, and is saved with it', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('raw.csv', 'theirs');
  const { expect, read, write, remove } = own(t);
  write('data/raw.csv', 'mine');
  const { stderr } = await expect(1, 'import-url', `${server.url}raw.csv`, 'data');
  assert.match(stderr, /import-exists/);
  assert.equal(read('data/raw.csv'), 'mine');
  // Nor where nothing comes in its place.
  const gone = ['import-url', '--force', `${server.url}gone`, 'data/raw.csv'];
  assert.match((await expect(1, ...gone)).stderr, /source-missing/);
  assert.equal(read('data/raw.csv'), 'mine');
  const forced = await expect(0, 'import-url', '--force', `${server.url}raw.csv`, 'data');
  assert.equal(read('data/raw.csv'), 'theirs');
  const [, id] = /pipe cache restore (\w+)/.exec(forced.stderr)!;
  await expect(0, 'cache', 'restore', id!, 'back');
  assert.equal(read('back'), 'mine');

  // An earlier version that only the workspace has, too.
  server.files.set('raw.csv', 'newer');
  remove('cache/objects');
  assert.match((await expect(0, 'update')).stderr, /pipe cache restore/);
  assert.equal(read('data/raw.csv'), 'newer');
});

test('a failed import leaves nothing behind', async (t) => {
  const server = await startSourceServer(t);
  const { expect, read, root } = own(t);
  assert.match((await expect(1, 'import-url', `${server.url}none`)).stderr, /source-missing/);
  server.answer = (_request, response) => {
    response.writeHead(403).end();
    return true;
  };
  assert.match((await expect(1, 'import-url', `${server.url}secret`)).stderr, /source-refused.*\n.*403/s);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  assert.match((await expect(1, 'import-url', `http://127.0.0.1:${port}/x`)).stderr, /source-unreachable/);
  assert.equal(read('pipeline.yaml'), PIPELINE);
  assert.deepEqual(
    readdirSync(root).filter((name) => !['cache', 'data', 'pipeline.yaml'].includes(name)),
    [],
  );
});

test('data that could not be declared does not stay, nor do folders that were made for it', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('raw', 'theirs');
  const { expect, root, path, read } = own(t);
  const restore = patchFs(t, 'renameSync', (real) => (from, to) => {
    if (to === path('pipeline.yaml')) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    real(from, to);
  });
  await expect(1, 'import-url', `${server.url}raw`, 'new/folder/raw');
  restore();
  assert.equal(read('pipeline.yaml'), PIPELINE);
  assert.deepEqual(readdirSync(root).sort(), ['cache', 'data', 'pipeline.yaml']);
});

test('a path outside of the project, or behind a link, is refused', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('x', 'x');
  const { expect, path } = own(t);
  const outside = makeWorkspaceMostlyHere(t, {});
  symlinkSync(outside.root, path('away'));
  const beside = `../${basename(outside.root)}/x`;
  assert.match((await expect(1, 'import-url', `${server.url}x`, beside)).stderr, /import-refused/);
  assert.match((await expect(1, 'import-url', `${server.url}x`, 'away/x')).stderr, /import-refused/);
  assert.match((await expect(1, 'import-url', server.url)).stderr, /has no name/);
  assert.deepEqual(readdirSync(outside.root), []);
  outside.write('x', 'mine');
  assert.match((await expect(1, 'import-url', `${server.url}x`, outside.path('x'))).stderr, /import-refused/);
  for (const own of [
    '.git/hooks/x',
    '.dvc/x',
    'cache/x',
    'sub/pipeline.yaml',
    'sub/.gitignore',
    '.pipeignore',
  ])
    assert.match((await expect(1, 'import-url', `${server.url}x`, own)).stderr, /import-refused/, own);
  assert.equal(server.asked.length, 0);
});

test('executable files stay executable in a project of our own, and paths are relative to their file', async (t) => {
  const { expect, path, read, write } = own(t);
  const source = makeWorkspaceMostlyHere(t, { tool: '#!/bin/sh\n' });
  await expect(0, 'import-url', source.path('tool'));
  assert.ok((statSync(path('tool')).mode & 0o100) !== 0);
  assert.ok(lstatSync(path('tool')).isFile());
  write('sub/pipeline.yaml', 'stages: {}\n');
  write('data/shared.txt', 'shared');
  const { code, stderr } = await runPipeMostlyHere(path('sub'), [
    'import-url',
    '../data/shared.txt',
    'copy.txt',
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(read('sub/copy.txt'), 'shared');
  assert.match(read('sub/pipeline.yaml'), /path: copy\.txt\n\s+from: \.\.\/data\/shared\.txt$/m);
});

test('what was not imported is not updated', async (t) => {
  const { expect } = own(t);
  assert.match((await expect(1, 'update', 'count')).stderr, /not-an-import/);
  assert.match((await expect(0, 'update')).stdout, /^$/);
});
