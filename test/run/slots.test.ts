import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resources } from '../../src/pipeline/pipeline.ts';
import { makeSlots, type Capacity, type Slot } from '../../src/run/run.ts';

const capacity: Capacity = { jobs: 2, cpus: 4, memory: 1000, gpus: ['0', '1'], pools: { licence: 1 } };
const none: Resources = { pools: {} };
/** Until all microtasks that are due have run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function ask(
  slots: ReturnType<typeof makeSlots>,
  granted: string[],
  name: string,
  resources: Resources,
  priority = 0,
): { slot?: Slot } {
  const holder: { slot?: Slot } = {};
  void slots
    .acquire(resources, () => priority)
    .then((slot) => {
      granted.push(name);
      holder.slot = slot;
    });
  return holder;
}

test('no more than `jobs` at a time, the most urgent first', async () => {
  const slots = makeSlots(capacity);
  const granted: string[] = [];
  const low = ask(slots, granted, 'low', none, 1);
  ask(slots, granted, 'middle', none, 2);
  ask(slots, granted, 'high', none, 3);
  await settle();
  assert.deepEqual(granted, ['high', 'middle']);
  assert.equal(low.slot, undefined);
});

test('a stage that does not fit lets a smaller one pass', async () => {
  const slots = makeSlots(capacity);
  const granted: string[] = [];
  const first = ask(slots, granted, 'first', { cpus: 3, pools: {} }, 3);
  ask(slots, granted, 'large', { cpus: 2, pools: {} }, 2);
  ask(slots, granted, 'small', { cpus: 1, pools: {} }, 1);
  await settle();
  assert.deepEqual(granted, ['first', 'small']);
  first.slot!.release();
  await settle();
  assert.deepEqual(granted, ['first', 'small', 'large']);
});

test('each stage has GPUs of its own', async () => {
  const slots = makeSlots({ ...capacity, jobs: 3 });
  const granted: string[] = [];
  const a = ask(slots, granted, 'a', { gpus: 1, pools: {} });
  const b = ask(slots, granted, 'b', { gpus: 1, pools: {} });
  ask(slots, granted, 'c', { gpus: 1, pools: {} });
  await settle();
  assert.deepEqual([a.slot!.gpus, b.slot!.gpus], [['0'], ['1']]);
  assert.deepEqual(granted, ['a', 'b']);
  b.slot!.release();
  await settle();
  assert.deepEqual(granted, ['a', 'b', 'c'], 'a GPU that is given back goes to the next');
});

test('stages with shares of a GPU use it together, spread over all, and a whole one waits for its end', async () => {
  const slots = makeSlots({ ...capacity, jobs: 9 });
  const granted: string[] = [];
  const shares = ['a', 'b', 'c', 'd'].map((name) => ask(slots, granted, name, { gpus: 0.5, pools: {} }));
  const whole = ask(slots, granted, 'whole', { gpus: 1, pools: {} });
  ask(slots, granted, 'e', { gpus: 0.5, pools: {} });
  await settle();
  assert.deepEqual(
    shares.map(({ slot }) => slot!.gpus),
    [['0'], ['1'], ['0'], ['1']],
  );
  assert.deepEqual(granted, ['a', 'b', 'c', 'd']);
  shares[1]!.slot!.release();
  await settle();
  assert.deepEqual(granted, ['a', 'b', 'c', 'd', 'e'], 'half a GPU is no whole one');
  shares[0]!.slot!.release();
  shares[2]!.slot!.release();
  await settle();
  assert.deepEqual(whole.slot!.gpus, ['0']);
});

test('ten tenths of a GPU are all of it, again and again', async () => {
  const slots = makeSlots({ ...capacity, gpus: ['0'], jobs: 20 });
  for (let round = 0; round < 3; round++) {
    const granted: string[] = [];
    const tenths = Array.from({ length: 11 }, (_, at) =>
      ask(slots, granted, String(at), { gpus: 0.1, pools: {} }),
    );
    await settle();
    assert.equal(granted.length, 10);
    for (const { slot } of tenths) slot?.release();
    await settle();
    tenths[10]!.slot!.release();
    const all = ask(slots, granted, 'all', { gpus: 1, pools: {} });
    await settle();
    assert.deepEqual(all.slot!.gpus, ['0']);
    all.slot!.release();
  }
});

test('memory is held while a stage runs, and given back', async () => {
  const slots = makeSlots(capacity);
  const granted: string[] = [];
  const a = ask(slots, granted, 'a', { memory: 600, pools: {} });
  ask(slots, granted, 'b', { memory: 600, pools: {} });
  ask(slots, granted, 'c', { memory: 400, pools: {} });
  await settle();
  assert.deepEqual(granted, ['a', 'c']);
  a.slot!.release();
  await settle();
  assert.deepEqual(granted, ['a', 'c', 'b']);
});

test('all that one stage held is there for the next, once', async () => {
  const slots = makeSlots(capacity);
  const all: Resources = { cpus: 4, memory: 1000, gpus: 2, pools: { licence: 1 } };
  for (let round = 0; round < 3; round += 1) {
    const granted: string[] = [];
    const held = ask(slots, granted, 'all', all);
    const others = [{ cpus: 1 }, { memory: 1 }, { gpus: 1 }].map((some, index) =>
      ask(slots, granted, `other ${index}`, { ...some, pools: {} }),
    );
    await settle();
    assert.deepEqual(granted, ['all']);
    assert.deepEqual([...held.slot!.gpus].sort(), ['0', '1']);
    held.slot!.release();
    held.slot!.release();
    await settle();
    assert.deepEqual(granted, ['all', 'other 0', 'other 1'], 'two at a time');
    for (let turn = 0; turn < 3; turn += 1) {
      for (const { slot } of others) slot?.release();
      await settle();
    }
  }
});

test('a pool of one is held by one stage at a time; releasing twice gives nothing twice', async () => {
  const slots = makeSlots(capacity);
  const granted: string[] = [];
  const a = ask(slots, granted, 'a', { pools: { licence: 1 } });
  ask(slots, granted, 'b', { pools: { licence: 1 } });
  ask(slots, granted, 'c', { pools: { licence: 1 } });
  await settle();
  assert.deepEqual(granted, ['a']);
  a.slot!.release();
  a.slot!.release();
  await settle();
  assert.deepEqual(granted, ['a', 'b']);
});

test('a stage that asks for two pools waits for both, and holds both', async () => {
  const slots = makeSlots({ ...capacity, jobs: 9, pools: { licence: 2, disk: 1 } });
  const granted: string[] = [];
  const both: Resources = { pools: { licence: 1, disk: 1 } };
  const a = ask(slots, granted, 'a', both);
  ask(slots, granted, 'b', both);
  ask(slots, granted, 'disk', { pools: { disk: 1 } });
  ask(slots, granted, 'licence', { pools: { licence: 1 } });
  await settle();
  assert.deepEqual(granted, ['a', 'licence']);
  a.slot!.release();
  await settle();
  assert.deepEqual(granted, ['a', 'licence', 'b']);
});

test('stages that share a job of a batch system take their share of the jobs', async () => {
  const slots = makeSlots({ ...capacity, batchJobs: 2 });
  let granted = 0;
  const held: Slot[] = [];
  for (const share of [1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1])
    void slots
      .acquire(none, () => 0, share)
      .then((slot) => {
        granted += 1;
        held.push(slot);
      });
  await settle();
  assert.equal(granted, 6);
  held[0]!.release();
  await settle();
  assert.equal(granted, 7);
  for (const slot of held.slice(1, 4)) slot.release();
  await settle();
  assert.equal(granted, 8, 'a whole job');
});

test('what runs as a job takes of the pools, and nothing of this machine', async () => {
  const slots = makeSlots({ ...capacity, jobs: 1, batchJobs: 2 });
  const granted: string[] = [];
  const acquire = async (name: string, resources: Resources, jobs?: number): Promise<Slot> => {
    const slot = await slots.acquire(resources, () => 0, jobs);
    granted.push(name);
    return slot;
  };
  const job = acquire('job', { cpus: 9, memory: 5000, gpus: 5, pools: { licence: 1 } }, 1);
  void acquire('other job', { pools: { licence: 1 } }, 1);
  void acquire('here', { cpus: 4, memory: 1000, gpus: 2, pools: {} });
  await settle();
  assert.deepEqual(granted, ['job', 'here']);
  (await job).release();
  await settle();
  assert.deepEqual(granted, ['job', 'here', 'other job']);
});
