// Parts of a decision that few pipelines need.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import type { Content, Digest } from '../../src/hash/hash.ts';
import {
  FileLooks,
  isHeld,
  lockEntry,
  lookupFor,
  readsAny,
  trackedAmong,
  walk,
} from '../../src/plan/plan.ts';
import { makeSpace } from '../hash/space.ts';
import { at, makeOut, makeStage } from '../show/stages.ts';

test('what a dependency reads through links counts, however many outputs there are', () => {
  const out = (path: string, ...linked: string[]) => ({ at: at(path), linked: linked.map(at) });
  for (const others of [[], ['b', 'c', 'd', 'e']]) {
    const readsOne = readsAny([out('a/x', 'real/x'), ...others.map((path) => out(path))]);
    const deps = [out('a'), out('a/x/y'), out('link', 'a/x'), out('real'), out('link', 'real/x/z')];
    assert.deepEqual(deps.map(readsOne), [true, true, true, true, true]);
    assert.deepEqual([out('a/xx'), out('x'), out('link', 'a/y')].map(readsOne), [false, false, false]);
  }
});

test('removing a folder loses nothing only where the cache has each file of it, and no link is in it', async () => {
  const content = (digest: string): Content => ({ digest: digest as Digest, size: 1 });
  const file = (path: string) => ({ kind: 'file' as const, path, ...content(path) });
  const link = { kind: 'symlink' as const, path: 'l', target: 'a' };
  const held = (entries: readonly unknown[], has: readonly string[], digest = 'd.dir'): Promise<boolean> =>
    isHeld(at('out'), content(digest), {
      project: { root: '/p' },
      hasher: { tree: () => Promise.resolve({ entries }) },
      store: {
        has: ({ digest }: Content) => has.includes(digest),
        lacking: (files: readonly Content[]) => files.filter(({ digest }) => !has.includes(digest)),
      },
    } as never);
  const folder = { kind: 'directory' as const, path: 'e' };
  assert.deepEqual(
    await Promise.all([
      held([], ['d.dir']),
      held([file('a'), folder, file('b')], ['a', 'b']),
      held([file('a'), file('b')], ['a']),
      held([file('a'), link], ['a']),
      held([file('a')], ['a'], 'd'),
    ]),
    [true, true, false, false, false],
  );
});

test('a dependency and a key that are not there are not recorded', () => {
  const { deps, params, env, wdir } = lockEntry(
    {
      cmd: 'x',
      wdir: 'sub',
      env: { A: '1' },
      deps: [
        { path: 'a', content: { digest: '1' as Digest, size: 1 } },
        { path: 'b', content: undefined },
      ],
      params: new Map([['p', new Map([['k', 1n], ['null', null], ['missing', undefined]] as const)]]), // prettier-ignore
      outs: [],
    },
    [],
  );
  assert.deepEqual([wdir, env], ['sub', { A: '1' }]);
  assert.deepEqual([deps.map(({ path }) => path), [...params.get('p')!]], [['a'], [['k', 1n], ['null', null]]]); // prettier-ignore
});

test('a file is looked at once, and again after a stage wrote it', (t) => {
  const space = makeSpace(t);
  const looks = new FileLooks(space.root, {
    remembered: (path, stamp) => ({ digest: `${path} ${stamp}` }) as never,
  });
  const file = space.write('file', '1');
  const before = looks.stamp(at('file'));
  assert.equal(looks.stamp(at('nothing')), undefined);
  assert.equal(looks.content(at('file'))?.digest, `${file} ${before}`);
  chmodSync(file, 0o755);
  assert.equal(looks.stamp(at('file')), before);
  looks.forget(at('file'));
  assert.equal(looks.content(at('file')), undefined);
  assert.notEqual(looks.stamp(at('file')), before);
});

test('after a failure of the engine no further stage is begun', async () => {
  const stages = Array.from({ length: 50 }, (_, index) => makeStage(`s${index}`));
  const begun: string[] = [];
  const failing = walk(stages, { dependencies: () => [] }, async ({ name }) => {
    begun.push(name);
    await Promise.resolve();
    throw new Error(`failure of ${name}`);
  });
  await assert.rejects(failing, /failure of s0/);
  assert.equal(begun.length, 32, 'those that had begun with it');
});

