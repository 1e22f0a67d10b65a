// `--to-remote` and `pipe add --out`: data of elsewhere that is declared and recorded here, and kept on a remote alone, or brought.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  globSync,
  readdirSync,
  rmSync,
  symlinkSync,
  linkSync,
  statSync,
} from 'node:fs';
import { test, type TestContext } from 'node:test';
import { startFileServer } from '../cache/remote/file-server.ts';
import { assertTrueObjects, leftovers, objectsIn } from '../cache/remote/shared-project.ts';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import { runPipe, startPipe, type TestWorkspace } from '../workspace.ts';
import { startSourceServer } from './source-server.ts';

interface Places {
  readonly project: TestWorkspace;
  readonly remote: TestWorkspace;
  readonly elsewhere: TestWorkspace;
}

const SOURCES = { 'scans/one': '1', 'scans/in/two': '22', 'raw.csv': 'a,b\n' };

function own(t: TestContext): Places {
  const [remote, other] = [makeWorkspaceMostlyHere(t, {}), makeWorkspaceMostlyHere(t, {})];
  const text = `config:
  remotes:
    shared: {url: ${remote.root}}
    other: {url: ${other.root}}
  remote: shared
`;
  const project = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': text });
  execFileSync('git', ['init', '-q'], { cwd: project.root });
  return { project, remote, elsewhere: makeWorkspaceMostlyHere(t, SOURCES) };
}

function dvc(t: TestContext): Places {
  const [remote, other] = [makeWorkspaceMostlyHere(t, {}), makeWorkspaceMostlyHere(t, {})];
  const config = `[core]\n    remote = shared\n['remote "shared"']\n    url = ${remote.root}\n['remote "other"']\n    url = ${other.root}\n`;
  const project = makeWorkspaceMostlyHere(t, { '.dvc/config': config });
  execFileSync('git', ['init', '-q'], { cwd: project.root });
  return { project, remote, elsewhere: makeWorkspaceMostlyHere(t, SOURCES) };
}

