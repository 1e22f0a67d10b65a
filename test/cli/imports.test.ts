// Imports whose declarations are in folders, on one line, or elsewhere: what is looked at, brought, updated and written.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeHere } from './here.ts';
import { gitIn } from '../git.ts';

testInWhole(
  'imports of files in folders: a repository is found from the file, and what is named is updated',
  async (t) => {
    const { at, out, err, json, read, write, path, remove } = makeHere(t, {
      'pipeline.yaml': 'stages: {}\n',
      'a/in/pipeline.yaml': 'stages: {}\n',
      'b/pipeline.yaml': 'stages: {}\n',
      'up/x': 'one',
      'up/d/p/f': 'p',
      'up/d/q/f': 'q',
    });
    const git = gitIn(path('up'));
    const isProgram = (name: string): boolean => (statSync(path(name)).mode & 0o100) !== 0;
    git('init', '-q');
    chmodSync(path('up/d/q/f'), 0o755);
    git('add', '-A');
    git('commit', '-qm', 'one');
    for (const name of ['x', 'd']) await at('a/in').out(0, 'import', '../../up', name, '-q');
    await at('b').out(0, 'import', '../up', 'x', '-q');
    write('up/x', 'two');
    git('commit', '-qam', 'two');
    git('tag', 'a-long-name');
    assert.deepEqual(
      ((await json('status')) as { readonly updates: unknown }).updates,
      [
        ['a/in/x', '../../up: x'],
        ['a/in/d', '../../up: d'],
        ['b/x', '../up: x'],
      ].map(([name, from]) => ({ name, from, what: 'changed' })),
    );
    const second = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: path('up'), encoding: 'utf8' }).trim();
    const { imports } = (await json('update', '-R', 'a')) as {
      readonly imports: readonly Readonly<Record<string, unknown>>[];
    };
    assert.deepEqual(
      imports.map((one) => [one['path'], one['from'], one['what'], one['bytes'], one['files'], one['rev']]),
      [
        ['a/in/x', '../../up: x', 'updated', 3, undefined, second],
        ['a/in/d', '../../up: d', 'updated', 2, 2, second],
      ],
    );
    assert.deepEqual(['a/in/x', 'b/x'].map(read), ['two', 'one']);
    assert.ok(isProgram('a/in/d/q/f'));
    // Only the part that is named comes, though the cache has nothing.
    for (const name of ['cache', 'a/in/d']) remove(name);
    await out(0, 'pull', 'a/in/d/q', '-q');
    assert.deepEqual([read('a/in/d/q/f'), existsSync(path('a/in/d/p'))], ['q', false]);
    // A part beside the whole is no reason to leave out the rest; what was on its way is gone.
    for (const name of ['cache', 'a/in/d']) remove(name);
    await out(0, 'pull', 'a/in/d', 'a/in/d/q', '-q');
    assert.deepEqual(
      ['p', 'q'].map((name) => read(`a/in/d/${name}/f`)),
      ['p', 'q'],
    );
    assert.ok(isProgram('a/in/d/q/f') && !isProgram('a/in/d/p/f'));
    assert.deepEqual(globSync('cache/tmp/**/*', { cwd: path('.') }), []);

    // Of two on one line the second has its place still when the first is written.
    const one = (name: string, rev: string): string => `{path: ${name}, from: {repo: up, path: x${rev}}}`;
    write('pipeline.yaml', `stages: {}\ndata: [${one('k', '')}, ${one('l', ', rev: HEAD')}]\n`);
    const updated = await json('update', 'k', 'l', '--rev', 'a-long-name');
    assert.deepEqual(
      (updated as { readonly imports: readonly { readonly path: string }[] }).imports.map(
        (each) => each.path,
      ),
      ['k', 'l'],
    );
    const rev = ', rev: a-long-name';
    assert.equal(read('pipeline.yaml'), `stages: {}\ndata: [${one('k', rev)}, ${one('l', rev)}]\n`);
    assert.match(await err(1, 'update', 'b/x', '--rev', 'none'), /^ {2}→ b\/pipeline\.yaml:3:/m);
  },
);

