// What sendings leave on a server, whatever happens to them on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../../../test/amount.ts';
import { sendRecord } from '../src/send.ts';
import type { ExperimentChoice } from '../src/environment.ts';
import type { FakeRun } from './fake-server.ts';
import { project, recordIn, current, WHOLE } from './sending.ts';

test('a first sending makes everything, a second asks twice, one that knows where asks once', async (t) => {
  const { root, fake, client } = await project(t);
  const first = await sendRecord(client, recordIn(root), { root });
  assert.deepEqual([first.created, first.kept], [6, 0]);
  assert.deepEqual(current(fake), WHOLE);
  const second = await sendRecord(client, recordIn(root), { root });
  assert.deepEqual([second.created, second.kept, second.requests, second.writes], [0, 6, 2, 0]);
  const third = await sendRecord(client, recordIn(root), { root, knownExperimentId: first.experimentId });
  assert.deepEqual([third.kept, third.requests, third.writes], [6, 1, 0]);
});

test('a server that was emptied meanwhile gets everything again', async (t) => {
  const { root, fake, client } = await project(t);
  const sent = await sendRecord(client, recordIn(root), { root, knownExperimentId: '99' });
  assert.deepEqual([sent.created, sent.experimentId, fake.experiments], [6, '1', ['e']]);
  assert.ok(fake.runs.every(({ experiment }) => experiment === '1'));
  assert.deepEqual(current(fake), WHOLE);
});

test('cut off after any request, the next sending completes what is there', async (t) => {
  const { root, fake, client } = await project(t);
  await sendRecord(client, recordIn(root), { root });
  const total = fake.requests.length;
  for (const cut of sampleOf(
    Array.from({ length: total - 1 }, (_, index) => index + 1),
    3,
  )) {
    const { root, fake, client } = await project(t);
    let served = 0;
    fake.before = () => (served += 1) > cut;
    await assert.rejects(sendRecord(client, recordIn(root), { root, concurrency: 2 }), {
      code: 'UNREACHABLE',
    });
    delete fake.before;
    await sendRecord(client, recordIn(root), { root });
    assert.deepEqual(current(fake), WHOLE, `cut after ${cut} of ${total} requests`);
    assert.equal(
      fake.runs.filter((found) => !found.isDeleted).length,
      6,
      `cut after ${cut} of ${total} requests`,
    );
    assert.equal((await sendRecord(client, recordIn(root), { root })).writes, 0);
  }
});

test('each answer may be lost once', async (t) => {
  const { root, fake, client } = await project(t);
  let turn = 0;
  fake.after = () => (turn += 1) % 2 === 0;
  // Side by side, one request could lose every answer.
  await sendRecord(client, recordIn(root), { root, concurrency: 1 });
  assert.deepEqual(current(fake), WHOLE);
  assert.equal(fake.runs.length, 6, 'no run was made twice');
});

test('a request that is served after its sender gave it up leaves no run behind', async (t) => {
  const { root, fake, client } = await project(t);
  let creates = 0;
  // The lost attempt makes a run that the search before the retry does not see yet.
  fake.after = (request) => {
    if (!request.endsWith('/runs/create') || (creates += 1) > 1) return false;
    const late = { ...fake.runs.pop()!, id: 'late' };
    // Beside it a follower has begun another one.
    const point = { key: 'loss', step: 1, timestamp: 1, value: 1 };
    const followed: FakeRun = {
      ...late,
      id: 'followed',
      name: 'fold_9',
      tags: new Map([
        ['pipe.project', 'p'],
        ['pipe.key', 'other'],
      ]),
      metrics: new Map([['point', point]]),
    };
    fake.before = (next) => {
      if (next.endsWith('/runs/log-batch') && !fake.runs.includes(late)) fake.runs.push(late, followed);
      return false;
    };
    return true;
  };
  // Side by side, another run than the one that is made could be the last.
  await sendRecord(client, recordIn(root), { root, concurrency: 1 });
  assert.equal(creates, 7);
  assert.deepEqual(current(fake), [...WHOLE, 'other | below - | fold_9 | RUNNING | 1 points | ']);
  assert.equal(fake.runs.filter((found) => !found.isDeleted).length, 7);
});

test('what a killed sender had asked for and is served late goes with the next sending', async (t) => {
  const { root, fake, client } = await project(t);
  let served = 0;
  // Some runs are begun, one of them not completed.
  fake.before = () => (served += 1) > 8;
  await assert.rejects(sendRecord(client, recordIn(root), { root, concurrency: 1 }));
  const late: FakeRun = {
    ...fake.runs.at(-1)!,
    id: 'late',
    status: 'RUNNING',
    params: new Map(),
    metrics: new Map(),
  };
  fake.before = (request) => {
    if (request.endsWith('/runs/log-batch') && !fake.runs.includes(late)) fake.runs.push(late);
    return false;
  };
  await sendRecord(client, recordIn(root), { root, concurrency: 1 });
  assert.equal(late.isDeleted, true);
  assert.deepEqual(current(fake), WHOLE);
});

test('the experiment is that of the environment, by name or id, and never a deleted one', async (t) => {
  const { root, fake, client } = await project(t);
  fake.experiments.push('first', 'second');
  const sendTo = async (experiment: ExperimentChoice): Promise<string> =>
    (await sendRecord(client, recordIn(root), { root, experiment })).experimentId;
  assert.equal(await sendTo({ name: 'second' }), '2');
  assert.equal(await sendTo({ id: '1' }), '1');
  assert.equal(await sendTo({ id: '1', name: 'first' }), '1');
  await assert.rejects(sendTo({ id: '1', name: 'second' }), { code: 'BAD_CONFIGURATION' });
  assert.equal(await sendTo({}), '3', 'that of the record is made');
  fake.deleted.add('first').add('e');
  await assert.rejects(sendTo({ id: '1' }), { code: 'EXPERIMENT_DELETED', hint: /restore/ });
  await assert.rejects(sendTo({}), { code: 'EXPERIMENT_DELETED' });
});

test('an empty run of a lost answer is deleted, not set aside', async (t) => {
  const { root, fake, client } = await project(t);
  const first = await sendRecord(client, recordIn(root), { root });
  const tags = [
    { key: 'pipe.project', value: 'p' },
    { key: 'pipe.key', value: 'other' },
  ];
  await client.createRun({ experimentId: first.experimentId, name: 'empty', startTime: 1, tags });
  const second = await sendRecord(client, recordIn(root), { root });
  assert.deepEqual([second.stale, fake.runs.at(-1)!.isDeleted, fake.runs.at(-1)!.name], [0, true, 'empty']);
  assert.deepEqual(current(fake), WHOLE);
});
