// What is declared about remotes, here and in DVC's configuration.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readConfig, type RemoteConfig, type RemotesConfig } from '../../src/pipeline/pipeline.ts';
import { dvcRemotes, readDvcConfig } from '../../src/dvc/dvc.ts';
import { PipeError, isMap } from '../../src/base/base.ts';
import { readYaml } from '../../src/yaml/yaml.ts';

function makeFolder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'pipe-remotes-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

function declared(t: TestContext, pipeline: string, machine?: string): RemotesConfig | undefined {
  const root = makeFolder(t, machine === undefined ? {} : { 'cache/config.yaml': machine });
  const source = readYaml(pipeline, 'pipeline.yaml');
  return readConfig(root, isMap(source.value) ? source.value.get('config') : undefined, source).remotes;
}

const plain = (remote: RemoteConfig): object =>
  Object.fromEntries(
    Object.entries(remote)
      .filter(([key]) => key !== 'place' && key !== 'folder' && key !== 'options')
      .map(([key, value]) => [key, key === 'urlFile' ? basename(String(value)) : (value as unknown)]),
  );

test('the machine adds to what the project declares, and wins', (t) => {
  const { remotes, remote } = declared(
    t,
    'config: {remote: a, remotes: {a: {url: x, user: ada}, b: {url: y}}}',
    'remote: b\nremotes: {a: {password: p, url: z}, b: {token: t}, c: {url: w, key: k, trust: true}}',
  )!;
  assert.equal(remote, 'b');
  assert.deepEqual(
    [...remotes].map(([name, one]) => [name, plain(one)]),
    [
      ['a', { url: 'z', user: 'ada', password: 'p', urlFile: 'config.yaml' }],
      // Its URL is that of the repository all the same.
      ['b', { url: 'y', token: 't' }],
      ['c', { url: 'w', key: 'k', trust: true, urlFile: 'config.yaml' }],
    ],
  );
  assert.deepEqual(remotes.get('b')!.place(), {
    file: 'pipeline.yaml',
    line: 1,
    column: 55,
    source: 'config: {remote: a, remotes: {a: {url: x, user: ada}, b: {url: y}}}',
  });
});

test("a secret of any kind in the user's own configuration is the user's", (t) => {
  const secrets = ['password: p', 'token: t', 'key: k', 'secret_access_key: s', 'user: ada'];
  const text = secrets.map((secret, index) => `  r${index}: {url: 's3://b', ${secret}}\n`).join('');
  const root = makeFolder(t, { config: `remotes:\n${text}` });
  const { remotes } = readConfig(root, undefined, undefined, join(root, 'config')).remotes!;
  assert.deepEqual(
    [...remotes.values()].map(({ usersSecrets }) => usersSecrets === true),
    [true, true, true, true, false],
  );
});

test('no remotes: nothing', (t) => {
  assert.equal(declared(t, 'config: {grace: 3}'), undefined);
});

test('every secret in the pipeline file is refused, at its place', (t) => {
  try {
    declared(
      t,
      'config:\n  remotes:\n    a: {url: "http://u:p@h/", token: t}\n    b: {key: k, password: p}\n    c: {url: "https://h/?sig=s"}\n',
    );
    assert.fail('not refused');
  } catch (error) {
    assert.ok(error instanceof PipeError);
    const places = error.problems.map(({ code, place }) => [code, place?.line, place?.column]);
    assert.ok(error.problems.every(({ place }) => place?.source === undefined));
    assert.deepEqual(places, [
      ['remote-secret', 3, 31],
      ['remote-secret', 3, 9],
      ['remote-secret', 4, 17],
      ['remote-secret', 4, 9],
      ['remote-secret', 5, 9],
    ]);
  }
});

