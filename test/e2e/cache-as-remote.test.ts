// A remote that is the cache itself, by whatever way: it is refused where it is declared, and where a second copy is meant.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { startFileServer, type FileServer } from '../cache/remote/file-server.ts';
import { makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const STAGES = 'stages: {a: {cmd: echo 1 > a, outs: [a]}}\n';
const IS_CACHE = /remote-is-cache[^]*the remote 'shared' is the cache itself[^]*another disk or machine/;
const OTHERS = /remote-is-other-cache[^]*'shared' is the cache of another project/;

const objectsOf = (project: TestWorkspace, folder: string): readonly string[] =>
  readdirSync(project.path(folder), { recursive: true, encoding: 'utf8' }).sort();

async function made(t: TestContext, config: string): Promise<TestWorkspace> {
  const project = makeWorkspace(t, { 'pipeline.yaml': `${STAGES}config: ${config}\n` });
  await project.expect(0, 'repro');
  return project;
}

test('it is not declared: by its name, by `..`, by a link, as file://, with a cache elsewhere', async (t) => {
  const project = makeWorkspace(t, { 'pipeline.yaml': STAGES });
  const refused = async (...args: readonly string[]): Promise<void> => {
    const before = project.read('pipeline.yaml');
    assert.match((await project.expect(1, 'remote', ...args)).stderr, IS_CACHE);
    assert.equal(project.read('pipeline.yaml'), before);
  };
  await refused('add', 'shared', 'cache');
  await project.expect(0, 'repro');
  mkdirSync(project.path('sub'));
  symlinkSync('../cache', project.path('sub/link'));
  await refused('add', 'shared', 'cache');
  await refused('add', 'shared', 'sub/../cache/');
  await refused('add', 'shared', 'sub/link');
  await refused('add', 'shared', `file://${project.path('cache')}`);
  await project.expect(0, 'remote', 'add', 'shared', 'store');
  await refused('modify', 'shared', 'url', 'cache');
  await refused('modify', '--local', 'shared', 'url', project.path('sub/link'));
  project.write('cache/config.yaml', `cache: {dir: ${project.path('elsewhere')}}\n`);
  await refused('modify', 'shared', 'url', 'elsewhere');
  await project.expect(0, 'remote', 'modify', 'shared', 'url', 'cache-of-others');
  for (const url of ['file:///a%zz', 'file://other/cache']) {
    await project.expect(0, 'remote', 'modify', 'shared', 'url', url);
    assert.match((await project.expect(1, 'push')).stderr, /its URL cannot be read/);
  }
});

test('where it is declared already, nothing claims a second copy, and no garbage is collected there', async (t) => {
  const project = await made(t, '{remotes: {shared: {url: ./x/../cache}}}');
  project.write('more', 'more');
  const before = objectsOf(project, 'cache/objects');
  for (const args of [
    ['push'],
    ['push', '--dry'],
    ['status', '-c'],
    ['gc', '-c', '-w', '-y', '--grace', '0m'],
    ['gc', '-c', '-w', '--dry'],
    ['add', '--to-remote', 'more', '-o', 'other'],
    ['status', '--data', '--not-in-remote'],
  ])
    assert.match((await project.expect(1, ...args)).stderr, IS_CACHE, args.join(' '));
  assert.deepEqual(objectsOf(project, 'cache/objects'), before);
  const tried = await project.expect(1, 'remote', 'test');
  assert.match(tried.stderr, IS_CACHE);
  const doctor = JSON.parse((await project.expect(1, 'doctor', '--json')).stdout) as {
    readonly findings: readonly { readonly name: string; readonly state: string; readonly text: string }[];
  };
  const finding = doctor.findings.find(({ name }) => name === 'remote shared');
  assert.equal(finding?.state, 'broken');
  assert.match(finding.text, /the cache itself/);
  // What is there can be used.
  project.remove('a');
  await project.expect(0, 'pull');
  assert.equal(project.read('a'), '1\n');
});

test('an experiment is not pushed there; a link to the objects alone is the cache too', async (t) => {
  const project = await made(t, '{remotes: {shared: {url: store}}}');
  execFileSync('git', ['init', '-q'], { cwd: project.root });
  mkdirSync(project.path('store'));
  symlinkSync('../cache/objects', project.path('store/objects'));
  await project.expect(0, 'exp', 'save', 'one');
  assert.match((await project.expect(1, 'exp', 'push', 'one')).stderr, IS_CACHE);
  assert.match((await project.expect(1, 'push')).stderr, IS_CACHE);
});

test("in a DVC repository it is DVC's cache", async (t) => {
  const project = makeWorkspace(t, {
    'dvc.yaml': STAGES,
    '.dvc/config': '[core]\n    remote = shared\n[\'remote "shared"\']\n    url = cache\n',
  });
  await project.expect(0, 'repro');
  assert.match((await project.expect(1, 'push')).stderr, IS_CACHE);
  assert.match((await project.expect(1, 'remote', 'add', 'shared', '.dvc/cache', '-f')).stderr, IS_CACHE);
  assert.match((await project.expect(1, 'status', '-c')).stderr, IS_CACHE);
  project.write('.dvc/config', '[cache]\n    dir = ../../shared\n');
  assert.match((await project.expect(1, 'remote', 'add', 'shared', '../shared')).stderr, IS_CACHE);
});

test('a cache of DVC elsewhere is known where pipe has used it', async (t) => {
  const make = async (text: string, config: string): Promise<TestWorkspace> => {
    const made = makeWorkspace(t, { 'dvc.yaml': STAGES.replace('1', text), '.dvc/config': config });
    await made.expect(0, 'repro');
    return made;
  };
  const other = await make('2', '[cache]\n    dir = ../elsewhere\n');
  const project = await make(
    '1',
    `[core]\n    remote = shared\n['remote "shared"']\n    url = ${other.path('elsewhere')}\n`,
  );
  assert.match((await project.expect(1, 'gc', '-c', '-w', '--dry')).stderr, OTHERS);
  assert.match(
    (await project.expect(0, 'push')).stderr,
    /^warning\[remote-is-other-cache\][^]*remove CACHEDIR\.TAG and projects/,
  );
  assert.match((await project.pipe('doctor')).stdout, /remote shared +.*cache of another project/);
});

/** Reads files below a folder for whoever asks by http, and keeps what it is sent elsewhere. */
async function serve(t: TestContext, folder: string): Promise<FileServer> {
  const server = await startFileServer(t);
  server.answer = ({ method }, response, { path }) => {
    const file = join(folder, path);
    if (!/GET|HEAD/.test(method!) || path.endsWith('/') || !existsSync(file)) return false;
    const bytes = readFileSync(file);
    response.writeHead(200, { 'content-length': bytes.length }).end(method === 'GET' ? bytes : undefined);
    return true;
  };
  return server;
}

for (const kind of ['own', 'dvc'] as const)
  testInWhole(`by a server it is known too, and that of another project is: ${kind}`, async (t) => {
    const isOwn = kind === 'own';
    const [file, cache] = isOwn
      ? (['pipeline.yaml', 'cache'] as const)
      : (['dvc.yaml', '.dvc/cache'] as const);
    const make = async (text: string): Promise<TestWorkspace> => {
      const made = makeWorkspace(t, {
        [file]: STAGES.replace('1', text),
        ...(!isOwn && { '.dvc/config': '' }),
      });
      await made.expect(0, 'repro');
      return made;
    };
    const [project, other] = [await make('1'), await make('2')];
    const before = objectsOf(project, `${cache}/${isOwn ? 'objects' : 'files'}`);
    const own = await serve(t, project.path(cache));
    const declare = (url: string): Promise<unknown> =>
      project.expect(0, 'remote', 'add', '-f', '-d', 'shared', url);
    await declare(own.url);
    for (const args of [
      ['push'],
      ['push', '--dry'],
      ['status', '-c'],
      ['remote', 'test'],
      ['gc', '-c', '-w', '--dry'],
    ])
      assert.match((await project.expect(1, ...args)).stderr, IS_CACHE, args.join(' '));
    assert.match((await project.pipe('doctor')).stdout, /remote shared +.*the cache itself/);
    assert.deepEqual(objectsOf(project, `${cache}/${isOwn ? 'objects' : 'files'}`), before);
    assert.deepEqual([...own.files.keys()], []);
    project.remove('a');
    await project.expect(0, 'pull');

    // DVC marks no cache, so that it is known by its place.
    const others = isOwn ? await serve(t, other.path(cache)) : await serve(t, other.root);
    await declare(isOwn ? others.url : `${others.url}.dvc/cache`);
    await project.expect(0, 'status', '-c');
    assert.match((await project.expect(0, 'push')).stderr, /^warning\[remote-is-other-cache\]/);
    assert.match((await project.expect(1, 'gc', '-c', '-w', '--dry')).stderr, OTHERS);
    assert.match((await project.pipe('doctor')).stdout, /remote shared +.*cache of another project/);
    // Named, it is meant; this server cannot list.
    assert.match(
      (await project.expect(1, 'gc', '-c', '-w', '--dry', '--projects', other.root)).stderr,
      /remote-refused[^]*list files/,
    );
    await project.expect(0, 'remote', 'add', '-f', '-d', 'shared', other.path(cache));
    assert.match((await project.expect(0, 'push')).stderr, /^warning\[remote-is-other-cache\]/);
    assert.match((await project.expect(1, 'gc', '-c', '-w', '--dry')).stderr, OTHERS);
    const listed = await project.expect(
      0,
      'gc',
      '-c',
      '-w',
      '--dry',
      '--grace',
      '0m',
      '--projects',
      other.root,
    );
    assert.match(listed.stdout, /0 objects/);
    assert.deepEqual(objectsOf(project, `${cache}/${isOwn ? 'objects' : 'files'}`), before);
  });
