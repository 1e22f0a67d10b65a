// What is remembered of fresh stages and of folders that were recorded.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { Stage, StageAddress } from '../../src/pipeline/pipeline.ts';
import {
  changedFolders,
  FileLooks,
  FreshMemory,
  keepFolders,
  recallFolder,
  recallFresh,
  type Decision,
} from '../../src/plan/plan.ts';
import { makeSpace } from '../hash/space.ts';
import { at, makeStage } from '../show/stages.ts';

const dep = (path: string, more: object = {}): Stage['deps'][number] => ({ path, at: at(path), ...more });
const param = (file: string): Stage['params'][number] => ({ file, at: at(file), keys: [] });

/** A stage that reads `in` and writes `out`, each recorded with its name as digest. */
function makeMemory(t: TestContext) {
  const space = makeSpace(t);
  for (const name of ['in', 'out', 'p.yaml', 'q.yaml']) space.write(name, name);
  const plain = makeStage('s', { deps: ['in'], outs: ['out'], params: [param('p.yaml'), param('q.yaml')] });
  const content = (path: string, more: Partial<Content> = {}): Content => ({
    digest: path as Digest,
    size: 1,
    ...more,
  });
  const open = (stage: Stage, { locks = ['1'], isexec = false, known = true } = {}): FreshMemory => {
    const hasher = {
      remembered: (path: string) =>
        known ? content(path.slice(space.root.length + 1), isexec ? { isexec: true } : {}) : undefined,
    };
    const entry = {
      deps: stage.deps.map(({ path }) => ({ path, content: content(path) })),
      outs: stage.outs.map(({ path }) => ({ path, content: content(path) })),
    };
    const place = { state: space.path('state'), circumstances: ['build'] };
    return new FreshMemory(recallFresh(place), {
      ...place,
      root: space.root,
      stages: [stage],
      locks: { digests: () => locks, entry: () => entry } as never,
      hasher: hasher as never,
      looks: new FileLooks(space.root, hasher),
    });
  };
  const isFresh = (stage: Stage, before: ReadonlyMap<StageAddress, 'fresh' | 'ran'> = new Map()): boolean =>
    open(stage).isFresh(stage, before);
  return {
    ...space,
    plain,
    open,
    isFresh,
    forget: () => rmSync(space.path('state'), { recursive: true, force: true }),
  };
}

test('a stage is remembered as fresh until one of its files, parameters or records changes', (t) => {
  const memory = makeMemory(t);
  const { plain, open, isFresh } = memory;
  assert.equal(isFresh(plain), false);
  const keep = (): void => open(plain).keep([plain], true);
  keep();
  assert.equal(isFresh(plain), true);
  const first = 'first' as StageAddress;
  assert.deepEqual(
    [isFresh(plain, new Map([[first, 'fresh']])), isFresh(plain, new Map([[first, 'ran']]))],
    [true, false],
  );
  const second = 'second' as StageAddress;
  assert.equal(
    isFresh(
      plain,
      new Map([
        [first, 'fresh'],
        [second, 'ran'],
      ]),
    ),
    false,
  );
  assert.equal(open(plain, { locks: ['2'] }).isFresh(plain, new Map()), false);
  for (const name of ['in', 'out', 'p.yaml', 'q.yaml']) {
    memory.write(name, `${name} changed`);
    assert.equal(isFresh(plain), false, name);
    keep();
    assert.equal(isFresh(plain), true);
    rmSync(memory.path(name));
    assert.equal(isFresh(plain), false, `${name} is gone`);
    memory.write(name, name);
    keep();
  }
});

test('what was remembered of a stage before a parameter changed is forgotten, though another one is fresh', (t) => {
  const memory = makeMemory(t);
  const { plain, open, isFresh } = memory;
  const other = { ...plain, address: 'other' as StageAddress };
  open(plain).keep([plain, other], true);
  assert.deepEqual(
    [plain, other].map((stage) => isFresh(stage)),
    [true, true],
  );
  memory.write('p.yaml', 'of other values');
  open(plain).keep([other], true);
  assert.deepEqual(
    [plain, other].map((stage) => isFresh(stage)),
    [false, true],
  );
});

