import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { PipeError } from '../../src/base/base.ts';
import { openDvcLock, type DvcLock } from '../../src/dvc/dvc.ts';
import { openFileLocks } from '../../src/run/run.ts';
import { makeStage } from '../show/stages.ts';

interface Table {
  readonly read: Readonly<Record<string, readonly { pid: number; cmd: string }[]>>;
  readonly write: Readonly<Record<string, { pid: number; cmd: string }>>;
}

function makeRoot(t: TestContext): string {
  const around = mkdtempSync(join(tmpdir(), 'pipe-lock-'));
  t.after(() => rmSync(around, { recursive: true }));
  const root = join(around, 'a b');
  mkdirSync(join(root, '.dvc/tmp'), { recursive: true });
  return root;
}

/** @param waits what to do when the lock is found taken. */
function open(t: TestContext, root: string, waits?: () => void): DvcLock {
  const lock = openDvcLock({
    root,
    locks: openFileLocks()!,
    command: 'pipe repro',
    wait: waits !== undefined,
    onWait: waits ?? (() => {}),
    stopped: () => false,
  });
  t.after(() => lock.close());
  return lock;
}

const tableOf = (root: string): Table =>
  JSON.parse(readFileSync(join(root, '.dvc/tmp/rwlock'), 'utf8')) as Table;
const isBusy = (error: unknown): boolean =>
  error instanceof PipeError && error.problems[0]!.code === 'dvc-busy';
const stage = makeStage('s', { deps: ['in'], outs: ['out'] });

test('holds the lock of the repository while it works, and says who does', async (t) => {
  const root = makeRoot(t);
  const [ours, theirs] = [open(t, root), open(t, root)];
  await ours.exclusive(async () => {
    await assert.rejects(
      theirs.exclusive(() => Promise.resolve()),
      isBusy,
    );
    await ours.exclusive(() => Promise.resolve());
    await assert.rejects(
      theirs.exclusive(() => Promise.resolve()),
      isBusy,
      'an inner one does not let go',
    );
    assert.equal(readFileSync(join(root, '.dvc/tmp/lock'), 'utf8'), ` ${process.pid}\n`);
    assert.deepEqual(readdirSync(join(root, '..')), ['a b'], 'no other file is locked');
  });
  assert.equal(await theirs.exclusive(() => Promise.resolve(5)), 5);
  await assert.rejects(
    ours.exclusive(() => Promise.reject(new Error('mine'))),
    /mine/,
  );
  await theirs.exclusive(() => Promise.resolve());
});

test('waits until it is free, and says so once', async (t) => {
  const root = makeRoot(t);
  const holder = open(t, root);
  let letGo = (): void => {};
  const held = holder.exclusive(() => new Promise<void>((resolve) => (letGo = resolve)));
  let told = 0;
  const waiter = open(t, root, () => {
    told += 1;
    letGo();
  });
  // Taken for sure only once the holder has it.
  await holder.exclusive(() => Promise.resolve());
  await waiter.exclusive(() => Promise.resolve());
  await held;
  assert.equal(told, 1);
});

