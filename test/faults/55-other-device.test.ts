import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { legacyFileDigest, withLegacyObjects } from '../../src/dvc/dvc.ts';
import { makeStore } from '../cache/store-space.ts';
import { folderOnOtherDevice } from '../other-device.ts';
import { patchFs } from '../patched-fs.ts';
import { makeWorkspace } from '../workspace.ts';

test('kinds of links are tried in their order; one that is not possible is named once', async (t) => {
  const dir = folderOnOtherDevice(t);
  if (dir === undefined) return;
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `config: {cache: {dir: ${dir}, links: [reflink, hardlink, symlink]}}
stages:
  s: {cmd: mkdir o && echo 1 > o/a && echo 2 > o/b, outs: [o]}
`,
  });
  const kindsNamed = async (...args: readonly string[]): Promise<unknown> => {
    const { stderr, stdout } = await workspace.expect(0, ...args);
    assert.doesNotMatch(stderr, /error\[/);
    const warnings = (stdout + stderr).matchAll(/outputs cannot be ([a-z() ]+) of objects/g);
    return [...warnings].map(([, kind]) => kind);
  };
  const both = ['clones (reflinks)', 'hard links'];
  assert.deepEqual(await kindsNamed('repro'), both);
  workspace.remove('o');
  assert.deepEqual(await kindsNamed('checkout'), both);
  workspace.write('data', 'text\n');
  assert.deepEqual(await kindsNamed('add', 'data'), both);
  for (const name of ['a', 'b']) assert.ok(lstatSync(workspace.path(`o/${name}`)).isSymbolicLink(), name);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
});

test('a DVC repository whose cache is elsewhere: damage is set aside, objects of DVC 2 are fetched', async (t) => {
  const dir = folderOnOtherDevice(t);
  if (dir === undefined) return;
  const name = 'b0/26324c6904b2a9cb4b88d6d61c81d1';
  const workspace = makeWorkspace(t, {
    '.dvc/config': `[core]\n    no_scm = True\n    remote = r\n['remote "r"']\n    url = ../remote\n[cache]\n    dir = ${dir}\n`,
    'dvc.yaml': 'stages: {s: {cmd: echo 1 > o, outs: [o]}}\n',
    [`remote/${name}`]: '1\n',
  });
  await workspace.expect(0, 'repro');
  const object = `${dir}/files/md5/${name}`;
  chmodSync(object, 0o644);
  writeFileSync(object, '2\n');
  assert.match((await workspace.expect(1, 'verify')).stdout, /1 damaged and set aside/);
  assert.deepEqual([existsSync(object), workspace.read('o')], [false, '1\n']);
  const lock = workspace.read('dvc.lock');
  workspace.write('dvc.lock', lock.replace(/^ +hash: md5\n/m, ''));
  assert.match((await workspace.expect(0, 'fetch')).stdout, /^Fetched 1 object /);
  assert.equal(readFileSync(`${dir}/${name}`, 'utf8'), '1\n');
});

test('objects of DVC 2 come to a workspace on another device, where they are not read as a whole', async (t) => {
  const dir = folderOnOtherDevice(t);
  if (dir === undefined) return;
  const space = makeStore(t, { layout: 'dvc' });
  const both = withLegacyObjects({
    ...space,
    hasher: space.files,
    scratch: space.path('.dvc/tmp/pipe/placing'),
  });
  space.write('text', 'one\r\n');
  const content = { digest: legacyFileDigest(space.path('text')), size: 0, legacy: true } as const;
  await both.store(space.path('text'), content);
  writeFileSync(`${dir}/back`, 'former');
  patchFs(t, 'readFileSync', () => () => {
    throw Object.assign(new Error('larger than 2 GiB'), { code: 'ERR_FS_FILE_TOO_LARGE' });
  });
  assert.equal(await both.restore(content, `${dir}/back`), 'restored');
  assert.equal(legacyFileDigest(`${dir}/back`), content.digest);
  assert.deepEqual(readdirSync(dir), ['back']);
});

for (const link of ['reflink', 'hardlink', 'symlink'] as const) {
  test(`${link}: a cache on another device keeps and gives the same bytes`, async (t) => {
    const dir = folderOnOtherDevice(t);
    if (dir === undefined) return;
    const space = makeStore(t, { dir, links: [link] });
    space.write('out/a', 'a');
    space.write('out/run', 'r', 0o755);
    space.write('out/large', Buffer.alloc(5 << 20, 3));
    const content = await space.keep('out');
    assert.deepEqual(await space.files.look(space.path('out')), content);
    assert.equal(await space.store.restore(content, space.path('again')), 'restored');
    assert.deepEqual(await space.files.look(space.path('again')), content);
    assert.equal(lstatSync(space.path('again/a')).isSymbolicLink(), link === 'symlink');
    assert.equal(readFileSync(space.path('again/a'), 'utf8'), 'a');
    // Nothing is left beside the files, where it would count as part of the directory.
    assert.deepEqual(space.list('again'), ['a', 'large', 'run']);
    assert.deepEqual(
      space.list('.').filter((name) => name.includes('.tmp')),
      [],
    );
  });
}
