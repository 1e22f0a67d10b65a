// `pipe gc --cloud`: what goes from a remote, what stays, and when nothing may go.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { objectsIn } from '../cache/remote/shared-project.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const HOUR = 3600;

function git({ root }: TestWorkspace, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

interface Shared {
  readonly home: TestWorkspace;
  readonly project: TestWorkspace;
  /** Changes the input, and runs. */
  readonly make: (text: string) => Promise<void>;
  /** Makes everything on the remote, markers too, as old as so many hours. */
  readonly age: (hours: number, pattern?: string) => void;
}

async function makeShared(t: TestContext, config = ''): Promise<Shared> {
  const home = makeWorkspaceMostlyHere(t, {});
  const store = home.path('store');
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:
  a: {cmd: cp in a, deps: [in], outs: [a]}
  f: {cmd: mkdir f && cp in f/x && echo same > f/y, deps: [in], outs: [f]}
config: {remotes: {shared: {url: ${store}${config}}}}
`,
    '.gitignore': '/cache/\n/in\n',
  });
  git(project, 'init', '-q', '-b', 'main');
  return {
    home,
    project,
    async make(text) {
      project.write('in', text);
      await project.repro();
      git(project, 'add', '-A');
    },
    age(hours, pattern = '**') {
      const time = Date.now() / 1000 - hours * HOUR;
      for (const name of globSync(pattern, { cwd: store })) utimesSync(`${store}/${name}`, time, time);
    },
  };
}

/** Objects of one result: `a` (and `f/x`), the manifest, and `f/y`, which all results share. */
const [OWN, SHARED] = [2, 1];
const count = ({ home }: Shared): number => objectsIn(home.path('store')).length;

test('what only old results need goes, once it is old enough, with its list first', async (t) => {
  const shared = await makeShared(t);
  const { project, make, age } = shared;
  await make('one');
  await project.expect(0, 'push');
  await make('two');
  await project.expect(0, 'push');
  assert.equal(count(shared), 2 * OWN + SHARED);

  // Never by default, and never without an answer.
  assert.match((await project.expect(2, 'gc', '--cloud')).stderr, /gc-unsure[^]*-w/);
  await project.expect(0, 'gc', '--keep', '30d');
  assert.equal(count(shared), 2 * OWN + SHARED);
  assert.match(
    (await project.expect(0, 'gc', '-c', '-w', '--dry')).stdout,
    /Would remove 0 objects and 0 records of earlier runs from the remote/,
  );
  const local = await project.expect(1, 'gc', '-c', '-w');
  assert.match(local.stderr, /gc-unsure/, 'what only the cache would lose is asked for, too');
  age(2);
  assert.match((await project.expect(0, 'gc', '-c', '-w', '--dry')).stdout, /Would remove 0 objects/);
  age(25);
  const dry = await project.expect(0, 'gc', '-c', '-w', '--dry');
  assert.match(dry.stdout, /object +\d+ B {2}\d{4}-\d\d-\d\d {2}objects\/sha256\//);
  assert.match(dry.stdout, /Would remove 2 objects/);
  const unanswered = await project.expect(1, 'gc', '-c', '-w');
  assert.match(unanswered.stdout, /Would remove 2 objects/);
  assert.match(unanswered.stderr, /gc-unsure[^]*-y/);
  assert.equal(count(shared), 2 * OWN + SHARED);

  // On a terminal it asks, and no answer is no.
  const { stdin } = process;
  const here = (): readonly string[] => globSync('cache/objects/**', { cwd: project.root });
  const before = here();
  for (const answer of ['', 'no', 'maybe yes']) {
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    Object.defineProperty(process, 'stdin', { value: terminal, configurable: true });
    terminal.end(`${answer}\n`);
    const { stderr } = await project.expect(1, 'gc', '-c', '-w');
    assert.match(stderr, /Remove this from the cache and from 'shared'\? \[y\/N\]/);
  }
  assert.equal(count(shared), 2 * OWN + SHARED);
  assert.deepEqual(here(), before);
  // What was written again since it was on the list stays.
  const [again] = /objects\/sha256\/\S+/.exec(dry.stdout)!;
  const pushing = function* (): Generator<string> {
    age(30, again);
    yield 'yes\n';
  };
  const terminal = Object.assign(Readable.from(pushing()), { isTTY: true });
  Object.defineProperty(process, 'stdin', { value: terminal, configurable: true });
  assert.match((await project.expect(0, 'gc', '-c', '-w')).stdout, /and 1 file \(\d+ B\) from 'shared'\.$/m);
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  assert.equal(count(shared), OWN + SHARED + 1);

  const done = await project.expect(0, 'gc', '-c', '-w', '-y');
  assert.match(done.stdout, /^Removed .* from the cache and 1 file \(\d+ B\) from 'shared'\.$/m);
  assert.equal(count(shared), OWN + SHARED);
  assert.ok(here().length < before.length);
  assert.match((await project.expect(0, 'status', '-c')).stdout, /have the same/);
  assert.deepEqual(globSync('pipe/gc/*', { cwd: shared.home.path('store') }), []);
  assert.match((await project.expect(0, 'gc', '-c', '-w', '-y')).stdout, /0 files \(0 B\)/);
});

test('what an experiment there has stays, though it is not here any more', async (t) => {
  const shared = await makeShared(t);
  const { project, make, age } = shared;
  const own = '  own: {cmd: echo own | cat in - > own, deps: [in], outs: [{own: {push: false}}]}\nconfig';
  project.write('pipeline.yaml', project.read('pipeline.yaml').replace('config', own));
  await make('one');
  await project.expect(0, 'exp', 'save', 'kept');
  await project.expect(0, 'exp', 'push', 'kept');
  assert.equal(count(shared), OWN + SHARED, 'what is not to be pushed is not there');
  await project.expect(0, 'exp', 'remove', 'kept');
  await make('two');
  await project.expect(0, 'push');
  age(48);
  await project.expect(0, 'gc', '-c', '-w', '-y');
  assert.equal(count(shared), 2 * OWN + SHARED);
});

testInWhole('branches, tags, commits and revisions keep theirs', async (t) => {
  const shared = await makeShared(t);
  const { project, make, age } = shared;
  for (const text of ['one', 'two', 'three']) {
    await make(text);
    git(project, 'commit', '-qm', text);
    await project.expect(0, 'push');
    if (text === 'one') git(project, 'tag', 'v1');
    if (text === 'two') git(project, 'branch', 'other');
  }
  // Named by no revision.
  await make('four');
  await project.expect(0, 'push');
  await make('five');
  await project.expect(0, 'push');
  age(48);
  const removed = async (...flags: readonly string[]): Promise<number> => {
    const { stdout } = await project.expect(0, 'gc', '-c', '--dry', '--json', ...flags);
    return (JSON.parse(stdout) as { remote: { removed: unknown[] } }).remote.removed.length / OWN;
  };
  assert.equal(await removed('-w'), 4);
  assert.equal(await removed('--rev', 'HEAD'), 3);
  assert.equal(await removed('-T'), 3);
  assert.equal(await removed('-a'), 1);
  assert.equal(await removed('-A'), 1);
  assert.equal(await removed('--rev', 'v1', '--rev', 'other'), 2);
  // A pipeline that cannot be loaded keeps what its lock file names.
  git(project, 'checkout', '-qf', 'v1');
  git(project, 'checkout', '-qb', 'broken');
  project.write('pipeline.yaml', 'stages: 1\n');
  git(project, 'commit', '-qam', 'broken');
  git(project, 'tag', '-d', 'v1');
  git(project, 'checkout', '-qf', 'main');
  await project.expect(0, 'gc', '-c', '-a', '-y');
  assert.equal(count(shared), 3 * OWN + SHARED);
});

test('a push that is young, or under way, keeps everything; so does a collection', async (t) => {
  const shared = await makeShared(t);
  const { project, make, age, home } = shared;
  await make('one');
  await project.expect(0, 'push');
  await make('two');
  age(48);
  // Another clone pushes what is there already.
  const other = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': project.read('pipeline.yaml'), in: 'two' });
  await other.repro();
  await other.expect(0, 'push');
  const refused = await project.expect(1, 'gc', '-c', '-w', '-y');
  assert.match(refused.stderr, /remote-busy[^]*pushed to the remote 'shared'[^]*--grace/);
  assert.equal(count(shared), 2 * OWN + SHARED);
  // Its own marker says that it has ended; an hour later nothing is in the way.
  const [marker] = globSync('pipe/pushes/*', { cwd: home.path('store') }).filter(
    (name) => Date.now() - statOf(home.path(`store/${name}`)) < 60_000,
  );
  age(2, marker);
  const graced = await project.expect(1, 'gc', '-c', '-w', '-y', '--grace', '3h');
  assert.match(graced.stderr, /remote-busy[^]*pushed to the remote 'shared'/);
  await project.expect(0, 'gc', '-c', '-w', '-y', '--json');
  assert.equal(count(shared), OWN + SHARED);

  await make('three');
  age(48);
  const path = home.path(`store/${marker}`);
  const text = readFileSync(path, 'utf8');
  home.remove(`store/${marker}`);
  writeFileSync(path, text.replace('"working":false', '"working":true'));
  const pushing = await project.expect(1, 'gc', '-c', '-w', '-y', '--grace', '0m');
  assert.match(pushing.stderr, /remote-busy[^]*is pushing/);
  // A crash left it.
  age(1, marker);
  // Another process of the same project.
  const own = globSync('pipe/pushes/*', { cwd: home.path('store') }).find((name) => name !== marker)!;
  const pushed = JSON.parse(home.read(`store/${own}`)) as object;
  home.remove(`store/${own}`);
  home.write(`store/${own}`, JSON.stringify({ ...pushed, working: true, pid: process.pid }));
  const beside = await project.expect(1, 'gc', '-c', '-w', '-y', '--grace', '0m');
  assert.match(beside.stderr, /remote-busy[^]*is pushing/);
  age(1, own);
  await project.expect(0, 'gc', '-c', '-w', '-y', '--grace', '0m');

  await project.expect(0, 'push');
  await make('four');
  age(48);
  home.write('store/pipe/gc/someone', '{}');
  assert.match(
    (await other.expect(1, 'push')).stderr,
    /remote-busy[^]*garbage is being collected[^]*pipe\/gc\/someone/,
  );
  const second = await project.expect(1, 'gc', '-c', '-w', '-y', '--grace', '0m');
  assert.match(second.stderr, /remote-busy[^]*garbage is being collected there already[^]*pipe\/gc\/someone/);
  assert.deepEqual(globSync('pipe/gc/*', { cwd: home.path('store') }), ['pipe/gc/someone']);
  age(1, 'pipe/gc/*');
  await other.expect(0, 'push');
  // Nobody can say who wrote these.
  for (const text of ['{"cut', 'null', 'x'.repeat(5000)]) {
    home.write('store/pipe/pushes/unknown', text);
    const unknown = await project.expect(1, 'gc', '-c', '-w', '-y');
    assert.match(unknown.stderr, /remote-busy[^]*pipe\/pushes\/unknown pushed/);
  }
});

const statOf = (path: string): number => {
  const { stdout } = spawnSync('stat', ['-c', '%Y', path], { encoding: 'utf8' });
  return Number(stdout) * 1000;
};

testInWhole(
  'records of runs: those that are not whole go first, young ones keep what they name',
  async (t) => {
    const shared = await makeShared(t, ', trust: true');
    const { project, make, age, home } = shared;
    const records = (): number => globSync('runs/*/*', { cwd: home.path('store') }).length;
    await make('one');
    await project.expect(0, 'push', '--run-cache');
    await make('two');
    await project.expect(0, 'push', '--run-cache');
    assert.equal(records(), 4);
    age(48, '{objects,pipe}/**');
    // The records are young.
    assert.match(
      (await project.expect(0, 'gc', '-c', '-w', '--dry')).stdout,
      /Would remove 0 objects and 0 records/,
    );
    age(48);
    home.write('store/runs/ab/not-a-record', 'a newer version');
    await project.expect(0, 'gc', '-c', '-w', '-y');
    assert.equal(count(shared), OWN + SHARED);
    assert.deepEqual(
      [records(), globSync('runs/ab/not-a-record', { cwd: home.path('store') }).length],
      [3, 1],
    );
  },
);

test('files of other names stay, and a folder whose manifest is damaged stops it', async (t) => {
  const shared = await makeShared(t);
  const { project, make, age, home } = shared;
  await make('one');
  await project.expect(0, 'push');
  await make('two');
  await project.expect(0, 'push');
  home.write('store/objects/sha256/notes.txt', 'mine');
  home.write('store/photos/1.jpg', 'mine');
  age(48);
  await project.expect(0, 'gc', '-c', '-w', '-y');
  assert.equal(home.read('store/objects/sha256/notes.txt') + home.read('store/photos/1.jpg'), 'minemine');

  const [manifest] = globSync('objects/sha256/*/*.dir', { cwd: home.path('store') });
  home.remove(`store/${manifest}`);
  home.write(`store/${manifest}`, 'damaged');
  age(48);
  project.remove('cache/objects');
  const { stderr } = await project.expect(1, 'gc', '-c', '-w', '--dry');
  assert.match(stderr, /remote-unlisted[^]*manifest[^]*push --force/);
});

testInWhole('what other projects pushed there is in the list, and stays with --projects', async (t) => {
  const shared = await makeShared(t);
  const { project, make, age } = shared;
  await make('one');
  await project.expect(0, 'push');
  // Another project, not another clone.
  const text = project.read('pipeline.yaml').replaceAll(/cp in/g, 'tac in >/dev/null; cp in');
  const other = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': text, in: 'theirs' });
  await other.repro();
  await other.expect(0, 'push');
  git(other, 'init', '-q');
  git(other, 'add', 'pipeline.lock');
  git(other, 'commit', '-qm', 'theirs');
  const theirs = other.read('pipeline.lock');
  other.write('in', 'not pushed');
  await other.repro();
  await make('two');
  age(48);
  const dry = await project.expect(0, 'gc', '-c', '-w', '--dry');
  assert.match(dry.stdout, /Would remove 4 objects/);
  assert.ok(dry.stdout.includes(`from ${other.root}, 48 h`), dry.stdout);
  assert.match(dry.stdout, /--projects keeps/);
  const json = JSON.parse((await project.expect(0, 'gc', '-c', '-w', '--dry', '--json')).stdout) as {
    remote: { others: { folder: string }[] };
  };
  assert.deepEqual(
    json.remote.others.map(({ folder }) => folder),
    [other.root],
  );
  // The workspace of the other one has something else now; its commit has it.
  const unknown = await project.expect(1, 'gc', '-c', '--rev', 'HEAD', '-p', other.root, '--dry');
  assert.match(unknown.stderr, /error\[[^]*HEAD/, 'one of the two has no such revision');
  git(project, 'commit', '-qm', 'two');
  await project.expect(0, 'gc', '-c', '-A', '-y', '--projects', other.root);
  other.write('pipeline.lock', theirs);
  other.remove('cache/objects');
  await other.expect(0, 'pull', '-f');
  assert.equal(other.read('a'), 'theirs');
  for (const folder of [project.path('none'), project.root, '/'])
    assert.match((await project.expect(1, 'gc', '-w', '-p', folder)).stderr, /no other project at/);
});

testInWhole('remotes that cannot be used for it', async (t) => {
  const server = await startFileServer(t);
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  a: {cmd: echo a > a, outs: [a]}\nconfig: {remotes: {web: {url: ${server.url}}}}\n`,
  });
  await project.repro();
  await project.expect(0, 'push');
  assert.deepEqual(
    [...server.files.keys()].filter((name) => name.startsWith('pipe/')),
    [],
  );
  assert.match((await project.expect(1, 'gc', '-c', '-w', '-y')).stderr, /remote-refused[^]*PROPFIND/);
  const { code } = await runPipeMostlyHere(project.root, ['gc', '-c', '-w', '-r', 'nowhere']);
  assert.equal(code, 1);
});