test('however often it asks again, it says only once that it waits', async (t) => {
  const root = makeRoot(t);
  let [asked, told] = [0, 0];
  const lock = openDvcLock({
    root,
    locks: {
      lock: async () => (asked += 1) % 4 === 0,
      unlock: async () => undefined,
      close: () => undefined,
    },
    command: 'pipe repro',
    wait: true,
    onWait: () => (told += 1),
    stopped: () => false,
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const turns of [4, 8]) {
    const held = lock.exclusive(() => Promise.resolve());
    for (let turn = 0; turn < 8; turn += 1) {
      await setImmediate();
      t.mock.timers.tick(1000);
    }
    await held;
    assert.deepEqual([asked, told], [turns, 1]);
  }
});

test('enters what a stage reads and writes, and takes it out again', async (t) => {
  const root = makeRoot(t);
  const lock = open(t, root);
  const [first, second] = await Promise.all([
    lock.claim(stage),
    lock.claim({
      ...makeStage('t', { deps: ['in', 'https://host/far'], outs: ['one', 'two'] }),
      params: [{ file: 'p', at: 'p', keys: [] }],
    } as never),
  ]);
  // Our own stages exclude each other elsewhere.
  await (
    await lock.claim(makeStage('u', { deps: ['out'] }))
  )();
  const own = { pid: process.pid, cmd: 'pipe repro' };
  assert.deepEqual(tableOf(root), {
    write: Object.fromEntries(['out', 'one', 'two'].map((name) => [join(root, name), own])),
    read: { [join(root, 'in')]: [own, own], [join(root, 'p')]: [own] },
  });
  await first();
  assert.deepEqual(tableOf(root), {
    write: { [join(root, 'one')]: own, [join(root, 'two')]: own },
    read: { [join(root, 'in')]: [own], [join(root, 'p')]: [own] },
  });
  await second();
  assert.deepEqual(tableOf(root), { write: {}, read: {} });
});

test('refuses what another reads or writes, folders and what lies in them included', async (t) => {
  const root = makeRoot(t);
  const lock = open(t, root);
  const other = { pid: 1, cmd: 'repro' };
  const claimBeside = (table: object): Promise<() => Promise<void>> => {
    writeFileSync(join(root, '.dvc/tmp/rwlock'), JSON.stringify(table));
    return lock.claim(stage);
  };
  await assert.rejects(claimBeside({ write: { [join(root, 'in/deep')]: other } }), isBusy);
  await assert.rejects(claimBeside({ write: { [root]: other } }), isBusy);
  await assert.rejects(claimBeside({ read: { [join(root, 'out')]: [other] } }), isBusy);
  const elsewhere = join(root, 'elsewhere');
  await assert.rejects(claimBeside({ write: { [elsewhere]: other, [join(root, 'in')]: other } }), isBusy);
  const readers = [{ pid: process.pid, cmd: 'pipe repro' }, other];
  await assert.rejects(claimBeside({ read: { [elsewhere]: [other], [join(root, 'out')]: readers } }), isBusy);
  // The same command, of another process.
  const alike = { pid: 1, cmd: 'pipe repro' };
  await assert.rejects(claimBeside({ write: { [join(root, 'out')]: alike } }), isBusy);
  // Another command of the same process, as one that embeds us.
  const beside = { pid: process.pid, cmd: 'other' };
  await assert.rejects(claimBeside({ write: { [join(root, 'out')]: beside } }), isBusy);
  await (
    await claimBeside({ read: { [join(root, 'in')]: [other] } })
  )();
  assert.deepEqual(tableOf(root).read, { [join(root, 'in')]: [other] });
  await (
    await claimBeside({ read: { [join(root, 'in')]: [other] } })
  )();
  await (
    await claimBeside({ write: { [join(root, 'out2')]: other } })
  )();
});

test('a process of another user is at work, too', async (t) => {
  const root = makeRoot(t);
  const lock = open(t, root);
  t.mock.method(process, 'kill', () => {
    throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
  });
  const other = { pid: 4_000_000, cmd: 'repro' };
  writeFileSync(join(root, '.dvc/tmp/rwlock'), JSON.stringify({ write: { [join(root, 'out')]: other } }));
  await assert.rejects(lock.claim(stage), isBusy);
  t.mock.restoreAll();
});

test('entries of processes that are gone count for nothing; nor does a table that was cut off', async (t) => {
  const root = makeRoot(t);
  const lock = open(t, root);
  const gone = { pid: spawnSync('true').pid, cmd: 'repro' };
  writeFileSync(
    join(root, '.dvc/tmp/rwlock'),
    JSON.stringify({
      write: { [join(root, 'in')]: gone, [join(root, 'out')]: gone },
      read: { [join(root, 'out')]: [gone, gone] },
    }),
  );
  await (
    await lock.claim(stage)
  )();
  assert.deepEqual(tableOf(root), { write: {}, read: {} });
  writeFileSync(join(root, '.dvc/tmp/rwlock'), '{"write": {');
  await (
    await lock.claim(stage)
  )();
});

test('a lock file that cannot be opened is an error, not a lock that another holds', async (t) => {
  const root = makeRoot(t);
  mkdirSync(join(root, '.dvc/tmp/lock'));
  const lock = open(t, root, () => assert.fail('waits'));
  await assert.rejects(
    lock.exclusive(() => Promise.resolve()),
    (error) => error instanceof PipeError && error.problems[0]!.code === 'dvc-lock-unavailable',
  );
});