test('a stage that has more than its files to decide about it is not remembered', (t) => {
  const { plain, open, isFresh, forget } = makeMemory(t);
  const remembers = (stage: Stage, options = {}, allDeclared = true): boolean => {
    forget();
    open(stage, options).keep([stage], allDeclared);
    return isFresh(stage);
  };
  assert.equal(remembers(plain), true);
  assert.equal(remembers({ ...plain, deps: [dep('out'), dep('in', { imports: true })] }), false);
  assert.equal(remembers({ ...plain, frozen: true }), false);
  assert.equal(remembers({ ...plain, alwaysChanged: true }), false);
  assert.equal(remembers({ ...plain, cmd: null }), false);
  remembers({ ...plain, address: 's@1\nt' as StageAddress });
  assert.equal(isFresh({ ...plain, address: 't' as StageAddress }), false, 'each has a line of its own');
  assert.equal(remembers(plain, { isexec: true }), false, 'a bit that is not recorded');
  assert.equal(remembers(plain, { known: false }), false, 'files of which nothing is known');
  assert.equal(remembers(plain, {}, false), false, 'outputs of stages that are not declared may be there');
});

test('which files of a folder changed is said of each stage by its own record', async (t) => {
  const space = makeSpace(t);
  const hasher = space.hasher();
  const stages = ['a', 'b'].map((name) => makeStage(name, { deps: ['d', 'e'] }));
  const workspace = {
    project: { root: space.root },
    graph: { stage: (address: string) => stages.find((stage) => stage.address === address) },
    hasher,
    folders: { state: space.path('state'), placing: space.path('cache/placing') },
    contents: { input: (path: string) => hasher.look(space.path(path)) },
  } as never;
  const decisions = new Map<StageAddress, Decision>();
  for (const { address } of stages) {
    for (const folder of ['d', 'e']) space.write(`${folder}/${address}`, '');
    const content = (await hasher.look(space.path('d')))!;
    await keepFolders([{ at: at('d'), content, as: 'input' }], workspace);
    const reasons = ['d', 'e'].map((key) => {
      const change = { kind: 'dep', key: [key], old: content.digest, status: 'modified' } as const;
      return { kind: 'changed', change } as const;
    });
    decisions.set(address, { kind: 'run', reasons });
  }
  // Two folders that were the same, and differ since.
  space.write('d/c', '');
  space.write('e/f', '');
  const found = await changedFolders(decisions, workspace);
  assert.deepEqual(
    stages.map(({ address }) => found.get(address)?.get('d')),
    [
      [
        { path: 'b', status: 'added' },
        { path: 'c', status: 'added' },
      ],
      [{ path: 'c', status: 'added' }],
    ],
  );
  assert.deepEqual(found.get(stages[1]!.address)?.get('e'), [{ path: 'f', status: 'added' }]);
});

test('a folder that changed since it was recorded is not remembered as it was', async (t) => {
  const space = makeSpace(t);
  space.write('d/a', '');
  const content = (await space.hasher().look(space.path('d')))!;
  space.write('d/b', '');
  const hasher = space.hasher();
  const folders = { state: space.path('state'), placing: space.path('cache/placing') };
  await keepFolders([{ at: at('d'), content, as: 'output' }], {
    project: { root: space.root },
    hasher,
    folders,
  } as never);
  assert.equal(recallFolder(content.digest, folders.state, hasher.rules), undefined);
  const now = (await hasher.look(space.path('d')))!;
  const keep = (): Promise<void> =>
    keepFolders([{ at: at('d'), content: now, as: 'output' }], {
      project: { root: space.root },
      hasher,
      folders,
    } as never);
  // The run is as good without it.
  const inTheWay = space.write('state', '');
  await keep();
  rmSync(inTheWay);
  await keep();
  assert.equal(recallFolder(now.digest, folders.state, hasher.rules)?.length, 2);
});
