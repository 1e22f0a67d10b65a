// The registered models: which run becomes a version, and which version has the alias.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { sendRecord, type Sent } from '../src/send.ts';
import type { FakeServer } from './fake-server.ts';
import type { Criterion, RecordedModel } from '../src/record.ts';
import { project, recordIn } from './sending.ts';

test('a model gets one version per run, and its alias follows the newest', async (t) => {
  const { root, fake, client } = await project(t);
  const models = (run: string): RecordedModel[] => [
    { name: 'm', run, path: 'model', alias: 'best', description: 'about it' },
  ];
  const register = async (run: string): Promise<readonly string[]> =>
    (await sendRecord(client, { ...recordIn(root), models: models(run) }, { root, register: true }))
      .registered;
  await sendRecord(client, { ...recordIn(root), models: models('a=0.1/fold_0') }, { root });
  assert.deepEqual(fake.registry.versions, [], 'not asked for');
  // The answer is lost: the model is there when it is created once more.
  let lost = 1;
  fake.after = (request) => request.endsWith('/registered-models/create') && lost-- > 0;
  assert.deepEqual(await register('a=0.1/fold_0'), ['m/1']);
  assert.equal(lost, 0);
  assert.deepEqual(await register('a=0.1/fold_0'), []);
  const id = fake.runs.find((one) => one.tags.get('pipe.key') === 'a=0.1/fold_0')!.id;
  assert.deepEqual(fake.registry.versions, [
    {
      name: 'm',
      version: '1',
      run_id: id,
      source: `mlflow-artifacts:/1/${id}/artifacts/model`,
      description: 'about it',
    },
  ]);
  assert.deepEqual(await register('b=0.5/fold_1'), ['m/2']);
  assert.deepEqual([...fake.registry.aliases], [['m@best', '2']]);
  const before = fake.requests.length;
  assert.deepEqual(await register('a=0.1/fold_0'), []);
  assert.deepEqual([...fake.registry.aliases], [['m@best', '1']]);
  assert.equal(fake.registry.versions.length, 2);
  assert.ok(fake.requests.slice(before).every((line) => !line.includes('create')));
  // Another folder of the same run is another model.
  const record = recordIn(root);
  const runs = record.runs.map((one) => ({
    ...one,
    artifacts: one.artifacts.flatMap((file) => [file, { ...file, path: 'other/m' }]),
  }));
  for (const [path, version] of [
    ['model', 'm/3'],
    ['other', 'm/4'],
  ] as const) {
    const model = { name: 'm', run: 'a=0.1/fold_0', path };
    const sent = await sendRecord(client, { ...record, runs, models: [model] }, { root, register: true });
    assert.deepEqual(sent.registered, [version]);
  }
});

/** A sending of one fold as a model with this criterion. */
async function registering(t: TestContext): Promise<{
  readonly fake: FakeServer;
  readonly register: (run: string, criterion?: Partial<Criterion>) => Promise<Sent>;
}> {
  const { root, fake, client } = await project(t);
  const register = (run: string, criterion?: Partial<Criterion>): Promise<Sent> => {
    const whole = { metric: 'mean_val_loss', value: 0.5, measuredOn: '100 images', ...criterion };
    const model = { name: 'm', run, path: 'model', alias: 'best', ...(criterion && { criterion: whole }) };
    return sendRecord(client, { ...recordIn(root), models: [model] }, { root, register: true });
  };
  return { fake, register };
}

test('of models with a criterion the lowest has the alias, and a worse one is registered without it', async (t) => {
  const { fake, register } = await registering(t);
  assert.deepEqual((await register('a=0.1/fold_0', { value: 0.5 })).registered, ['m/1']);
  assert.deepEqual(fake.registry.versions[0]!.tags, [
    { key: 'pipe.criterion', value: 'mean_val_loss' },
    { key: 'pipe.criterion_value', value: '0.5' },
    { key: 'pipe.measured_on', value: '100 images' },
  ]);
  // Another alias of the model says nothing.
  fake.registry.aliases.clear();
  for (const alias of ['m@an-old-one', 'm@best']) fake.registry.aliases.set(alias, '1');
  for (const [run, value, best, version] of [
    ['a=0.1/fold_1', 0.75, '1', 'm/2'],
    // Equal is not better.
    ['b=0.5/fold_0', 0.5, '1', 'm/3'],
    ['b=0.5/fold_1', 0.25, '4', 'm/4'],
  ] as const) {
    const { registered, outdone, refused } = await register(run, { value });
    assert.deepEqual(registered, [version]);
    assert.equal(fake.registry.aliases.get('m@best'), best, version);
    assert.deepEqual(
      outdone,
      best === '1'
        ? [`m: version 1 (alias best) stays the best with mean_val_loss 0.5; this one has ${value}`]
        : [],
    );
    assert.deepEqual(refused, []);
  }
  // The best one again, and an older one again: nothing changes.
  for (const [run, value] of [
    ['b=0.5/fold_1', 0.25],
    ['a=0.1/fold_0', 0.5],
  ] as const) {
    const { registered, writes, outdone } = await register(run, { value });
    assert.deepEqual([registered, writes], [[], 0]);
    assert.equal(outdone.length, value === 0.25 ? 0 : 1, 'no version is better than itself');
    assert.equal(fake.registry.aliases.get('m@best'), '4');
  }
});

test('what cannot be compared with the best version is not registered, and a line says why', async (t) => {
  const { fake, register } = await registering(t);
  await register('a=0.1/fold_0', { value: 0.5 });
  for (const [criterion, why] of [
    [{ value: 0.1, measuredOn: '4 images' }, /on 100 images; this one mean_val_loss 0\.1 on 4 images/],
    [{ value: 0.1, metric: 'mean_val_ssim' }, /has mean_val_loss 0\.5 .*; this one mean_val_ssim 0\.1/],
  ] as const) {
    const { registered, refused } = await register('b=0.5/fold_1', criterion);
    assert.deepEqual(registered, []);
    assert.match(refused[0]!, /^m is not registered: version 1 \(alias best\)/);
    assert.match(refused[0]!, why);
    assert.match(refused[0]!, /Register it under another name, or remove the alias best from m first/);
  }
  assert.equal(fake.registry.versions.length, 1);
  assert.equal(fake.registry.aliases.get('m@best'), '1');
  // Without the alias there is nothing to compare with.
  fake.registry.aliases.clear();
  assert.deepEqual((await register('b=0.5/fold_1', { value: 0.1, measuredOn: '4 images' })).registered, [
    'm/2',
  ]);
  assert.equal(fake.registry.aliases.get('m@best'), '2');
});

test('a best version that does not say by what it was chosen is not replaced', async (t) => {
  const { fake, register } = await registering(t);
  await register('a=0.1/fold_0');
  assert.equal(fake.registry.aliases.get('m@best'), '1');
  const { registered, refused } = await register('b=0.5/fold_1', { value: 0.1 });
  assert.deepEqual(registered, []);
  assert.match(refused[0]!, /does not say by what it was chosen/);
  assert.equal(fake.registry.aliases.get('m@best'), '1');
});

test('a version whose answer was lost is not made twice', async (t) => {
  const { root, fake, client } = await project(t);
  let lost = 0;
  fake.after = (request) => request.endsWith('model-versions/create') && (lost += 1) === 1;
  const models = ['m', 'other'].map((name) => ({ name, run: 'a=0.1/fold_0', path: 'model' }));
  const { registered } = await sendRecord(client, { ...recordIn(root), models }, { root, register: true });
  assert.deepEqual([registered, fake.registry.versions.length], [['m/1', 'other/1'], 2]);
});
