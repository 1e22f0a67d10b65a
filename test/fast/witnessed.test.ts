// Whatever decides reads the file system where a witness sees it: else the fast answer would rest on less than the walk.
import assert from 'node:assert/strict';
import { globSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  fileStamp,
  hearing,
  listen,
  MISSING,
  stampOf,
  witnessedExists,
  witnessedLstat,
  witnessedRead,
  witnessedStat,
} from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

const source = join(dirname(dirname(import.meta.dirname)), 'src');

/** What looks at files without deciding anything by them, or behind a look of its own: why it may. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'base/load-package.ts': "the engine's own parts",
  'base/process-id.ts': 'whether a process lives',
  'disk/append-line.ts': 'adds lines to files of git, and decides nothing',
  'disk/checked-file.ts': 'memories that save time and decide nothing',
  'disk/flush.ts': 'opens files to flush them',
  'disk/in-git.ts': 'whether .gitignore is kept, and which settings may have come with a clone',
  'disk/read-bytes.ts': 'reads again what was read before, and records that decide nothing',
  'disk/replace-file.ts': 'replaces files',
  'disk/look-inside.ts': 'looks by itself only while there is no witness',
  'disk/make-folder.ts': 'makes folders before something is written',
  'disk/real-folder.ts': 'looks for symlinks before something is written or removed',
  'disk/system-problem.ts': 'words a failure',
  'disk/unfinished.ts': 'copies and removes temporary files',
  'disk/witnessed-fs.ts': 'is the place itself',
  'graph/aliases.ts': 'real paths of symlinks: a verdict is given up where there are any',
  'graph/linked-places.ts': 'the same',
  'hash/file-task.ts': 'reads what was looked at before',
  'hash/follow-links.ts': 'real paths of symlinks: a verdict is given up where there are any',
  'hash/state-database.ts': 'the state database saves time and decides nothing',
  'hash/walk-directory.ts':
    'real paths of symlinks, whose targets were read before: a verdict is given up there',
  'lock/other-locks.ts': 'garbage collection',
  'own/beside-run.ts': 'the place of .gitignore, which a run writes',
  'own/cache-folder.ts': 'whether another user is writing the tag of a shared cache',
  'own/data-declarations.ts': 'where a new entry is written',
  'own/run-cache.ts': 'what earlier runs gave decides only where something is stale',
  'plan/folder-memory.ts': 'shows people more, decides nothing',
  'plan/vanished.ts': 'outputs of stages that are no longer declared: a verdict needs that there are none',
};

const READS =
  /\b(?:existsSync|statSync|lstatSync|readFileSync|readdirSync|readlinkSync|realpathSync|openSync|accessSync|opendirSync|globSync)\b/;

test('deciding reads files through the witness only', () => {
  const found = globSync('{base,disk,yaml,pipeline,graph,hash,lock,own,plan}/**/*.ts', {
    cwd: source,
  }).filter((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    const imports = [...text.matchAll(/import (?!type )([^;]*?) from 'node:fs(?:\/promises)?'/g)];
    return imports.some(([statement, names]) => READS.test(names!) || /\* as|promises/.test(statement));
  });
  assert.deepEqual(found.sort(), Object.keys(EXCEPTIONS).sort());
});

test('what cannot be said of a path ends the record: a link, and what appeared between two looks', (t) => {
  const space = makeSpace(t);
  symlinkSync('nowhere', space.path('link'));
  const path = space.path('file');
  const options = { bigint: true, throwIfNoEntry: false } as const;
  const exists = (): unknown => witnessedExists(path);
  const look = (): unknown => witnessedStat(path, options);
  const link = (): unknown => witnessedLstat(space.path('link'));
  const exactly = (): unknown => witnessedLstat(space.path('link'), options);
  const heard = (look: () => unknown) => (): unknown => hearing(look);
  const isWhole = (first: () => unknown, second: () => unknown): boolean => {
    rmSync(path, { force: true });
    const witness = listen();
    first();
    space.write('file', '');
    second();
    return witness.end() !== undefined;
  };
  assert.deepEqual(
    [
      [exists, exists],
      [look, look],
      [exists, look],
      [exists, heard(exists)],
      [heard(look), heard(look)],
      [link, () => undefined],
      [exactly, () => undefined],
      [heard(link), () => undefined],
      [() => undefined, look],
      [() => undefined, heard(look)],
    ].map(([first, second]) => isWhole(first!, second!)),
    [false, false, false, false, false, false, false, false, true, true],
  );
});

test('what is noted of a path is what was there before it was read', (t) => {
  const space = makeSpace(t);
  const path = space.write('file', 'before');
  const stamp = stampOf(statSync(path, { bigint: true }));
  const restore = patchFs(
    t,
    'readFileSync',
    (real) =>
      ((...args: Parameters<typeof real>) => {
        const text = real(...args);
        if (args[0] === path) space.write('file', 'changed meanwhile');
        return text;
      }) as typeof real,
  );
  const { result, seen } = hearing(() => witnessedRead(path, 'utf8'));
  restore();
  assert.deepEqual([result, seen?.get(path)], ['before', stamp]);
  // That it is there is less than what it is.
  for (const read of [
    (): unknown => witnessedRead(path, 'utf8'),
    (): unknown => hearing(() => witnessedRead(path, 'utf8')),
  ]) {
    const witness = listen();
    assert.ok(witnessedExists(path));
    read();
    assert.equal(witness.end()?.get(path), stampOf(statSync(path, { bigint: true })));
  }
  const looked = hearing(() => [fileStamp(path), fileStamp(space.path('missing')), fileStamp(space.root)]);
  const now = stampOf(statSync(path, { bigint: true }));
  assert.deepEqual(looked.result, [now, undefined, undefined]);
  assert.deepEqual(
    [...looked.seen!],
    [
      [path, now],
      [space.path('missing'), MISSING],
      [space.root, stampOf(statSync(space.root, { bigint: true }))],
    ],
  );
});
