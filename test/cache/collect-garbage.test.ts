// Which objects and records go, and which stay: by use, by age, by size.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename } from 'node:path';
import test from 'node:test';
import { openRunCache } from '../../src/own/own.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import { type Collected, DAY, key, makeYard, recordOf } from './yard.ts';

const sha256 = key;

test('what was of no use for long goes, with the runs that gave it', async (t) => {
  const yard = makeYard(t);
  await yard.run('old', 40);
  await yard.run('new', 3);
  const { removed, runs } = await yard.collect({ policy: { keepFor: 30 * DAY } });
  assert.deepEqual([removed.length, runs], [2, 1]);
  assert.deepEqual([yard.found('old'), yard.found('new')], [false, true]);
});

test('what the workspace needs stays, however old', async (t) => {
  const yard = makeYard(t);
  const needed = await yard.run('needed', 400);
  await yard.run('other', 1);
  await yard.collect({ needed: [needed], policy: { onlyNeeded: true } });
  assert.ok(yard.store.has(needed));
  assert.deepEqual([yard.found('needed'), yard.found('other')], [true, false]);
  await yard.collect({ needed: [needed], policy: { maxSize: 0, keepFor: 0 } });
  assert.deepEqual((await yard.collect({ needed: [needed], policy: { maxSize: 0 } })).kept.objects, 2);
});

test('a limit of size takes the oldest use first, and no more than it must', async (t) => {
  const yard = makeYard(t);
  for (const [index, name] of ['aa', 'bb', 'cc', 'dd'].entries()) await yard.run(name, 10 - index, 10_000);
  const { kept, freed } = await yard.collect({ policy: { maxSize: 25_000 } });
  assert.ok(kept.bytes <= 25_000 && freed > 20_000);
  assert.deepEqual(
    ['aa', 'bb', 'cc', 'dd'].map((name) => yard.found(name)),
    [false, false, true, true],
  );
});

test('of objects that were used last at the same time the list of a folder goes before its files', async (t) => {
  const yard = makeYard(t);
  // Their files are listed before their folders.
  for (const name of ['dd', 'ee']) {
    await yard.run(name, 10, 1000);
    utimesSync(yard.path(recordOf(name)), 1000, 1000);
  }
  const objects = yard.list('cache/objects').map((name) => yard.path(`cache/objects/${name}`));
  for (const path of objects) utimesSync(path, 1000, 1000);
  const total = objects.reduce((sum, path) => sum + statSync(path).size, 0);
  const { removed } = await yard.collect({ policy: { maxSize: total - 1 } });
  assert.deepEqual([removed.length, removed[0]!.path.endsWith('.dir')], [1, true]);
});

test('what the workspace needs counts for the limit, too', async (t) => {
  const yard = makeYard(t);
  const needed = await yard.run('aa', 10, 10_000);
  await yard.run('bb', 5, 10_000);
  await yard.collect({ policy: { maxSize: 15_000 }, needed: [needed] });
  assert.deepEqual([yard.found('aa'), yard.found('bb')], [true, false]);
});

test('a run that was found again counts from then', async (t) => {
  const yard = makeYard(t);
  await yard.run('old', 40);
  const later = await yard.run('later', 20);
  assert.ok(yard.found('old'));
  assert.equal((await yard.collect({ policy: { keepFor: 30 * DAY } })).removed.length, 0);
  assert.ok((await yard.collect({ policy: { maxSize: 400 } })).removed.length > 0);
  assert.deepEqual([yard.found('old'), yard.store.has(later)], [true, false], 'whose last use is the oldest');
});

test('each output of a run counts from then, in each result of its record', async (t) => {
  const yard = makeYard(t);
  const outs: LockEntry['outs'][number][] = [];
  for (const name of ['a', 'b', 'c']) outs.push({ path: name, content: await yard.run(name, 40) });
  const runs = openRunCache({ dir: yard.dir, store: yard.store });
  const entry: LockEntry = { cmd: '', deps: [], params: new Map(), outs: outs.slice(0, 2) };
  runs.save(key('now'), { ...entry, outs: outs.slice(2) });
  runs.save(key('now'), entry);
  const { removed } = await yard.collect({ policy: { keepFor: 30 * DAY } });
  assert.deepEqual([removed, outs.every(({ content }) => yard.store.has(content))], [[], true]);
});

