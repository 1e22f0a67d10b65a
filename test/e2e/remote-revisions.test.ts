// push, fetch and pull of what git revisions record, and the filters of targets.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { objectsIn } from '../cache/remote/shared-project.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const PIPELINE = `stages:
  a: {cmd: cp in a, deps: [in], outs: [a]}
  folder: {cmd: mkdir f && cp in f/x && echo y > f/y, deps: [in], outs: [f]}
`;

function git({ root }: TestWorkspace, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(
    'git',
    [
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      '-c',
      'commit.gpgsign=false',
      '-c',
      'tag.gpgsign=false',
      ...args,
    ],
    { cwd: root, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** A commit on `main`, one more with the tag `v1`, a branch `other`, and a result that is not committed. */
async function makeHistory(t: TestContext, remote: string): Promise<TestWorkspace> {
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `${PIPELINE}config: {remotes: {shared: {url: ${remote}}}}\n`,
    '.gitignore': '/cache/\n/in\n',
  });
  git(project, 'init', '-q', '-b', 'main');
  const commit = async (text: string): Promise<void> => {
    project.write('in', text);
    await project.repro();
    git(project, 'add', '-A');
    git(project, 'commit', '-qm', text);
  };
  await commit('one');
  await commit('two');
  git(project, 'tag', 'v1');
  git(project, 'checkout', '-qb', 'other');
  await commit('three');
  git(project, 'checkout', '-q', 'main');
  await commit('four');
  project.write('in', 'five');
  await project.repro();
  return project;
}

/** Each result is the file `a`, the manifest of `f`, and once `f/y`; `f/x` is as `a`. */
const objectsOf = (results: number): number => 2 * results + 1;

test('what branches, tags, commits and revisions record, and the workspace', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const project = await makeHistory(t, home.path('store'));
  const pushed = async (...args: readonly string[]): Promise<number> => {
    home.remove('store');
    const { remotes } = JSON.parse((await project.expect(0, 'push', '--json', ...args)).stdout) as {
      remotes: { pushed: number }[];
    };
    assert.equal(objectsIn(home.path('store')).length, remotes[0]!.pushed);
    return remotes[0]!.pushed;
  };
  assert.equal(await pushed(), objectsOf(1));
  assert.equal(await pushed('--all-branches'), objectsOf(3));
  assert.equal(await pushed('-T'), objectsOf(2));
  assert.equal(await pushed('-a', '-T'), objectsOf(4));
  assert.equal(await pushed('--rev', 'v1', '--rev', 'main~2'), objectsOf(3));
  assert.equal(await pushed('-A'), objectsOf(5));
  assert.equal(await pushed('-A', 'a'), 5);
  assert.match((await project.expect(1, 'push', '--rev', 'v2')).stderr, /unknown-revision[^]*'v2'/);

  await project.expect(0, 'push', '-A');
  // On another machine: the cache gets all of it, the workspace its own.
  project.remove('cache');
  for (const name of ['a', 'f']) project.remove(name);
  assert.match((await project.expect(0, 'fetch', '-T')).stdout, /^Fetched 5 objects /);
  project.remove('cache');
  // Of the workspace and of v1: the list of the folder, and this file.
  assert.match((await project.expect(0, 'fetch', '-T', 'f/x')).stdout, /^Fetched 2 objects /);
  assert.equal(objectsIn(project.path('cache')).length, 4);
  await project.expect(0, 'pull', '-A');
  assert.equal(project.read('a'), 'five');
  git(project, 'checkout', '-qf', 'v1');
  await project.expect(0, 'checkout');
  assert.equal(project.read('a'), 'two');
});

testInWhole('a stage that only a revision has; a revision that cannot be read', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const project = await makeHistory(t, home.path('store'));
  project.write('pipeline.yaml', project.read('pipeline.yaml').replace(/ {2}folder.*\n/, ''));
  assert.match((await project.expect(0, 'push', 'folder', '--rev', 'v1')).stdout, /^Pushed 3 objects/);
  assert.match((await project.expect(1, 'push', 'folder')).stderr, /unknown-target/);
  assert.match((await project.expect(1, 'push', 'flder', '-A')).stderr, /unknown-target[^]*'flder'/);

  git(project, 'checkout', '-qb', 'broken');
  project.write('pipeline.yaml', 'stages: {x: {}}\n');
  git(project, 'commit', '-qam', 'broken');
  git(project, 'checkout', '-q', 'main');
  const { stdout, stderr } = await project.expect(1, 'push', '-a', '--force');
  assert.match(stdout, /^Pushed 5 objects/);
  assert.match(stderr, /missing-key[^]*broken:pipeline\.yaml/);
});

testInWhole('outside of git, and with a remote that only a revision names', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const plain = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `${PIPELINE}config: {remotes: {s: {url: /x}}}\n`,
    in: '1',
  });
  assert.match((await plain.expect(1, 'push', '-a')).stderr, /git-failed[^]*not in a git repository/);

  const project = await makeHistory(t, home.path('store'));
  git(project, 'checkout', '-qf', 'other');
  project.write(
    'pipeline.yaml',
    project.read('pipeline.yaml').replace('outs: [a]', 'outs: [{a: {remote: gone}}]'),
  );
  git(project, 'commit', '-qam', 'gone');
  git(project, 'checkout', '-qf', 'main');
  assert.match((await project.expect(0, 'push', '--rev', 'other', 'a')).stdout, /^Pushed 1 object /);
});

testInWhole('with what it depends on, a path inside of an output still means that path alone', async (t) => {
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:
  one: {cmd: echo 1 > one, outs: [one]}
  folder: {cmd: mkdir f && echo x > f/x && echo y > f/y, deps: [one], outs: [f]}
config: {remotes: {shared: {url: ${makeWorkspaceMostlyHere(t, {}).path('store')}}}}
`,
  });
  await project.repro();
  await project.expect(0, 'push');
  for (const path of ['cache', 'one', 'f']) project.remove(path);
  assert.match(
    (await project.expect(0, 'pull', '-d', 'f/x')).stdout,
    /^Fetched 2 objects [^]*A\tone\nA\tf\/x\n$/m,
  );
  assert.equal(objectsIn(project.path('cache')).length, 3, 'the list of the folder is the third');
});