test("DVC's sections, in lower case; local and global settings over them", (t) => {
  const root = makeFolder(t, {
    '.dvc/config': `[core]
    remote = Nas
['remote "Nas"']
    url = ../../nas
['remote "web"']
    url = https://host/x
    auth = basic
    user = ada
    method = put
['remote "custom"']
    url = https://host/y
    auth = custom
    custom_auth_header = X-Key
['remote "none"']
    url = https://host/z
    user = ada
['remote "versions"']
    url = s3://bucket/x
    version_aware = true
    read_only = True
['remote "digest"']
    url = https://host/d
    auth = Digest
    user = ada
['remote "tree"']
    url = s3://bucket/y
    worktree = true
`,
    '.dvc/config.local': `['remote "web"']
    password = " secret "
['remote "custom"']
    password = other
['remote "none"']
    password = unused
['remote "digest"']
    password = unused
`,
  });
  const { remotes, remote } = dvcRemotes(readDvcConfig(root), {
    remotes: new Map([['Nas', { folder: root, key: 'k', place: () => undefined }]]),
  });
  assert.equal(remote, 'nas');
  assert.equal(dvcRemotes(readDvcConfig(root), { remotes: new Map(), remote: 'Web' }).remote, 'web');
  assert.deepEqual(
    [...remotes].map(([name, one]) => [name, plain(one)]),
    [
      ['nas', { url: '../../nas', method: 'POST', key: 'k' }],
      ['web', { url: 'https://host/x', method: 'PUT', user: 'ada', password: ' secret ' }],
      ['custom', { url: 'https://host/y', method: 'POST', header: 'X-Key', password: 'other' }],
      // Without `auth` DVC sends no credentials.
      ['none', { url: 'https://host/z', method: 'POST' }],
      ['versions', { url: 's3://bucket/x', method: 'POST', readOnly: true, foreign: 'version_aware' }],
      // What its server asks for is not known here: it is refused.
      ['digest', { url: 'https://host/d', method: 'POST', password: 'unused', foreign: 'auth = digest' }],
      ['tree', { url: 's3://bucket/y', method: 'POST', foreign: 'worktree' }],
    ],
  );
  assert.equal(remotes.get('nas')!.folder, join(root, '.dvc'));
});

test('the options of a kind of remote: this machine adds its own, and wins', (t) => {
  const options = (remote: RemoteConfig | undefined): unknown =>
    [...(remote?.options ?? [])].map(([name, { value, folder, shared, place }]) => [
      name,
      value,
      basename(folder),
      shared,
      place()?.line,
    ]);
  const own = declared(
    t,
    'config:\n  remotes:\n    a:\n      url: s3://bucket/x\n      region: here\n      use_ssl: false\n',
    'remotes:\n  a: {region: there, secret_access_key: s, jobs: 3}',
  )!;
  const root = makeFolder(t, {
    '.dvc/config': `['remote "a"']\n    url = s3://bucket/x\n    region = here\n    configpath = aws\n`,
    '.dvc/config.local': `['remote "a"']\n    region = between\n    profile = mine\n`,
  });
  const dvc = dvcRemotes(readDvcConfig(root), {
    remotes: new Map([['A', own.remotes.get('a')!]]),
  });
  assert.deepEqual(
    (options(own.remotes.get('a')) as unknown[][]).map(([name, value, , shared, line]) => [
      name,
      value,
      shared,
      line,
    ]),
    [
      ['region', 'there', false, 2],
      ['use_ssl', 'false', true, 6],
      ['secret_access_key', 's', false, 2],
      ['jobs', '3', false, 2],
    ],
  );
  assert.deepEqual(
    (options(dvc.remotes.get('a')) as unknown[][]).filter(([name]) => /path|profile/.test(String(name))),
    [
      ['configpath', 'aws', '.dvc', true, 4],
      ['profile', 'mine', '.dvc', false, 3],
    ],
  );
  assert.equal(dvc.remotes.get('a')!.options!.get('region')!.value, 'there', 'ours before those of DVC');
});

test('a password in .dvc/config is refused', (t) => {
  const root = makeFolder(t, {
    '.dvc/config': `['remote "web"']\n    url = https://host/x\n    auth = basic\n    password = p\n`,
  });
  assert.throws(
    () => dvcRemotes(readDvcConfig(root), undefined),
    (error: unknown) =>
      error instanceof PipeError &&
      error.problems[0]!.code === 'remote-secret' &&
      error.problems[0]!.place?.line === 4 &&
      error.problems[0]!.place.source === undefined,
  );
});