for (const [name, make] of [
  ['a project of our own', own],
  ['a DVC repository', dvc],
] as const) {
  const testFurther = make === own ? test : testInWhole;
  testFurther(`in ${name}, --to-remote keeps nothing here, and pull brings it`, async (t) => {
    const { project, elsewhere } = make(t);
    const server = await startSourceServer(t);
    server.files.set('big.csv', 'x'.repeat(300_000));
    const { expect, read } = project;
    await expect(0, 'add', '--to-remote', elsewhere.path('scans'), '-o', 'data/scans', '--desc', 'By hand');
    await expect(0, 'add', '--to-remote', elsewhere.path('raw.csv'));
    await expect(0, 'import-url', '--to-remote', `${server.url}big.csv`, 'data/big.csv');
    await expect(0, 'import-url', '--to-remote', '-j', '2', elsewhere.path('scans'), 'data/imported');
    const files = globSync('**', { cwd: project.root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    assert.deepEqual(
      files.filter((file) => /one|two|big\.csv$|raw\.csv$|^[0-9a-f]{30,}/.test(file)),
      [],
      'neither in the workspace nor in the cache',
    );
    assert.match((await expect(0, 'status')).stdout, /missing|not in cache/);
    for (const path of ['data/scans', 'data/imported', 'raw.csv', 'data/big.csv'])
      assert.equal(
        execFileSync('git', ['check-ignore', path], { cwd: project.root, encoding: 'utf8' }),
        `${path}\n`,
      );
    await expect(0, 'pull');
    assert.equal(read('data/scans/in/two'), '22');
    assert.equal(read('data/imported/one'), '1');
    assert.equal(read('raw.csv'), 'a,b\n');
    assert.equal(read('data/big.csv').length, 300_000);
    assert.match((await expect(0, 'status')).stdout, /up to date/);
    assert.match((await expect(0, 'push')).stdout, /has everything already/);
  });

  testFurther(`in ${name}, update --to-remote sends what is new, and says what is the same`, async (t) => {
    const { project, elsewhere } = make(t);
    const { expect, read } = project;
    await expect(0, 'import-url', '--to-remote', elsewhere.path('scans'), 'data/scans');
    const same = JSON.parse((await expect(0, 'update', '--to-remote', '--json')).stdout) as {
      imports: { what: string; digest: string }[];
    };
    assert.equal(same.imports[0]!.what, 'unchanged');
    elsewhere.write('scans/three', '333');
    const { imports } = JSON.parse(
      (await expect(0, 'update', '--to-remote', '--json')).stdout,
    ) as typeof same;
    assert.equal(imports[0]!.what, 'updated');
    assert.notEqual(imports[0]!.digest, same.imports[0]!.digest);
    assert.ok(!existsSync(project.path('data/scans')));
    rmSync(elsewhere.root, { recursive: true });
    await expect(0, 'pull');
    assert.equal(read('data/scans/three'), '333');
  });

  testFurther(`in ${name}, add --out brings a path or a URL, and records no origin`, async (t) => {
    const { project, elsewhere } = make(t);
    const server = await startSourceServer(t);
    server.files.set('raw.csv', 'one');
    const { expect, read } = project;
    await expect(0, 'add', `${server.url}raw.csv`, '-o', 'data/raw.csv');
    await expect(0, 'add', elsewhere.path('scans'), '-o', 'data');
    assert.equal(read('data/raw.csv'), 'one');
    assert.equal(read('data/scans/in/two'), '22', 'into a folder that exists');
    for (const file of globSync('**/*.{yaml,dvc,lock}', { cwd: project.root }))
      assert.doesNotMatch(read(file), /from:|deps:/, file);
    server.files.set('raw.csv', 'two');
    assert.match(
      (await expect(1, 'add', `${server.url}raw.csv`, '-o', 'data/raw.csv')).stderr,
      /import-exists/,
    );
    assert.equal(read('data/raw.csv'), 'one');
    project.write('data/raw.csv', 'by hand');
    const { stderr } = await expect(0, 'add', `${server.url}raw.csv`, '-o', 'data/raw.csv', '-f');
    assert.match(stderr, /saved data\/raw.csv/);
    assert.equal(read('data/raw.csv'), 'two');
    for (const path of ['data/raw.csv', 'data/scans']) project.remove(path);
    await expect(0, 'checkout');
    assert.equal(read('data/raw.csv'), 'two');
    assert.match((await expect(0, 'status')).stdout, /up to date/);
  });
}

testInWhole('folders keep their links, empty folders and programs', async (t) => {
  const { project, elsewhere } = own(t);
  elsewhere.write('scans/run', '#!/bin/sh\necho ran\n');
  chmodSync(elsewhere.path('scans/run'), 0o755);
  elsewhere.write('scans/empty/x', '');
  elsewhere.remove('scans/empty/x');
  symlinkSync('one', elsewhere.path('scans/link'));
  await project.expect(0, 'add', '--to-remote', elsewhere.path('scans'));
  await project.expect(0, 'pull');
  assert.equal(execFileSync(project.path('scans/run'), { encoding: 'utf8' }), 'ran\n');
  assert.deepEqual(readdirSync(project.path('scans')).sort(), ['empty', 'in', 'link', 'one', 'run']);
  assert.deepEqual(
    project.read('pipeline.lock').match(/[0-9a-f]{64}\.dir/g),
    [(JSON.parse((await project.expect(0, 'add', 'scans', '--json')).stdout) as Added).added[0]!.digest],
    'it is what adding it here gives',
  );
  await project.expect(0, 'add', elsewhere.path('scans'), '-o', 'copied');
  assert.equal(execFileSync(project.path('copied/run'), { encoding: 'utf8' }), 'ran\n');
});

interface Added {
  readonly added: readonly { readonly digest: string; readonly what: string }[];
}

test('a file is not changed by a link that is made to it while it is sent', async (t) => {
  const { project, elsewhere } = own(t);
  const server = await startFileServer(t);
  const raw = elsewhere.path('raw.csv');
  server.answer = ({ method }, _, { path }) => {
    // As for rclone.
    if (method === 'PUT' && path.startsWith('objects/')) linkSync(raw, elsewhere.path(`link-${Date.now()}`));
    return false;
  };
  project.write('pipeline.yaml', `config: {remotes: {web: {url: '${server.url}'}}}\n`);
  await project.expect(0, 'add', '--to-remote', '-r', 'web', raw, '-o', 'far.csv');
  assert.ok(statSync(raw).nlink > 1);
  assert.ok([...server.files.values()].some((bytes) => bytes.toString() === 'a,b\n'));
});

testInWhole('another remote is written down, and asked by pull', async (t) => {
  const { project, remote, elsewhere } = own(t);
  await project.expect(0, 'add', '--to-remote', '-r', 'other', elsewhere.path('scans'));
  await project.expect(0, 'import-url', '--to-remote', '-r', 'other', elsewhere.path('raw.csv'));
  assert.deepEqual(objectsIn(remote.root), []);
  assert.equal(project.read('pipeline.yaml').match(/remote: other/g)?.length, 2);
  await project.expect(0, 'pull');
  assert.equal(project.read('raw.csv'), 'a,b\n');
});

test('a source that fails, changes or is not waited for leaves nothing recorded, and no wrong object', async (t) => {
  const { project, remote } = own(t);
  const before = project.read('pipeline.yaml');
  const server = await startSourceServer(t);
  server.files.set('raw.csv', 'x'.repeat(1000));
  const stopped = startPipe(project.root, ['import-url', '--to-remote', `${server.url}raw.csv`]);
  server.answer = ({ method }) => method === 'GET' && stopped.kill('SIGINT');
  assert.deepEqual(await once(stopped, 'exit'), [130, null]);
  assert.deepEqual(leftovers(project), []);
  let asked = 0;
  server.answer = (request, response) => {
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'content-length': 1000, etag: `"${(asked += 1)}"` }).end();
      return true;
    }
    return false;
  };
  const { stderr } = await project.expect(1, 'import-url', '--to-remote', `${server.url}raw.csv`);
  assert.match(stderr, /source-changing/);
  assert.doesNotMatch(stderr, /did not end normally/);
  assert.match((await project.expect(1, 'add', '--to-remote', 'none')).stderr, /data-missing/);
  assert.match((await project.expect(1, 'import-url', '--to-remote', '/none')).stderr, /source-missing/);
  assert.equal(project.read('pipeline.yaml'), before);
  assertTrueObjects(remote.root);
  assert.deepEqual(leftovers(project), []);
});