testInWhole('folders, patterns, dependencies, and what neither side has', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:
  one: {cmd: echo 1 > one, outs: [one]}
  two: {cmd: cp one two && echo 2 >> two, deps: [one], outs: [two]}
config: {remotes: {shared: {url: ${home.path('store')}}}}
`,
    'sub/pipeline.yaml': `stages:
  a: {cmd: echo a > a, outs: [a]}
  b: {cmd: echo b > b, outs: [b]}
`,
  });
  await project.repro();
  const count = async (...args: readonly string[]): Promise<number> => {
    home.remove('store');
    await project.expect(0, 'push', ...args);
    return objectsIn(home.path('store')).length;
  };
  assert.equal(await count('two'), 1);
  assert.equal(await count('two', '--with-deps'), 2);
  assert.equal(await count('-R', 'sub'), 2);
  assert.equal(await count('--glob', 't*'), 1);

  home.remove('store');
  await project.expect(0, 'push', 'one');
  project.remove('cache');
  for (const name of ['one', 'two', 'sub/a', 'sub/b']) project.remove(name);
  for (const command of ['push', 'fetch', 'pull']) {
    assert.match((await project.expect(1, command)).stderr, /^error\[(?:push|remote)-missing\]/m);
    const allowed = await project.expect(0, command, '--allow-missing');
    assert.match(allowed.stderr, /^warning\[(?:push|remote)-missing\]/m);
    assert.doesNotMatch(allowed.stderr, /^error/m);
  }
  assert.equal(project.read('one'), '1\n');
});

testInWhole(
  'status --cloud: what the remote lacks, what only it has, and what neither side has',
  async (t) => {
    const home = makeWorkspaceMostlyHere(t, {});
    const project = await makeHistory(t, home.path('store'));
    interface Status {
      remotes: {
        same: number;
        outputs: {
          path: string;
          state: string;
          revision?: string;
          objects: { state: string; path?: string }[];
        }[];
      }[];
    }
    const status = async (...args: readonly string[]): Promise<Status['remotes'][0]> =>
      (JSON.parse((await project.expect(0, 'status', '--cloud', '--json', ...args)).stdout) as Status)
        .remotes[0]!;
    const first = await status();
    assert.deepEqual(
      first.outputs.map(({ path, state, objects }) => [path, state, objects.map((one) => one.path)]),
      [
        ['a', 'new', [undefined]],
        ['f', 'new', [undefined, 'x', 'y']],
      ],
    );
    await project.expect(0, 'push');
    assert.deepEqual(await status(), { ...first, same: 2, outputs: [] });
    assert.match(
      (await project.expect(0, 'status', '-c')).stdout,
      /^The cache and 'shared' \(.*\) have the same\.$/m,
    );
    const tag = await status('-T');
    // `f/y` is in both.
    assert.deepEqual(
      tag.outputs.map(({ path, revision, objects }) => [path, revision, objects.length]),
      [
        ['a', 'v1', 1],
        ['f', 'v1', 2],
      ],
    );
    assert.match(
      (await project.expect(1, 'status', '-c', '-a', '--check')).stdout,
      /new: +a \(a, at other\): 1 object only in the cache/,
    );

    project.remove('cache/objects');
    assert.deepEqual(
      (await status('f')).outputs.map(({ path, state, objects }) => [
        path,
        state,
        objects.map((one) => one.path),
      ]),
      [['f', 'deleted', [undefined, 'x', 'y']]],
    );
    home.remove('store/objects');
    assert.deepEqual(
      (await status()).outputs.map(({ state }) => state),
      ['missing', 'missing'],
    );
    assert.match(
      (await project.expect(0, 'status', '-r', 'shared')).stdout,
      /missing: +a \(a\): 1 object neither in the cache nor on the remote/,
    );
  },
);

testInWhole('data with a remote of its own, and data that is not pushed', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const [first, second] = [home.path('first'), home.path('second')];
  const own = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `data: [a, {path: b, remote: second}, {path: c, push: false}]
config: {remote: first, remotes: {first: {url: ${first}}, second: {url: ${second}}}}
`,
    a: 'a',
    b: 'b',
    c: 'c',
  });
  const dvc = makeWorkspaceMostlyHere(t, {
    '.dvc/config': `[core]\n    remote = first\n['remote "first"']\n    url = ${first}\n['remote "second"']\n    url = ${second}\n`,
    a: 'a',
    b: 'b',
    c: 'c',
  });
  await own.expect(0, 'add', 'a', 'b', 'c');
  await dvc.expect(0, 'add', 'a', 'b', 'c');
  dvc.write('b.dvc', `${dvc.read('b.dvc')}  remote: second\n`);
  dvc.write('c.dvc', `${dvc.read('c.dvc')}  push: false\n`);
  for (const project of [own, dvc]) {
    const { remotes } = JSON.parse((await project.expect(0, 'status', '-c', '--json')).stdout) as {
      remotes: { remote: string; outputs: { path: string }[] }[];
    };
    assert.deepEqual(
      remotes.map(({ remote, outputs }) => [remote, outputs.map(({ path }) => path)]),
      [
        ['first', ['a']],
        ['second', ['b']],
      ],
    );
    const pushed = JSON.parse((await project.expect(0, 'push', '--json')).stdout) as {
      remotes: { remote: string; pushed: number }[];
    };
    assert.deepEqual(
      pushed.remotes.map(({ remote, pushed: n }) => [remote, n]),
      [
        ['first', 1],
        ['second', 1],
      ],
    );
  }
  // What a record names stays on either remote.
  await own.expect(0, 'gc', '-c', '-w', '-y', '--grace', '0m');
  await own.expect(0, 'gc', '-c', '-w', '-y', '--grace', '0m', '-r', 'second');
  for (const name of ['cache', 'a', 'b']) own.remove(name);
  await own.expect(0, 'pull', '--allow-missing');
  assert.equal(own.read('a') + own.read('b') + own.read('c'), 'abc');
});

test('an experiment is a revision too, but for a name that git knows', async (t) => {
  const remote = makeWorkspaceMostlyHere(t, {}).root;
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages: {a: {cmd: 'echo \${x} > a', outs: [a]}}\nconfig: {remotes: {shared: {url: ${remote}}}}\n`,
    'params.yaml': 'x: 1\n',
    '.gitignore': '/cache/\n',
  });
  git(project, 'init', '-q', '-b', 'main');
  await project.repro();
  git(project, 'add', '-A');
  git(project, 'commit', '-qm', 'one');
  await project.expect(0, 'exp', 'run', '-S', 'x=2', '-n', 'two');
  assert.match(
    (await project.expect(0, 'status', '-c', '--rev', 'two')).stdout,
    /a \(a, at two\): 1 object only in the cache/,
  );
  await project.expect(0, 'push', '--rev', 'two', '--json');
  assert.equal(objectsIn(remote).length, 2);
  project.remove('cache/objects');
  await project.expect(0, 'fetch', '--rev', 'two');
  await project.expect(0, 'exp', 'apply', 'two');
  assert.equal(project.read('a'), '2\n');
  git(project, 'tag', 'two');
  assert.doesNotMatch((await project.expect(0, 'status', '-c', '--rev', 'two')).stdout, /only/);
  assert.match((await project.expect(1, 'push', '--rev', 'tow')).stderr, /git knows no revision 'tow'/);
});

test('a new repository has no commits, and one that lost its own is not taken for one', async (t) => {
  const remote = makeWorkspaceMostlyHere(t, {}).root;
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages: {a: {cmd: echo 1 > a, outs: [a]}}\nconfig: {remotes: {shared: {url: ${remote}}}}\n`,
    '.gitignore': '/cache/\n',
  });
  git(project, 'init', '-q', '-b', 'main');
  await project.repro();
  await project.expect(0, 'push', '-A');
  assert.equal(objectsIn(remote).length, 1);
  await project.expect(0, 'gc', '-A', '--dry');
  git(project, 'add', '-A');
  git(project, 'commit', '-qm', 'one');
  project.remove('.git/refs/heads/main');
  for (const args of [
    ['push', '-A'],
    ['gc', '-A', '-f'],
  ])
    assert.match((await project.expect(1, ...args)).stderr, /git cannot read the repository/);
});