test('a failure of the engine ends the walk once all that had begun has ended', async () => {
  const stages = ['a', 'b', 'c'].map((name) => makeStage(name));
  const hold = Promise.withResolvers<void>();
  const ended: string[] = [];
  const failing = walk(stages, { dependencies: () => [] }, async ({ name }) => {
    if (name === 'a') throw new Error('failure of a');
    await hold.promise;
    ended.push(name);
    return 'ran';
  });
  const rejected = assert.rejects(
    failing.finally(() => ended.push('the walk')),
    /failure of a/,
  );
  await new Promise(setImmediate);
  hold.resolve();
  await rejected;
  assert.deepEqual(ended, ['b', 'c', 'the walk']);
});

test('git is asked about names as they are, not as patterns', (t) => {
  const space = makeSpace(t);
  for (const name of ['a1', 'dir/x', 'sub/tracked', 'changed', '*', ':(top)z']) space.write(name, '');
  const git = (...args: string[]): void =>
    void execFileSync('git', args, { cwd: space.root, stdio: 'ignore' });
  git('init', '-q');
  git('--literal-pathspecs', 'add', '--', 'a1', 'dir/x', 'sub/tracked', 'changed', ':(top)z');
  space.write('changed', 'other');
  space.write('a[1]', '');
  space.write('sub/not', '');
  const paths = ['a[1]', 'a1', 'dir', '*', 'sub/tracked', 'sub/not', 'changed', ':(top)z', 'nothing'].map(at);
  const tracked = ['a1', 'dir', 'sub/tracked', 'changed', ':(top)z'];
  assert.deepEqual([...trackedAmong(space.root, paths)].toSorted(), tracked.toSorted());
  assert.deepEqual([...trackedAmong(space.root, [at(':(top)z')])], [':(top)z']);
  assert.deepEqual(
    [...trackedAmong(space.root, paths, true)].toSorted(),
    tracked.filter((path) => path !== 'changed').toSorted(),
  );
});

test('outputs are stored only where each of them is', () => {
  const out = (path: string) => ({ path, content: { digest: path as Digest, size: 1 } });
  const lookup = lookupFor(makeStage('s'), {
    locks: { entry: () => undefined },
    store: { has: ({ digest }: Content) => digest === 'a' },
  } as never);
  assert.deepEqual(
    [lookup.stored([out('a')]), lookup.stored([out('a'), out('b')]), lookup.stored([])],
    [true, false, true],
  );
});

test('the result of an earlier run is looked for only where all of it can be put back', () => {
  const rules = { runKey: () => 'key', restoresSources: true, hasWholeRunKey: () => true };
  const workspace = {
    rules,
    locks: { entry: () => undefined },
    runCache: { find: (key: string) => [key] },
  };
  const found = (out: object, more: object = {}): unknown =>
    lookupFor({ ...makeStage('s', { deps: ['in'] }), outs: [makeOut('o', out)], ...more }, workspace as never).earlierRun({} as never); // prettier-ignore
  assert.deepEqual(found({}), ['key']);
  assert.equal(found({ persist: true }), undefined);
  assert.equal(found({ cache: false }), undefined);
  assert.deepEqual(found({ cache: false, metric: true }), ['key']);
  assert.equal(found({}, { alwaysChanged: true }), undefined);
});

test('a stage is visited once, when all that it depends on has ended', async () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => makeStage(name));
  const hold = Promise.withResolvers<void>();
  const visits: string[] = [];
  const walked = walk([c!, a!, b!], { dependencies: (of) => (of === c ? [a!, b!] : []) }, async (stage, before) => {
    visits.push([stage.name, ...before.values()].join(' '));
    if (stage === b) await hold.promise;
    return 'ran';
  }); // prettier-ignore
  await new Promise(setImmediate);
  assert.deepEqual(visits, ['a', 'b']);
  hold.resolve();
  assert.deepEqual([...(await walked).values()], ['ran', 'ran', 'ran']);
  assert.deepEqual(visits, ['a', 'b', 'c ran ran']);
});
