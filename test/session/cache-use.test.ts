// Who may use a shared cache at the same time: many runs, or one garbage collection. And who runs now.
import assert from 'node:assert/strict';
import { existsSync, globSync, rmSync, statSync, symlinkSync, writeFileSync, type accessSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { runningNow, useCache, type CacheUseOptions } from '../../src/session/session.ts';
import { makeSpace } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

const isProblem = (code: string) => (error: unknown) =>
  error instanceof PipeError && error.problems[0]?.code === code;

function opener(t: TestContext): (more: Partial<CacheUseOptions>) => ReturnType<typeof useCache> {
  const dir = makeSpace(t).path('cache');
  const plain = { dir, shared: false, alone: false, wait: false, onWait: () => {}, stopped: () => false };
  return (more) => useCache({ ...plain, ...more });
}

test('several runs use it at a time; garbage collection waits for the last of them, and they for it', async (t) => {
  const use = opener(t);
  const [one, two] = [await use({}), await use({})];
  await assert.rejects(use({ alone: true }), isProblem('cache-in-use'));
  one!.release();
  await assert.rejects(use({ alone: true }), isProblem('cache-in-use'));
  two!.release();
  const alone = await use({ alone: true });
  await assert.rejects(use({}), isProblem('cache-in-use'));
  await assert.rejects(use({ alone: true }), isProblem('cache-in-use'));
  assert.equal(await use({ wait: true, stopped: () => true }), undefined);
  const owners: string[] = [];
  await use({
    wait: true,
    onWait: (owner) => {
      owners.push(owner);
      alone!.release();
    },
  });
  assert.deepEqual(owners, ['garbage collection in the shared cache']);
});

test('who can only read it uses it without a lock, and collects no garbage', async (t) => {
  const use = opener(t);
  (await use({}))!.release();
  patchFs(t, 'accessSync', (real) => (...args: Parameters<typeof accessSync>) => {
    if (!String(args[0]).endsWith('in-use.lock')) return real(...args);
    throw Object.assign(new Error('EACCES: permission denied'), {
      code: 'EACCES',
      errno: -13,
      syscall: 'access',
    });
  });
  (await use({}))!.release();
  await assert.rejects(use({ alone: true }), isProblem('cache-not-writable'));
});

test('a lock that is no lock is not waited for, and no link is followed', async (t) => {
  const space = makeSpace(t);
  const plain = { dir: space.path('cache'), shared: false, alone: false, onWait: () => {} };
  const use = (): ReturnType<typeof useCache> => useCache({ ...plain, wait: true, stopped: () => true });
  (await use())!.release();
  const [name] = globSync('**/in-use.lock', { cwd: plain.dir });
  const lock = join(plain.dir, name!);
  writeFileSync(lock, 'no database'.repeat(100));
  await assert.rejects(use(), isProblem('cache-lock-unavailable'));
  rmSync(lock);
  symlinkSync(space.path('elsewhere'), lock);
  await assert.rejects(use(), /is a symbolic link/);
  assert.equal(existsSync(space.path('elsewhere')), false);
});

test('the lock of a cache that a group shares is writable to all of the group, whatever the umask', async (t) => {
  const space = makeSpace(t);
  const mask = process.umask(0o077);
  t.after(() => process.umask(mask));
  for (const shared of [true, false]) {
    const dir = space.path(`cache-${shared}`);
    (await useCache({
      dir,
      shared,
      alone: false,
      wait: false,
      onWait: () => {},
      stopped: () => false,
    }))!.release();
    const [lock] = globSync('**/in-use.lock', { cwd: dir });
    assert.equal(statSync(`${dir}/${lock}`).mode & 0o777, shared ? 0o664 : 0o600);
  }
});

test('of another machine it is not known whether its run has ended, of this one it is', (t) => {
  const space = makeSpace(t);
  const owner = { pid: 4_000_000, started: '0', since: '2026-01-01T00:00:00Z', run: 'r' };
  const runs = (host: string): boolean => {
    space.write('run.owner.json', JSON.stringify({ ...owner, host }));
    return runningNow(space.root) !== undefined;
  };
  assert.equal(runningNow(space.root), undefined);
  assert.deepEqual([runs(hostname()), runs('elsewhere')], [false, true]);
});
