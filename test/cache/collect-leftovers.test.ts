// Garbage that is no object of this version: leftovers of processes, unknown files, links, what others left, what was saved.

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import test from 'node:test';
import { openRunCache } from '../../src/own/own.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import { patchFs } from '../patched-fs.ts';
import { DAY, key, makeYard, recordOf } from './yard.ts';

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