test('a file that two directories share stays as long as one of them', async (t) => {
  const yard = makeYard(t);
  yard.write('one/same', 'same');
  yard.write('two/same', 'same');
  yard.write('two/more', 'more');
  const one = await yard.keep('one');
  const two = await yard.keep('two');
  const { removed } = await yard.collect({ needed: [two], policy: { onlyNeeded: true }, exclusive: true });
  assert.deepEqual(
    removed.map(({ path }) => basename(path)),
    [one.digest.slice(2)],
  );
  yard.write('cache/objects/sha256/00/stranger', 'not an object: left alone');
  await yard.collect({ needed: [two], policy: { onlyNeeded: true }, exclusive: true });
  assert.equal(await yard.store.restore(two, yard.path('again')), 'restored');
});

test('a dry run says the same and removes nothing', async (t) => {
  const yard = makeYard(t);
  const old = await yard.run('old', 40);
  const options = { policy: { keepFor: 30 * DAY } };
  const dry = await yard.collect({ ...options, dry: true });
  assert.ok(yard.store.has(old) && yard.found('old'));
  // The search a moment ago renewed the run; it is as old as before again.
  utimesSync(yard.path(recordOf('old')), new Date(), new Date(Date.now() - 40 * DAY));
  // Times of the record differ: it was looked at in between.
  const said = ({ removed, ...rest }: Collected): object => ({
    ...rest,
    removed: removed.map((item) => ({ ...item, stats: undefined })),
  });
  assert.deepEqual(said(await yard.collect(options)), said(dry));
});

test('what was stored a moment ago stays unless nobody else can be storing', async (t) => {
  const yard = makeYard(t);
  yard.write('x', 'x');
  const content = await yard.keep('x');
  assert.equal((await yard.collect({ policy: { onlyNeeded: true } })).removed.length, 0);
  assert.equal((await yard.collect({ policy: { onlyNeeded: true }, exclusive: true })).removed.length, 1);
  assert.equal(yard.store.has(content), false);
});

test('a record that was written a moment ago stays: its objects may have come after the list of them', async (t) => {
  const yard = makeYard(t);
  const content = await yard.run('made', 0);
  const record = yard.path(recordOf('made'));
  rmSync(yard.object(content.digest));
  assert.equal((await yard.collect({ policy: { keepFor: DAY } })).runs, 0);
  assert.ok(existsSync(record));
  utimesSync(record, 0, 0);
  assert.equal((await yard.collect({ policy: { keepFor: DAY } })).runs, 1);
  assert.equal(existsSync(record), false);
});

test('storing what the cache has already makes it new again', async (t) => {
  const yard = makeYard(t);
  yard.write('x', 'x');
  const content = await yard.keep('x');
  utimesSync(yard.object(content.digest), 0, 0);
  await yard.keep('x');
  assert.equal((await yard.collect({ policy: { keepFor: DAY } })).removed.length, 0);
  assert.ok(statSync(yard.object(content.digest)).mtimeMs > Date.now() - DAY);
  // Well before it is old enough to be removed.
  const [quarter, minute] = [DAY / 96, DAY / 1440];
  utimesSync(yard.object(content.digest), new Date(), new Date(Date.now() - quarter));
  await yard.keep('x');
  assert.ok(statSync(yard.object(content.digest)).mtimeMs > Date.now() - minute);
});

test('a record of a folder goes once one of the files in it is gone', async (t) => {
  const yard = makeYard(t);
  yard.write('made/b', 'second');
  const content = await yard.run('made', 2);
  const policy = { keepFor: 9 * DAY };
  assert.equal((await yard.collect({ policy })).runs, 0);
  rmSync(yard.object(sha256('second')));
  assert.equal((await yard.collect({ policy })).runs, 1);
  assert.ok(existsSync(yard.object(content.digest)));
});

test('files of a folder that was stored a moment ago stay, however old they are', async (t) => {
  const yard = makeYard(t);
  const content = await yard.run('x', 40);
  const collect = async (): Promise<number> =>
    (await yard.collect({ policy: { onlyNeeded: true } })).removed.length;
  // Another process is about to name the folder: its list is new, and its file was there already.
  utimesSync(yard.object(content.digest), new Date(), new Date());
  assert.equal(await collect(), 0);
  utimesSync(yard.object(content.digest), 0, 0);
  assert.equal(await collect(), 2);
});

test('what changed after it was listed is not removed', async (t) => {
  const yard = makeYard(t);
  const content = await yard.run('one', 40);
  const path = yard.object(content.digest);
  let changed = false;
  const { removed } = await yard.collect({
    policy: { onlyNeeded: true },
    exclusive: true,
    fault: () => {
      if (!changed) utimesSync(path, new Date(), new Date());
      changed = true;
    },
  });
  assert.ok(existsSync(path) && !removed.some((item) => item.path === path));
  assert.ok(readFileSync(path, 'utf8').startsWith('{"schema"'));
});
