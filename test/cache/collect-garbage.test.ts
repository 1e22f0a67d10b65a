import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import test, { type TestContext } from 'node:test';
import { collectGarbage, type GarbageItem } from '../../src/cache/cache.ts';
import { openRunCache, ownLayout } from '../../src/own/own.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import { patchFs } from '../patched-fs.ts';
import { makeStore, type StoreSpace } from './store-space.ts';

const DAY = 86_400_000;
const key = (name: string): Digest => createHash('sha256').update(name).digest('hex') as Digest;
const sha256 = key;
const recordOf = (name: string): string => `cache/runs/${key(name).slice(0, 2)}/${key(name).slice(2)}`;

/** What was removed, in the terms of the tests. */
interface Collected {
  readonly removed: readonly GarbageItem[];
  readonly runs: number;
  readonly leftovers: number;
  readonly freed: number;
  readonly kept: { readonly objects: number; readonly bytes: number };
  readonly others: readonly { readonly path: string }[];
}

type Options = Partial<Parameters<typeof collectGarbage>[0]>;

interface Yard extends StoreSpace {
  /** Stores an output of one file and remembers the run, both so many days ago. */
  run(name: string, daysAgo: number, size?: number): Promise<Content>;
  found(name: string): boolean;
  collect(options: Options): Promise<Collected>;
}

function makeYard(t: TestContext): Yard {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  const age = (path: string, daysAgo: number): void =>
    utimesSync(path, new Date(), new Date(Date.now() - daysAgo * DAY));
  return {
    ...space,
    async run(name, daysAgo, size = 100) {
      space.write(`${name}/a`, name.padEnd(size, '.'));
      const content = await space.keep(name);
      const entry: LockEntry = { cmd: name, deps: [], params: new Map(), outs: [{ path: name, content }] };
      runs.save(key(name), entry);
      const { entries } = await space.files.tree(space.path(name));
      for (const file of entries) if (file.kind === 'file') age(space.object(file.digest), daysAgo);
      age(space.object(content.digest), daysAgo);
      age(space.path(recordOf(name)), daysAgo);
      return content;
    },
    found: (name) => runs.find(key(name)) !== undefined,
    async collect(options) {
      const { items, kept, others } = await collectGarbage({
        dir: space.dir,
        layout: ownLayout,
        scratch: space.path('cache/placing'),
        quarantine: space.path('cache/quarantine'),
        needed: [],
        policy: {},
        ...options,
      });
      const of = (kind: GarbageItem['kind']): GarbageItem[] => items.filter((item) => item.kind === kind);
      return {
        removed: of('object'),
        runs: of('record').reduce((sum, { results }) => sum + results!, 0),
        leftovers: of('leftover').length,
        freed: items.reduce((sum, { size }) => sum + size, 0),
        kept,
        others,
      };
    },
  };
}

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

test('files of dead processes go after a while, those of living ones and young ones stay', async (t) => {
  const yard = makeYard(t);
  const dead = 2 ** 22 + 1; // above the largest number that a process of Linux can have
  const rest = 'c'.repeat(62);
  const files = [
    `cache/objects/sha256/ab/${rest}.${dead}-0f0f0f0f-1.tmp`,
    `cache/objects/sha256/ab/${rest}.${dead}-0f0f0f0f-2.tmp/bytes`,
    `cache/placing/${dead}-0f0f0f0f-2.tmp`,
    `cache/runs/ab/${rest}.${dead}.tmp`,
    // Where DVC 2 has its objects.
    `cache/ab/${'c'.repeat(30)}.${dead}-0f0f0f0f-3.tmp`,
    `cache/objects/sha256/ab/${rest}.dir.${dead}-0f0f0f0f-4.tmp`,
    `cache/placing/ab${rest}.${dead}-0f0f0f0f-5.tmp`,
  ];
  const living = [
    `cache/objects/sha256/ab/${rest}.${process.pid}-0f0f0f0f-1.tmp`,
    `cache/placing/${process.pid}-0f0f0f0f-1.tmp`,
    // Damaged objects, which somebody may want to look at.
    `cache/quarantine/${rest}dd`,
    `cache/quarantine/${rest}ee`,
  ];
  const foreign = [
    `cache/objects/sha256/ab/notes.${dead}.tmp`,
    `cache/placing/backup.${dead}.tmp`,
    'cache/quarantine/mine.txt',
  ];
  for (const file of [...files, ...living, ...foreign]) yard.write(file, 'x');
  yard.write(files[1]!.replace('bytes', 'received'), 'x');
  // A copy of something old is young all the same.
  utimesSync(yard.path(files[2]!), 0, 0);
  const early = await yard.collect({});
  assert.deepEqual([early.leftovers, early.others], [0, []]);
  // Processes of another user live, too.
  const refused = t.mock.method(process, 'kill', () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
  });
  assert.equal((await yard.collect({ time: Date.now() + DAY / 12 })).leftovers, 0);
  refused.mock.restore();
  const { leftovers, freed } = await yard.collect({ time: Date.now() + DAY / 12 });
  assert.deepEqual([leftovers, freed], [7, 8]);
  assert.deepEqual(
    [...files, ...living].map((file) => existsSync(yard.path(file))),
    [...files.map(() => false), ...living.map(() => true)],
  );
  assert.equal((await yard.collect({ time: Date.now() + 8 * DAY })).leftovers, 4);
  assert.ok(foreign.every((file) => existsSync(yard.path(file))));
});