test('a file that is written while it is sent is not recorded, and its wrong object goes', async (t) => {
  const { project, remote, elsewhere } = own(t);
  // The remote takes a copy after the file was hashed: the change comes between the two.
  const patch = makeWorkspaceMostlyHere(t, {
    'patch.cjs': `
const promises = require('node:fs/promises');
const { copyFile } = promises;
promises.copyFile = async (from, ...rest) => {
  require('node:fs').appendFileSync(from, 'more');
  return copyFile(from, ...rest);
};
require('node:module').syncBuiltinESMExports();
`,
  });
  const { code, stderr } = await runPipe(project.root, ['add', '--to-remote', elsewhere.path('raw.csv')], {
    NODE_OPTIONS: `--require ${patch.path('patch.cjs')}`,
  });
  assert.equal(code, 1);
  assert.match(stderr, /source-changing/);
  assert.deepEqual(objectsIn(remote.root), []);
  appendFileSync(elsewhere.path('raw.csv'), 'the last');
  await project.expect(0, 'add', '--to-remote', elsewhere.path('raw.csv'));
  await project.expect(0, 'pull');
  assert.equal(project.read('raw.csv'), elsewhere.read('raw.csv'));
});

test('what cannot be meant is refused', async (t) => {
  const { project, elsewhere } = own(t);
  const raw = elsewhere.path('raw.csv');
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['add', '--to-remote', raw, elsewhere.path('scans')], /one file or folder at a time/],
    [['add', '--to-remote', '--glob', `${elsewhere.root}/*`], /cannot be used with option '--glob'/],
    [['add', '--to-remote', '--no-commit', raw], /cannot be used with option '--no-commit'/],
    [['add', '-o', 'x', '--no-commit', raw], /cannot be used with option '--no-commit'/],
    [['add', '-j', '2', 'pipeline.yaml'], /nothing is transferred here/],
    [['add', '--to-remote', '-r', 'none', raw], /no-remote/],
    [['add', raw, '-o', '../outside'], /not inside of the project/],
    [['add', '--to-remote', 'ftp://host/x'], /'ftp:\/\/' is not supported/],
    [['import-url', '--to-remote', '--no-exec', raw], /cannot be used with option '--no-exec'/],
    [['import-url', '--to-remote', '--no-download', raw], /cannot be used with option '--no-download'/],
    [['import-url', '-r', 'other', raw], /nothing without it/],
    [['update', '-r', 'other'], /nothing without it/],
    [['update', '--to-remote', '--no-download'], /cannot be used with option '--no-download'/],
  ];
  for (const [args, said] of sampleOf(refusals, 3)) {
    const { code, stderr } = await project.pipe(...args);
    assert.notEqual(code, 0, args.join(' '));
    assert.match(stderr, said, args.join(' '));
  }
  assert.deepEqual(
    readdirSync(project.root).filter((name) => name !== 'cache' && name !== '.git'),
    ['pipeline.yaml'],
  );
  await project.expect(0, 'add', elsewhere.path('scans'), '-o', 'scans');
  assert.match(
    (await project.expect(1, 'add', '--to-remote', 'scans/one')).stderr,
    /'scans\/one' is a part of 'scans'/,
  );
});
