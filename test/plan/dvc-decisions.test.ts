// What a DVC repository makes of a stage: the same as DVC.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import type { Value } from '../../src/base/base.ts';
import {
  countingChanges,
  decide,
  hasReusableResult,
  isRestorable,
  type Inputs,
  type Lookup,
} from '../../src/plan/plan.ts';
import { dvcOrder, dvcRules, equalInPython } from '../../src/dvc/dvc.ts';
import { makeOut, makeStage } from '../show/stages.ts';

const content = (digest: string, more: Partial<Content> = {}): Content => ({
  digest: digest as Digest,
  size: 1,
  ...more,
});
const map = (values: Readonly<Record<string, Value>>): ReadonlyMap<string, Value> =>
  new Map(Object.entries(values));

const stage: Stage = {
  ...makeStage('s', { deps: ['in'], outs: ['out'] }),
  params: [{ file: 'params.yaml', at: 'params.yaml' as Stage['file'], keys: ['lr'] }],
};
const entry: LockEntry = {
  cmd: 'make s',
  deps: [{ path: 'in', content: content('1') }],
  params: new Map([['params.yaml', map({ lr: 1n })]]),
  outs: [{ path: 'out', content: content('2') }],
};
const inputs: Inputs = { ...entry, outs: ['out'] };

/** @param outs contents in the workspace. */
const lookup = (
  outs: readonly (Content | undefined)[],
  stored = true,
  earlier?: LockEntry['outs'],
): Lookup => ({
  outs: () => Promise.resolve(outs),
  stored: () => stored,
  earlierRun: () => earlier,
});
const asDvc = { force: false, rules: dvcRules };
const kindOf = async (of: Stage, at: LockEntry | undefined, now: Inputs, look: Lookup): Promise<string> =>
  (await decide(of, at, now, look, asDvc)).kind;

test('neither wdir nor env nor executable bits nor what is no longer declared make a stage stale', async () => {
  const less = { ...stage, deps: [], params: [] };
  const changes = countingChanges(
    less,
    entry,
    { cmd: 'make s', deps: [], params: new Map(), outs: [] },
    dvcRules,
  );
  assert.deepEqual(changes, []);
  assert.equal(await kindOf(stage, entry, inputs, lookup([content('2', { isexec: true })])), 'fresh');
});

test('what is declared anew does', () => {
  const kinds = (now: Inputs): string[] =>
    countingChanges(stage, entry, now, dvcRules).map(({ kind, status }) => `${kind} ${status}`);
  assert.deepEqual(kinds({ ...inputs, outs: ['out', 'more'] }), ['out added']);
  assert.deepEqual(kinds({ ...inputs, deps: [...inputs.deps, { path: 'new', content: content('3') }] }), [
    'dep added',
  ]);
  assert.deepEqual(kinds({ ...inputs, deps: [{ path: 'in', content: undefined }] }), ['dep missing']);
  assert.deepEqual(kinds({ ...inputs, cmd: ['make s'] }), ['cmd modified']);
  assert.deepEqual(kinds({ ...inputs, env: { A: '1' } }), ['env added'], 'an extension of ours');
});

test('a key that leaves a file counts only where the whole file is a parameter', () => {
  const [keyed] = stage.params;
  const whole = {
    ...stage,
    params: [
      { ...keyed!, file: 'other.yaml' },
      { ...keyed!, keys: [] },
    ],
  };
  const now = { ...inputs, params: new Map([['params.yaml', map({})]]) };
  const others = { ...stage, params: [keyed!, { ...keyed!, file: 'other.yaml', keys: [] }] };
  assert.equal(countingChanges(others, entry, now, dvcRules).length, 0);
  assert.equal(countingChanges(stage, entry, now, dvcRules).length, 0);
  assert.equal(countingChanges(whole, entry, now, dvcRules).length, 1);
});

test('values are compared as Python does', () => {
  const equal: [Value, Value][] = [
    [1n, 1],
    [1n, true],
    [0, false],
    [
      [1n, [2]],
      [1, [2n]],
    ],
    [map({ a: 1n, b: 2n }), map({ b: 2, a: true })],
  ];
  const different: [Value, Value][] = [
    [1n, '1'],
    [null, false],
    [NaN, NaN],
    [9007199254740993n, 9007199254740992],
    [10n ** 400n, Infinity],
    [[1n], [1n, 2n]],
    [['a', 'b'], 'ab'],
    [
      [1n, 2n],
      [1n, 3n],
    ],
    [map({ a: 1n }), map({ b: 1n })],
    [map({ a: 1n }), map({ a: 1n, b: 2n })],
    [map({ a: 1n, b: 2n }), map({ a: 1n, b: 3n })],
    [[], map({})],
  ];
  for (const [a, b] of equal) assert.ok(equalInPython(a, b) && equalInPython(b, a));
  for (const [a, b] of different) assert.ok(!equalInPython(a, b) && !equalInPython(b, a));
});

