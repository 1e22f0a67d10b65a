import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { makeStore } from './store-space.ts';

test('a flush waits a moment for the objects of other stages, until one of them has to go on', async (t) => {
  const steps: string[] = [];
  const space = makeStore(t, {
    fault: (step) => void (step === 'flush' || step === 'rename object' ? steps.push(step) : undefined),
  });
  const { store } = space;
  const keep = async (name: string): Promise<void> => {
    const path = space.write(name, name);
    await store.store(path, (await space.files.look(path))!);
  };
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  };
  t.mock.timers.enable({ apis: ['setTimeout'] });

  await keep('a');
  const first = store.flushTogether(true);
  await turns();
  assert.equal(steps.length, 0);
  await keep('b');
  await Promise.all([first, store.flushTogether(false)]);
  assert.deepEqual(steps.splice(0, 4), ['flush', 'flush', 'rename object', 'rename object']);

  steps.length = 0;
  await keep('c');
  const last = store.flushTogether(true);
  await turns();
  assert.equal(steps.length, 0);
  t.mock.timers.tick(10);
  await last;
  assert.ok(steps.includes('rename object'));
  // Nothing is to be flushed: nothing to wait for.
  await store.flushTogether(true);

  await keep('d');
  await store.flushTogether(false);
  steps.length = 0;
  // The object of 'j' is beside that of 'd', the one of 'e' in a new folder: two objects, two folders, and the one above.
  await keep('j');
  await keep('e');
  await store.flushTogether(false);
  assert.equal(steps.filter((step) => step === 'flush').length, 5);

  // Two stages keep the same bytes: they are there once, and nothing is left of the second.
  const twice = ['k', 'l'].map((name) => space.write(name, 'same'.repeat(30_000)));
  const found = await Promise.all(twice.map((path) => space.files.look(path)));
  await Promise.all(twice.map((path, index) => store.store(path, found[index]!)));
  await store.flushTogether(false);
  assert.deepEqual(
    space.list('cache').filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('what has its name already is safe before anybody goes on: who flushes meanwhile, and who waits for nothing new', async (t) => {
  const steps: string[] = [];
  const ended: string[] = [];
  let own: readonly string[] | undefined;
  let later: Promise<void> | undefined;
  const space = makeStore(t, {
    fault(step) {
      steps.push(step);
      if (step !== 'flush' || own || !steps.includes('rename object')) return;
      // The objects have their names, of which a power cut may still take any.
      own = [];
      later = store.flushTogether(false).then(() => void ended.push('later'));
      const before = steps.length;
      store.flush();
      own = steps.slice(before);
    },
  });
  const { store } = space;
  const folders = new Set<string>();
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const path = space.write(name, name);
    const content = (await space.files.look(path))!;
    folders.add(content.digest.slice(0, 2));
    await store.store(path, content);
  }
  await store.flushTogether(false).then(() => ended.push('first'));
  await later;
  assert.deepEqual(ended, ['first', 'later']);
  assert.equal(own?.length, 1 + folders.size + 1, 'none that waits, each folder, and the one above');
});

test('an object that gets its name in another way meanwhile is no failure', async (t) => {
  let isFirst = true;
  const space = makeStore(t, {
    fault(step) {
      if (step !== 'flush' || !isFirst) return;
      isFirst = false;
      store.flush();
    },
  });
  const { store } = space;
  const path = space.write('a', 'a');
  const content = (await space.files.look(path))!;
  await store.store(path, content);
  await store.flushTogether(false);
  assert.ok(existsSync(space.object(content.digest)));
});