test('what is sent to a remote that is named is there, though its source has nothing new', async (t) => {
  const { out, err, path, read, remove, root } = makeHere(t, {
    'pipeline.yaml':
      'stages: {s: {cmd: cp x made, deps: [x], outs: [made]}}\nconfig: {remote: near, remotes: {near: {url: near}, far: {url: far}}}\n',
    x: 'of x',
    'in/z': 'of z',
    made: 'made',
  });
  const objectsOf = (remote: string): number =>
    globSync(`${remote}/objects/sha256/*/*`, { cwd: root }).length;
  await out(0, 'import-url', '--to-remote', 'x', 'y', '-q');
  assert.deepEqual(['near', 'far'].map(objectsOf), [1, 0]);
  assert.match(await out(0, 'update', 'y', '--to-remote'), /has nothing new/);
  assert.match(await out(0, 'update', 'y', '--to-remote', '-r', 'far'), /^Updated 'y' \(4 B\) from x\.$/m);
  assert.deepEqual(['near', 'far'].map(objectsOf), [1, 1]);
  // What was recorded without its data is on no remote yet.
  await out(0, 'import-url', '--no-download', 'in/z', '-q');
  assert.match(await err(1, 'fetch', 'z'), /'z' is missing, and cannot be fetched/);
  assert.equal(existsSync(path('z')), false, 'fetching puts nothing into the workspace');
  assert.match(await out(0, 'update', 'z', '--to-remote'), /^Updated 'z' \(4 B\) from in\/z\.$/m);
  assert.deepEqual(['near', 'far'].map(objectsOf), [2, 1]);
  remove('near');
  await out(0, 'pull', 'y', '-r', 'far', '-q');
  assert.equal(read('y'), 'of x');
  // What a stage makes is not replaced, whatever is asked.
  assert.match(await err(1, 'import-url', 'x', 'made', '-f'), /'made' is an output of the stage 's'/);
  assert.ok(existsSync(path('made')));
});

test('a run leaves an import that is frozen as it is; one that is not follows its source, as with DVC', async (t) => {
  const { out, read, write } = makeHere(t, {
    '.dvc/config': '',
    'dvc.yaml': 'stages: {s: {cmd: cat x y > made, deps: [x, y], outs: [made]}}\n',
    'from/x': 'of x',
    'from/y': 'of y',
  });
  for (const name of ['x', 'y']) await out(0, 'import-url', `from/${name}`, '-q');
  write('y.dvc', read('y.dvc').replace('frozen: true\n', ''));
  const frozen = read('x.dvc');
  for (const name of ['x', 'y']) write(`from/${name}`, `other ${name}, longer`);
  await out(0, 'repro', '-q');
  assert.deepEqual(
    [read('x'), read('x.dvc'), read('y'), read('made')],
    ['of x', frozen, 'other y, longer', 'of xother y, longer'],
  );
});

testInWhole(
  'another revision is recorded where the file of the import has it, with the data of that revision',
  async (t) => {
    const { at, out, path, read, write } = makeHere(t, {
      'dvc/.dvc/config': '',
      'dvc/sub/.keep': '',
      'up/x': 'one',
    });
    const git = gitIn(path('up'));
    git('init', '-q');
    for (const tag of ['v1', 'v2']) {
      write('up/x', `of ${tag}`);
      git('add', '-A');
      git('commit', '-qm', tag);
      git('tag', tag);
    }
    const dvc = at('dvc/sub');
    await dvc.out(0, 'import', '../../up', 'x', '--rev', 'v1', '-q');
    assert.equal(read('dvc/sub/x'), 'of v1');
    await dvc.out(0, 'update', 'x.dvc', '--rev', 'v2', '-q');
    assert.equal(read('dvc/sub/x'), 'of v2');
    assert.match(read('dvc/sub/x.dvc'), /^ +rev: v2$/m);
    // As data of its folder it has another name there.
    await dvc.out(0, 'move', 'x', 'y', '-q');
    assert.match(read('dvc/sub/y.dvc'), /^ +path: y$/m);
    assert.match(await out(0, 'get', 'up', 'x', '--rev', 'v1', '-o', 'got'), /^Downloaded 'got' from up\.$/m);
    assert.equal(read('got'), 'of v1');
    // What is there now, though it is not committed; a URL means what is.
    write('up/x', 'by hand');
    for (const [url, text] of [
      ['up', 'by hand'],
      [`file://${path('up')}`, 'of v2'],
    ] as const) {
      await out(0, 'get', url, 'x', '-o', 'got', '-f', '-q');
      assert.equal(read('got'), text);
    }
    write('up/more', '');
    assert.equal(await out(0, 'list', 'up'), 'more\nx\n');
  },
);