test('a lost output comes back from the lock file, if the cache has everything; else the stage runs', async () => {
  assert.equal(await kindOf(stage, entry, inputs, lookup([undefined])), 'restore');
  assert.equal(await kindOf(stage, entry, inputs, lookup([content('2')], false, entry.outs)), 'run');
  const persistent = { ...stage, outs: [makeOut('out', { persist: true })] };
  assert.equal(await kindOf(persistent, entry, inputs, lookup([undefined])), 'run');
  const blind = { ...stage, deps: [], params: [] };
  assert.equal(
    await kindOf(blind, { ...entry, deps: [] }, { ...inputs, deps: [] }, lookup([undefined])),
    'run',
  );
});

test('the run cache is asked only where something that counts has changed', async () => {
  const other = { ...inputs, cmd: 'make other' };
  assert.equal(await kindOf(stage, entry, other, lookup([content('2')], true, entry.outs)), 'restore');
  assert.equal(await kindOf(stage, undefined, inputs, lookup([undefined], true, entry.outs)), 'restore');
  assert.equal(await kindOf(stage, undefined, inputs, lookup([undefined])), 'run');
});

test('a frozen stage looks at its outputs and its command, never at its dependencies', async () => {
  const frozen = { ...stage, frozen: true };
  const reasons = async (at: LockEntry | undefined, out: Content | undefined): Promise<readonly string[]> => {
    const decision = await decide(
      frozen,
      at,
      { ...inputs, deps: [{ path: 'in', content: content('9') }] },
      lookup([out]),
      asDvc,
    );
    assert.ok(decision.kind === 'frozen');
    return decision.reasons.map(({ kind }) => kind);
  };
  assert.deepEqual(await reasons(entry, content('2')), []);
  assert.deepEqual(await reasons(entry, content('3')), ['out-modified']);
  assert.deepEqual(await reasons(entry, undefined), ['out-missing']);
  assert.deepEqual(await reasons({ ...entry, cmd: 'other' }, content('2')), ['changed']);
  assert.deepEqual(await reasons({ ...entry, cmd: 'other' }, content('3')), ['out-modified', 'changed']);
  assert.deepEqual(await reasons(undefined, content('2')), ['new']);
});

test('stages come in the order in which DVC runs them: depth first, a frozen one alone', () => {
  const names = ['z', 'a', 'b', 'c', 'd'] as const;
  const edges: Readonly<Record<string, readonly string[]>> = { z: ['b', 'a'], b: ['d'], c: ['a'] };
  const orderOf = (frozen: string | undefined): string[] => {
    const stages = names.map((name) => ({ ...makeStage(name), frozen: name === frozen }));
    const byName = new Map(stages.map((one) => [one.name as string, one]));
    return dvcOrder({
      stages,
      dependencies: (of) => (edges[of.name] ?? []).map((name) => byName.get(name)!),
      dependents: () => [],
      stage: () => undefined,
    }).map(({ name }) => name);
  };
  assert.deepEqual(orderOf(undefined), ['d', 'b', 'a', 'z', 'c']);
  assert.deepEqual(orderOf('z'), ['z', 'a', 'd', 'b', 'c']);
});

test('a stage that reads nothing is never restored, one that reads parameters alone is', () => {
  const restorable = (more: Partial<Stage>): boolean =>
    isRestorable({ ...stage, deps: [], ...more }, dvcRules);
  assert.deepEqual([restorable({}), restorable({ params: [] })], [true, false]);
});

test('only an output that the cache should have is missed there; keys that lack the environment give no result', async () => {
  const uncached = { ...stage, outs: [makeOut('out', { cache: false, metric: true })] };
  const there = lookup([content('2')], false);
  assert.equal(await kindOf(stage, entry, inputs, there), 'run');
  assert.equal(await kindOf(uncached, entry, inputs, there), 'fresh');
  assert.deepEqual(
    [
      stage,
      { ...stage, env: { A: '1' } },
      makeStage('s', { deps: ['in', 'https://h/in'], outs: ['out'] }),
    ].map((of) => hasReusableResult(of, dvcRules)),
    [true, false, false],
  );
});
