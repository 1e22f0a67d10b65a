// Links in place of folders of the cache, data that is missing, and outputs that became sources.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import { gitIn } from '../git.ts';

const FOLDERS = [
  'state/journal',
  'state',
  'logs',
  'tmp',
  'runs',
  'objects',
  'saved',
  'placing',
  'CACHEDIR.TAG',
];

for (const link of sampleOf(FOLDERS, 9))
  test(`no command follows a symbolic link in place of cache/${link}`, async (t) => {
    const workspace = makeWorkspaceMostlyHere(t, {
      'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > o, outs: [o]}\n',
      'docs/s/precious': 'precious',
    });
    mkdirSync(workspace.path(`cache/${link}/..`), { recursive: true });
    symlinkSync(workspace.path('docs'), workspace.path(`cache/${link}`));
    for (const command of [['repro'], ['gc'], ['gc', '--dry'], ['verify'], ['checkout'], ['status']])
      assert.match((await workspace.expect(1, ...command)).stderr, /cache-link[^]*is a symbolic link/);
    assert.deepEqual(
      new Set(readdirSync(workspace.path('docs'), { recursive: true, encoding: 'utf8' })),
      new Set(['s', 's/precious']),
    );
  });

test('the output of a dropped stage is a source where git tracks it or a stage reads it', async (t) => {
  const rest = '  use: {cmd: cat read.csv > o, deps: [read.csv], outs: [o]}\n';
  const gen = '  gen: {cmd: touch read.csv kept.csv "gone.csv", outs: [read.csv, kept.csv, gone.csv]}\n';
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': `stages:\n${gen}${rest}` });
  await workspace.repro();
  const git = gitIn(workspace.root);
  git('init', '-q');
  git('add', 'pipeline.yaml', 'pipeline.lock', 'kept.csv');
  git('commit', '-qm', 'x');
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  assert.deepEqual((await workspace.repro()).ran, []);
  assert.deepEqual(
    ['read.csv', 'kept.csv', 'gone.csv'].map((file) => existsSync(workspace.path(file))),
    [true, true, false],
  );
});

test('checkout brings everything but a metric that nothing keeps, and names that', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:
  s:
    cmd: echo 1 > a && echo 2 > m.json && echo 3 > z
    outs: [a, z]
    metrics: [{m.json: {cache: false}}]
`,
  });
  await workspace.repro();
  const digest = createHash('sha256').update('2\n').digest('hex');
  workspace.remove(`cache/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`);
  for (const file of ['a', 'm.json', 'z']) workspace.remove(file);
  const { stdout, stderr } = await workspace.expect(0, 'checkout');
  assert.match(stderr, /warning\[checkout-missing\][^]*'m\.json' of 's' is missing/);
  assert.doesNotMatch(stdout, /Everything is as/);
  assert.deepEqual([workspace.read('a'), workspace.read('z')], ['1\n', '3\n']);
});

testInWhole(
  'a cache that a group shares has folders and files for the group, as DVC makes them',
  async (t) => {
    const workspace = makeWorkspaceMostlyHere(t, {
      '.dvc/config': '[cache]\n    shared = group\n',
      'dvc.yaml': 'stages:\n  s: {cmd: echo 1 > o, deps: [d], outs: [o]}\n',
      d: 'd',
    });
    await workspace.repro();
    for (const entry of readdirSync(workspace.path('.dvc/cache'), { recursive: true, withFileTypes: true })) {
      const path = `${entry.parentPath}/${entry.name}`;
      const wanted = entry.isDirectory() ? 0o2775 : path.includes('/runs/') ? 0o664 : 0o444;
      assert.equal((statSync(path).mode & 0o7777).toString(8), wanted.toString(8), path);
    }
    assert.equal((statSync(workspace.path('.dvc/cache')).mode & 0o7777).toString(8), '2775');
  },
);

const versioned = `outs:
- path: data
  files:
  - size: 3
    version_id: v1
    etag: 9b2cf535f27731c974343645a3985328
    md5: ba1f2511fc30423bdbb183fe33f3dd0f
    relpath: a.txt
`;

testInWhole(
  'data that is a version in cloud storage, or was never imported, is named where it is missing',
  async (t) => {
    const workspace = makeWorkspaceMostlyHere(t, {
      '.dvc/config': '',
      'data.dvc': versioned,
      'import.dvc': 'frozen: true\ndeps:\n- path: x\n  repo: {url: /nowhere}\nouts:\n- path: x\n',
    });
    for (const command of ['pull', 'fetch']) {
      const { stdout, stderr } = await workspace.expect(1, command);
      assert.match(stderr, /data-elsewhere[^]*'data' of 'data\.dvc' is missing/);
      assert.match(stderr, /data-elsewhere[^]*'x' of 'import\.dvc' is missing[^]*repo:\/\/\/nowhere\/x/);
      assert.doesNotMatch(stdout, /Everything is as|everything already/);
    }
    workspace.write('x', 'x');
    workspace.write('data/a.txt', '123');
    assert.match((await workspace.expect(1, 'pull')).stderr, /'data' of 'data\.dvc' is not as recorded/);
    workspace.write('data/a.txt', '123\n');
    assert.doesNotMatch((await workspace.pipe('fetch')).stderr, /data-elsewhere/);
    workspace.remove('import.dvc');
    await workspace.expect(0, 'repro');
    assert.equal(workspace.read('data.dvc'), versioned);
    workspace.write('data/a.txt', 'other');
    await workspace.expect(0, 'repro');
    assert.match(
      workspace.read('data.dvc'),
      /^outs:\n- path: data\n  md5: [0-9a-f]{32}\.dir\n  size: 5\n  nfiles: 1\n  hash: md5\n$/,
    );
  },
);