test('what is no record of this version stays and is reported; a damaged manifest hides nothing', async (t) => {
  const yard = makeYard(t);
  const needed = await yard.run('needed', 10);
  const others = [
    'cache/runs/letter.txt',
    `cache/runs/ab/${'0'.repeat(62)}`,
    `cache/runs/ab/${'1'.repeat(62)}`,
  ];
  yard.write(others[0]!, 'dear diary');
  yard.write(others[1]!, '{');
  yard.write(others[2]!, JSON.stringify({ schema: 'pipe-run/2', outs: [] }));
  for (const file of others) utimesSync(yard.path(file), 0, 0);
  yard.write(`cache/objects/sha256/ab/${'c'.repeat(62)}.dir`, 'no manifest');
  utimesSync(yard.path(`cache/objects/sha256/ab/${'c'.repeat(62)}.dir`), 0, 0);
  // A newer version wrote the list of a folder that a lock file names.
  const [names, newer] = [['a file of it', 'another'], `ab${'d'.repeat(62)}.dir` as Digest];
  const files = names.map((name) => yard.object(key(name)));
  for (const [path, text] of [
    ...files.map((file) => [file, 'x'] as const),
    [
      yard.object(newer),
      `{"schema":"pipe-tree/9"}\n${names.map((name) => `{"of":"${key(name)}"}\n`).join('')}`,
    ],
  ] as const) {
    yard.write(path.slice(yard.root.length + 1), text);
    utimesSync(path, 0, 0);
  }
  // No object has files in it.
  const folder = `cache/objects/sha256/ab/${'e'.repeat(62)}`;
  yard.write(`${folder}/mine`, 'mine');
  utimesSync(yard.path(folder), 0, 0);
  // Nothing can be restored from it.
  const empty = recordOf('empty');
  yard.write(empty, JSON.stringify({ schema: 'pipe-run/1', runs: [] }));
  utimesSync(yard.path(empty), 0, 0);
  const collected = await yard.collect({ needed: [needed, { digest: newer }], policy: { onlyNeeded: true } });
  assert.equal(collected.removed.length, 1);
  assert.ok(existsSync(yard.path(`${folder}/mine`)));
  assert.ok(files.every((file) => existsSync(file)));
  assert.equal(existsSync(yard.path(empty)), false);
  assert.deepEqual(
    collected.others.map(({ path }) => path).sort(),
    others.map((file) => yard.path(file)).sort(),
  );
  assert.ok(others.every((file) => existsSync(yard.path(file))));
  assert.ok(yard.store.has(needed));
});

test('of a run file with several results those that are whole stay', async (t) => {
  const yard = makeYard(t);
  const runs = openRunCache({ dir: yard.dir, store: yard.store });
  yard.write('same', 'same');
  const same = { path: 'same', content: await yard.keep('same') };
  const save = async (text: string): Promise<Content> => {
    writeFileSync(yard.path('out'), text);
    const content = await yard.keep('out');
    const outs = [same, { path: 'out', content }];
    runs.save(key('ab'), { cmd: 'x', deps: [], params: new Map(), outs });
    return content;
  };
  const first = await save('first');
  const needed = [first, same.content];
  await save('second');
  const [record] = yard.list('cache/runs');
  utimesSync(yard.path(`cache/runs/${record}`), 1000, 1000);
  const { runs: gone } = await yard.collect({
    needed,
    policy: { onlyNeeded: true },
    exclusive: true,
  });
  assert.equal(gone, 1);
  assert.equal(statSync(yard.path(`cache/runs/${record}`)).mtimeMs, 1_000_000, 'that is no use of it');
  assert.deepEqual(runs.find(key('ab')), [same, { path: 'out', content: first }]);
  await save('second');
  const text = readFileSync(yard.path(`cache/runs/${record}`), 'utf8');
  let isChanged = false;
  await yard.collect({
    needed,
    policy: { onlyNeeded: true },
    exclusive: true,
    fault: () => {
      if (!isChanged) utimesSync(yard.path(`cache/runs/${record}`), 2000, 2000);
      isChanged = true;
    },
  });
  assert.equal(readFileSync(yard.path(`cache/runs/${record}`), 'utf8'), text, 'somebody used it meanwhile');
});

