// Sendings beside others: of a follower, of another project, of the same one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { sendRecord } from '../src/send.ts';
import { openLiveSender } from '../src/send-live.ts';
import { withSendLock } from '../src/send-lock.ts';
import { project, recordIn, current, WHOLE } from './sending.ts';

test('projects in one experiment do not touch each other', async (t) => {
  const { root, fake, client } = await project(t);
  await sendRecord(client, recordIn(root), { root });
  const other = await sendRecord(client, { ...recordIn(root), project: 'other' }, { root });
  assert.deepEqual([other.created, other.stale], [6, 0]);
  assert.equal(current(fake).length, 12);
});

test('what a follower began is completed with its points, and another training of the same key is not', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  const live = await openLiveSender(client, { project: 'p', experimentName: 'e' });
  const begun = record.runs.slice(0, 3).map((one) => ({
    ...one,
    // Its number among the configurations is known at the end only.
    name: one.parent === undefined ? 'a' : one.name,
    metrics: one.parent === undefined ? {} : { loss: one.metrics['loss']!.slice(0, 2) },
  }));
  assert.equal(await live.update(begun), 4);
  const requests = fake.requests.length;
  assert.equal(await live.update(begun), 0);
  // Each member of a group brings its own start of the group.
  assert.equal(await live.update([{ ...begun[0]!, start: 999 }]), 0);
  assert.equal(fake.requests.length, requests, 'nothing is sent twice');
  const [, , second] = begun;
  // The answer is lost; the earlier training of the same key is not taken for the new one.
  fake.after = (request) => {
    if (!request.endsWith('/runs/create')) return false;
    delete fake.after;
    return true;
  };
  assert.equal(await live.update([{ ...second!, start: 999 }]), 2);
  assert.deepEqual(
    fake.runs
      .filter(({ tags }) => tags.get('pipe.key') === second!.key)
      .map(({ start, metrics }) => [start, metrics.size]),
    [
      [second!.start, 2],
      [999, 2],
    ],
  );
  const sent = await sendRecord(client, record, { root });
  assert.deepEqual([sent.created, sent.completed, sent.stale], [3, 3, 1]);
  assert.deepEqual(current(fake), WHOLE);
  assert.deepEqual(
    fake.runs.filter((found) => found.tags.has('pipe.stale')).map(({ status }) => status),
    ['KILLED'],
  );
  assert.equal((await sendRecord(client, record, { root })).writes, 0, 'it is known as whole');
});

test('points that did not reach the server are sent with the next ones', async (t) => {
  const { root, fake, client } = await project(t);
  const [parent, child] = recordIn(root).runs;
  const live = await openLiveSender(client, { project: 'p', experimentName: 'e' });
  const upTo = (points: number): Parameters<typeof live.update>[0] => [
    { ...parent!, metrics: {} },
    { ...child!, metrics: { loss: child!.metrics['loss']!.slice(0, points) } },
  ];
  assert.equal(await live.update(upTo(1)), 1);
  fake.before = (request) => request.includes('log-batch');
  await assert.rejects(live.update(upTo(2)));
  delete fake.before;
  assert.equal(await live.update(upTo(3)), 2);
  const { metrics } = fake.runs.find(({ tags }) => tags.get('pipe.key') === child!.key)!;
  assert.equal(metrics.size, 3);
});

test('a follower leaves a run alone whose record was sent', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  await sendRecord(client, record, { root });
  const live = await openLiveSender(client, { project: 'p', experimentName: 'e' });
  const requests = fake.requests.length;
  assert.equal(await live.update(record.runs.slice(0, 3)), 0);
  assert.equal(fake.requests.length, requests);
  // One that was set aside is no longer the run of its key.
  for (const { tags } of fake.runs) tags.set('pipe.stale', 'changed');
  const later = await openLiveSender(client, { project: 'p', experimentName: 'e' });
  assert.equal(await later.update(record.runs.slice(0, 3)), 6);
});

test('one sender at a time', async (t) => {
  const { root } = await project(t);
  const lock = join(root, 'deep', 'lock.sqlite');
  const order: string[] = [];
  let release = (): void => {};
  const held = withSendLock(lock, () => new Promise<void>((resolve) => (release = resolve)));
  const exec: (sql: string) => void = Reflect.get(DatabaseSync.prototype, 'exec');
  // Whoever stops it while it waits does not wait for the other one to end.
  const stopped = withSendLock(lock, () => Promise.resolve(order.push('stopped')), {
    signal: AbortSignal.abort(),
  });
  await assert.rejects(stopped, { name: 'AbortError' });
  let tries = 0;
  t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, sql: string) {
    tries += 1;
    // Not given up after it has been tried again.
    if (tries === 3) release();
    exec.call(this, sql);
  });
  const waiting = withSendLock(lock, () => Promise.resolve(order.push('second')), {
    onWait: () => order.push('waits'),
  });
  await Promise.all([held, waiting]);
  assert.deepEqual(order, ['waits', 'second']);
});
