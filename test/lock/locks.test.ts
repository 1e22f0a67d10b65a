// Which stage is recorded in which lock file.
import assert from 'node:assert/strict';
import { appendFileSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { openLocks, type LockEntry, type Locks } from '../../src/lock/lock.ts';
import { pipeFormat } from '../../src/own/own.ts';
import type { Stage, StageAddress } from '../../src/pipeline/pipeline.ts';
import { makeSpace } from '../hash/space.ts';
import { at, makeStage } from '../show/stages.ts';

const entry = (cmd: string): LockEntry => ({
  cmd,
  wdir: '.',
  env: {},
  deps: [],
  params: new Map(),
  outs: [],
});
const root = makeStage('s', { outs: ['out'] });
const inner: Stage = {
  ...makeStage('s', { outs: ['sub/out'] }),
  address: 'sub/pipeline.yaml:s' as StageAddress,
  file: at('sub/pipeline.yaml'),
};
const none = { files: [], set: [] };

function makeLocks(t: TestContext) {
  const space = makeSpace(t);
  space.write('sub/pipeline.yaml', '');
  return {
    file: space.path,
    read: (name: string) => readFileSync(space.path(name), 'utf8'),
    open: (stages: readonly Stage[], override?: string, files: readonly string[] = []): Locks =>
      openLocks(stages, {
        root: space.root,
        stateDir: space.path('state'),
        name: 'pipeline.lock',
        format: pipeFormat,
        ...(override !== undefined && { override: space.path(override) }),
        files: files.map(at),
      }),
  };
}

for (const override of [undefined, 'one.lock'])
  test(`stages of one name in two files are two records (${override ?? 'a lock file beside each'})`, (t) => {
    const { open } = makeLocks(t);
    const locks = open([root, inner], override);
    locks.record(root, entry('of the root'));
    locks.record(inner, entry('of sub'));
    locks.fold(none, true);
    const again = open([root, inner], override);
    assert.deepEqual([again.entry(root)?.cmd, again.entry(inner)?.cmd], ['of the root', 'of sub']);
    assert.deepEqual(again.vanished(), []);
    assert.deepEqual(
      open([root], override)
        .vanished()
        .map(({ name }) => name),
      override === undefined ? [] : ['sub/pipeline.yaml:s'],
    );
    // A pipeline file without stages can have had some.
    const files = ['pipeline.yaml', 'sub/pipeline.yaml', 'none/pipeline.yaml'];
    assert.equal(open([root], override, files).vanished().length, 1);
    const other: Stage = {
      ...makeStage('t'),
      address: 'sub/pipeline.yaml:t' as StageAddress,
      file: inner.file,
    };
    assert.deepEqual(
      open([root, other], override)
        .vanished()
        .map(({ name }) => name),
      [override === undefined ? 's' : 'sub/pipeline.yaml:s'],
    );
  });

test('the overlay is written into the lock file of the root alone', (t) => {
  const { open, read } = makeLocks(t);
  const locks = open([root, inner]);
  locks.record(root, entry('1'));
  locks.record(inner, entry('2'));
  locks.fold({ files: [], set: ['n=1'] }, true);
  assert.match(read('pipeline.lock'), /n=1/);
  assert.doesNotMatch(read('sub/pipeline.lock'), /n=1/);
  assert.deepEqual(open([root, inner]).overlay(), { files: [], set: ['n=1'] });
});

test('what began is left until it is recorded, over several runs', (t) => {
  const { open } = makeLocks(t);
  const left = (locks: Locks): string[] =>
    locks.attempts().map(({ stage, outs }) => `${stage}: ${outs.join()}`);
  open([root]).begin(root);
  assert.deepEqual(left(open([root])), ['s: out']);
  const second = open([root]);
  second.begin(root);
  second.fold(none, true);
  assert.deepEqual(left(open([root])), ['s: out'], 'a run that ended without its record');
  const third = open([root]);
  third.begin(root);
  third.record(root, entry('1'));
  assert.deepEqual(left(third), []);
  third.fold(none, false);
  assert.deepEqual(left(open([root])), [], 'whichever command recorded it');
});

test('what began is left of a stage of another folder, too, by the paths from the root', (t) => {
  const { open } = makeLocks(t);
  const [path, place] = ['out', at('sub/deep/out')];
  const deep: Stage = { ...inner, wdir: at('sub/deep'), outs: [{ ...inner.outs[0]!, path, at: place }] };
  open([root, deep]).begin(deep);
  assert.deepEqual(open([root, deep]).attempts(), [{ stage: 's', outs: ['sub/deep/out'] }]);
});

test('lines of what began that are not whole are left out', (t) => {
  const { open, file } = makeLocks(t);
  open([root]).begin(root);
  const journal = globSync('state/**/*.attempts', { cwd: file('.') });
  assert.equal(journal.length, 1);
  for (const line of [
    '{"stage":"s","outs":["out",1]}',
    '{"stage":1,"outs":["out"]}',
    '{"stage":"s"}',
    'null',
  ])
    appendFileSync(file(journal[0]!), `\n${line}`);
  appendFileSync(file(journal[0]!), '\n{"stage":"s","outs":["other"]}');
  assert.deepEqual(
    open([root])
      .attempts()
      .map(({ outs }) => outs),
    [['out'], ['other']],
  );
});

test('what a stage began that declares other outputs now is forgotten once the run has settled it', (t) => {
  const { open } = makeLocks(t);
  open([root]).begin(root);
  const other = makeStage('s', { outs: ['other'] });
  const locks = open([other]);
  assert.equal(locks.attempts().length, 1);
  locks.fold(none, false);
  assert.equal(open([other]).attempts().length, 1);
  locks.fold(none, true);
  assert.equal(open([other]).attempts().length, 0);
});

test('records of stages that are no longer declared go only where that is asked for', (t) => {
  const { open } = makeLocks(t);
  const locks = open([root]);
  locks.record(root, entry('1'));
  locks.fold(none, true);
  const other = makeStage('other', { outs: ['other'] });
  assert.equal(open([other]).entry(root), undefined, 'it is none of these stages');
  open([other]).fold(none, false);
  assert.deepEqual(
    open([other])
      .vanished()
      .map(({ name }) => name),
    ['s'],
  );
  open([other]).fold(none, true);
  assert.deepEqual(open([other]).vanished(), []);
});

test('what the first run of a project began is forgotten once it is recorded', (t) => {
  const { open } = makeLocks(t);
  const other = makeStage('other', { outs: ['other'] });
  const locks = open([root, other]);
  locks.begin(root);
  locks.begin(other);
  assert.equal(open([root, other]).attempts().length, 2);
  locks.record(root, entry('1'));
  locks.record(other, entry('2'));
  locks.fold(none, true);
  const again = open([root, other]);
  assert.deepEqual(again.attempts(), []);
  assert.notEqual(again.digests(), undefined);
  again.begin(root);
  assert.equal(again.digests(), undefined, 'the lock files do not have all that is known');
  // Of two runs in one process the second ends it.
  again.fold(none, true);
  assert.equal(open([root, other]).attempts().length, 1);
  again.record(root, entry('3'));
  again.fold(none, true);
  assert.deepEqual(open([root, other]).attempts(), []);
});

test('what was recorded before a crash is found again in each of two files', (t) => {
  const { open } = makeLocks(t);
  const locks = open([root, inner]);
  locks.record(root, entry('1'));
  locks.record(inner, entry('2'));
  const again = open([root, inner]);
  assert.deepEqual([again.entry(root)?.cmd, again.entry(inner)?.cmd], ['1', '2']);
  again.fold(none, true);
  const whole = open([root, inner]);
  assert.equal(whole.digests()?.length, 2);
  whole.record(inner, entry('3'));
  assert.equal(whole.digests(), undefined, 'one of them does not have all that is recorded');
});

test('that a stage begins or ended cannot be noted, and it says so, each in its words', (t) => {
  const { open, file } = makeLocks(t);
  const locks = open([root]);
  writeFileSync(file('state'), 'in the way');
  const refused = (title: RegExp) => (error: unknown) => {
    assert.ok(error instanceof PipeError);
    assert.match(error.problems[0]!.title, title);
    return true;
  };
  assert.throws(() => locks.begin(root), refused(/^cannot note that the stage 's' starts: /));
  assert.throws(() => locks.record(root, entry('1')), refused(/^cannot record the stage 's': /));
  assert.deepEqual([locks.attempts(), locks.entry(root)], [[], undefined]);
});