test('what a record of a newer version names counts as used with it', async (t) => {
  const yard = makeYard(t);
  yard.write('x', 'x');
  const { digest } = await yard.keep('x');
  utimesSync(yard.object(digest), 0, 0);
  yard.write(
    `cache/runs/ab/${'0'.repeat(62)}`,
    JSON.stringify({ schema: 'pipe-run/2', kept: { x: digest } }),
  );
  assert.equal((await yard.collect({ policy: { keepFor: DAY } })).removed.length, 0);
});

for (const link of [
  'runs',
  'runs/ab',
  'objects',
  'objects/sha256',
  'objects/sha256/ab',
  'placing',
  'quarantine',
]) {
  test(`a symbolic link in place of ${link} is named, and nothing behind it is removed`, async (t) => {
    const yard = makeYard(t);
    const victim = 'a'.repeat(62);
    for (const inner of ['', 'ab/', 'sha256/ab/']) {
      yard.write(`docs/${inner}${victim}`, '{"schema":"pipe-run/1","runs":[]}');
      yard.write(`docs/${inner}${2 ** 22 + 1}-0f0f0f0f-1.tmp`, 'x');
      yard.write(`docs/${inner}${'a'.repeat(64)}`, 'x');
    }
    const before = yard.list('docs');
    mkdirSync(yard.path(`cache/${link}/..`), { recursive: true });
    symlinkSync(yard.path('docs'), yard.path(`cache/${link}`));
    const options = { policy: { onlyNeeded: true }, exclusive: true, time: Date.now() + 400 * DAY } as const;
    for (const dry of [true, false])
      await assert.rejects(
        () => yard.collect({ ...options, dry }),
        new RegExp(`cache/${link} is a symbolic link`),
      );
    assert.deepEqual(yard.list('docs'), before);
  });
}

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

test('what another user of the cache has left stays where only they may remove it; nothing else is passed over', async (t) => {
  const yard = makeYard(t);
  const rest = 'c'.repeat(62);
  const names = [1, 2].map((number) => `cache/objects/sha256/ab/${rest}.${2 ** 22 + number}-0f0f0f0f-1.tmp`);
  for (const name of names) yard.write(name, 'x');
  await yard.run('old', 30);
  const refused = new Set([basename(names[0]!)]);
  patchFs(t, 'unlinkSync', (real) => (path) => {
    if (!refused.has(basename(String(path)))) return real(path);
    throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
  });
  const later = { time: Date.now() + DAY / 12 };
  const { leftovers, freed } = await yard.collect(later);
  assert.deepEqual([leftovers, freed], [1, 1]);
  assert.deepEqual(
    names.map((name) => existsSync(yard.path(name))),
    [true, false],
  );
  refused.add(basename(recordOf('old')));
  await assert.rejects(yard.collect({ ...later, policy: { keepFor: DAY } }), /permission denied/);
});

test('what was saved stays as long as is asked for', async (t) => {
  const yard = makeYard(t);
  const save = (id: string, days: number): string => {
    const time = new Date(Date.now() - days * DAY).toISOString();
    return yard.write(
      `cache/saved/${id}/about.json`,
      JSON.stringify({ schema: 'pipe-saved/1', at: 'o', stage: 's', time, files: 1, size: 1 }),
    );
  };
  const [old, young, ancient] = [save('00000001', 2.1), save('00000002', 1.9), save('00000003', 9)];
  await yard.collect({ policy: {}, saved: { folder: yard.path('cache/saved'), keepFor: 2 * DAY } });
  assert.deepEqual(
    [old, young, ancient].map((file) => existsSync(file)),
    [false, true, false],
  );
});
