// Who is at work on a remote: a push and a collection of garbage see each other, by the times that the remote gives.
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os, { hostname } from 'node:os';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import type { OpenRemote } from '../../src/cache/cache.ts';
import { announceCollection, announcePush, otherPushes, refuseForGarbage } from '../../src/run/run.ts';
import { memoryRemote, type MemoryRemote } from '../cache/remote/memory-remote.ts';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;

/** A remote with a clock, whose lists have one file a page. */
function timed(): MemoryRemote & OpenRemote & { readonly times: Map<string, number> } {
  const [remote, times] = [memoryRemote(), new Map<string, number>()];
  return Object.assign(remote, {
    times,
    async *list(folder: string) {
      for (const key of remote.files.keys())
        if (key.startsWith(`${folder}/`)) yield [{ key, size: 1, time: times.get(key) ?? NOW }];
    },
    remove: async (keys: readonly string[]) => keys.forEach((key) => remote.files.delete(key)),
  }) as never;
}

type Timed = ReturnType<typeof timed>;

function put({ files, times }: Timed, key: string, minutesAgo: number, marker: unknown): void {
  files.set(key, Buffer.from(typeof marker === 'string' ? marker : JSON.stringify(marker)));
  times.set(key, NOW - minutesAgo * MINUTE);
}

const isWorking = ({ files }: Timed, key: string): unknown => JSON.parse(String(files.get(key))).working;
const busy = (error: unknown): boolean =>
  error instanceof PipeError && error.problems[0]!.code === 'remote-busy';

test('a push is refused while garbage is collected, and says when it has ended', async () => {
  const remote = timed();
  put(remote, 'pipe/pushes/other', 50, { pid: 1, working: false });
  put(remote, 'pipe/gc/dead', 31, {});
  const push = (await announcePush(remote, '/a'))!;
  assert.deepEqual([push.now, isWorking(remote, push.key)], [NOW, true]);
  await push.end();
  assert.equal(isWorking(remote, push.key), false);
  put(remote, 'pipe/gc/alive', 29, {});
  await assert.rejects(announcePush(remote, '/a'), busy);
  assert.equal(isWorking(remote, push.key), false);

  // What cannot list has no collection, and needs no marker.
  const unlisted = Object.assign(timed(), { list: undefined });
  assert.equal(await announcePush(unlisted, '/a'), undefined);
  const failing = (code: 'remote-refused' | 'remote-failed'): Timed =>
    Object.assign(timed(), {
      list: undefined,
      async *tryList() {
        yield* [];
        throw new PipeError({ code, title: 'no', hint: 'none' });
      },
    }) as never;
  const refusing = failing('remote-refused');
  assert.equal(await announcePush(refusing, '/a'), undefined);
  assert.equal(refusing.files.size, 0);
  await assert.rejects(announcePush(failing('remote-failed'), '/a'), /no/);
});

test('a collection is refused while another one is at work, but for those that crashed', async () => {
  const remote = timed();
  put(remote, 'pipe/gc/dead', 31, {});
  const own = await announceCollection(remote);
  assert.ok(remote.files.has(own.key));
  await own.end();
  assert.ok(!remote.files.has(own.key));
  put(remote, 'pipe/gc/alive', 29, {});
  await assert.rejects(announceCollection(remote), busy);
  assert.deepEqual([...remote.files.keys()], ['pipe/gc/dead', 'pipe/gc/alive']);
  const without = (more: object): OpenRemote => Object.assign(timed(), more);
  for (const [more, why] of [
    [{ readOnly: true }, /read-only/],
    [{ list: undefined }, /cannot list/],
    [{ remove: undefined }, /cannot remove/],
  ] as const)
    assert.throws(() => refuseForGarbage(without(more)), why);
  refuseForGarbage(timed());
});

test('the pushes of others, the latest first: of the own project only one that is under way', async () => {
  const remote = timed();
  const marker = { host: 'there', user: 'ada', pid: process.pid, folder: '/x' };
  put(remote, 'pipe/pushes/long', 40, { ...marker, working: true });
  put(remote, 'pipe/pushes/young', 5, { ...marker, working: true, folder: undefined });
  put(remote, 'pipe/pushes/damaged', 10, '{');
  put(remote, 'pipe/pushes/large', 11, 'x'.repeat(5000));
  put(remote, 'pipe/pushes/done', 20, { ...marker, working: false });
  const own = (await announcePush(remote, '/a'))!;
  const shown = async (root: string): Promise<readonly string[]> =>
    (await otherPushes(remote, NOW, root)).map(({ age, working, by, folder }) =>
      [age / MINUTE, by, ...(folder === undefined ? [] : [folder]), ...(working ? ['works'] : [])].join(' '),
    );
  const others = [
    '5 ada@there works',
    '10 pipe/pushes/damaged',
    '11 pipe/pushes/large',
    '20 ada@there /x',
    '40 ada@there /x',
  ];
  const [first, ...more] = await shown('/a');
  assert.match(first!, /^0 .*@.* \/a works$/);
  assert.ok(first!.includes(`@${hostname()} `));
  assert.deepEqual(more, others);
  await own.end();
  assert.deepEqual(await shown('/a'), others);
  assert.equal((await shown('/b')).length, 6, 'of another clone');
  // It was killed: no other process can have it at work.
  const { pid: _, ...rest } = JSON.parse(String(remote.files.get(own.key))) as Record<string, unknown>;
  put(remote, own.key, 1, { ...rest, pid: 0x7fff_fff0, working: true });
  assert.deepEqual(await shown('/a'), others);
});

test('two users with a clone at the same path have a marker each', async (t) => {
  const remote = timed();
  const keyOf = async (username: string): Promise<string> => {
    const user = t.mock.method(os, 'userInfo', () => ({ username }));
    syncBuiltinESMExports();
    try {
      return (await announcePush(remote, '/a'))!.key;
    } finally {
      user.mock.restore();
      syncBuiltinESMExports();
    }
  };
  const [ann, bob] = [await keyOf('ann'), await keyOf('bob')];
  assert.notEqual(ann, bob);
  assert.equal(await keyOf('ann'), ann);
});
