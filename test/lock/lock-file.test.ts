// One lock file that others write, too, and its journal.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { emptyLock, openLockFile, type LockEntry, type LockFile } from '../../src/lock/lock.ts';
import { formatLock, pipeFormat } from '../../src/own/own.ts';
import { makeSpace, type Space } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

const entry = (cmd: string): LockEntry => ({
  cmd,
  wdir: '.',
  env: {},
  deps: [],
  params: new Map(),
  outs: [],
});
const textOf = (commands: Readonly<Record<string, string>>): string =>
  formatLock({
    ...emptyLock,
    entries: new Map(Object.entries(commands).map(([name, cmd]) => [name, entry(cmd)])),
  });
const all = (): boolean => true;

function makeLock(t: TestContext): Space & {
  open(): LockFile;
  fold(file: LockFile, order?: readonly string[]): void;
  commands(): Record<string, unknown>;
} {
  const space = makeSpace(t);
  const open = (): LockFile =>
    openLockFile(space.path('pipeline.lock'), 'pipeline.lock', space.path('state/journal'), pipeFormat);
  return {
    ...space,
    open,
    fold: (file, order = []) => file.fold(order, all, emptyLock.overlay),
    commands: () => Object.fromEntries([...open().lock().entries].map(([name, { cmd }]) => [name, cmd])),
  };
}

test('a lock file whose records stay the same is not written, and one without records is not made', (t) => {
  const space = makeLock(t);
  space.fold(space.open());
  assert.equal(existsSync(space.path('pipeline.lock')), false);
  space.write('pipeline.lock', textOf({ a: 'x' }));
  const { ino } = statSync(space.path('pipeline.lock'));
  space.fold(space.open(), ['a']);
  const same = space.open();
  same.record('a', entry('x'));
  space.fold(same, ['a']);
  assert.equal(statSync(space.path('pipeline.lock')).ino, ino);
  const other = space.open();
  other.record('a', entry('y'));
  space.fold(other, ['a']);
  assert.deepEqual(space.commands(), { a: 'y' });
  // More than is read at a time.
  space.write('pipeline.lock', textOf({ a: 'y'.repeat(1 << 20) }));
  const large = space.open();
  space.fold(large, ['a']);
  assert.equal(large.digest(), hash('sha256', readFileSync(space.path('pipeline.lock'))));
});

test('what another program recorded meanwhile is kept; of what we recorded ours counts', (t) => {
  const space = makeLock(t);
  space.write('pipeline.lock', textOf({ ours: 'old', theirs: 'old', gone: 'old', dropped: 'old' }));
  const file = space.open();
  assert.notEqual(file.digest(), undefined);
  file.record('ours', entry('new of ours'));
  assert.equal(file.digest(), undefined, 'more is recorded than the file has');
  file.record('gone', entry('new of ours'));
  file.forget('gone');
  assert.equal(file.entry('gone'), undefined);
  space.write('pipeline.lock', textOf({ ours: 'new of theirs', theirs: 'new', added: 'new', gone: 'old' }));
  space.fold(file);
  assert.deepEqual([file.entry('theirs')?.cmd, file.entry('ours')?.cmd], ['new', 'new of ours']);
  assert.equal(file.digest(), undefined, 'what another program wrote was not compared with the workspace');
  assert.notEqual(space.open().digest(), undefined);
  const { ours, theirs, added, gone, dropped } = space.commands();
  assert.equal(dropped, 'old', 'what they do not record');
  assert.equal(gone, undefined, 'and what we forgot');
  assert.deepEqual({ ours, theirs, added }, { ours: 'new of ours', theirs: 'new', added: 'new' });
});

test('a run that records nothing leaves what another program wrote meanwhile, byte for byte', (t) => {
  const space = makeLock(t);
  space.write('pipeline.lock', textOf({ s: 'old' }));
  const file = space.open();
  const text = `# kept\n${textOf({ s: 'new' })}`;
  space.write('pipeline.lock', text);
  space.fold(file, ['s']);
  assert.equal(readFileSync(space.path('pipeline.lock'), 'utf8'), text);
});

test('the mode of the lock file stays, and a link stays a link', (t) => {
  const space = makeLock(t);
  const real = space.write('elsewhere/lock', textOf({ s: 'old' }));
  chmodSync(real, 0o640);
  symlinkSync('elsewhere/lock', space.path('pipeline.lock'));
  const file = space.open();
  file.record('s', entry('new'));
  space.fold(file);
  assert.ok(lstatSync(space.path('pipeline.lock')).isSymbolicLink());
  assert.equal(readFileSync(real, 'utf8'), textOf({ s: 'new' }));
  assert.equal((statSync(real).mode & 0o777).toString(8), '640');
});

test('what was recorded and not folded is there for the next run, unless the lock file changed since', (t) => {
  const space = makeLock(t);
  space.write('pipeline.lock', textOf({ s: 'old', other: 'old' }));
  space.open().record('s', entry('new'));
  assert.deepEqual(space.commands(), { s: 'new', other: 'old' });
  // A checkout of another branch: what ran before it says nothing about this file.
  space.write('pipeline.lock', textOf({ s: 'of a branch' }));
  assert.deepEqual(space.commands(), { s: 'of a branch' });
});

test('records of several runs that died add up; a line that was cut off spoils only itself', (t) => {
  const space = makeLock(t);
  space.open().record('a', entry('1'));
  appendFileSync(space.path('state/journal'), "\n\"schema: 'pipe/1'\\nsta");
  space.open().record('b', entry('2'));
  // As another version may write it.
  appendFileSync(space.path('state/journal'), '\n"schema: \'pipe/9\'\\nstages: {}\\n"\n');
  assert.deepEqual(space.commands(), { a: '1', b: '2' });
  space.fold(space.open());
  assert.equal(existsSync(space.path('state/journal')), false);
  assert.deepEqual(space.commands(), { a: '1', b: '2' });
});

test('a journal of before the lock file changed is not added to', (t) => {
  const space = makeLock(t);
  space.open().record('a', entry('1'));
  space.write('pipeline.lock', textOf({ b: 'x' }));
  space.open().record('c', entry('3'));
  assert.deepEqual(space.commands(), { b: 'x', c: '3' });
});

test('a reader beside a run that ends sees what it recorded, in the journal or in the file', (t) => {
  const space = makeLock(t);
  const run = space.open();
  run.record('s', entry('1'));
  let ended = false;
  patchFs(
    t,
    'readFileSync',
    (real) =>
      ((...args: Parameters<typeof readFileSync>) => {
        try {
          return real(...args);
        } finally {
          // The run ends between the first look of the reader and its second.
          if (!ended && String(args[0]).startsWith(space.root)) {
            ended = true;
            space.fold(run);
          }
        }
      }) as typeof readFileSync,
  );
  assert.deepEqual(space.commands(), { s: '1' });
});

test('a lock file that cannot be written keeps the journal', (t) => {
  const space = makeLock(t);
  const file = space.open();
  file.record('s', entry('1'));
  const restore = patchFs(t, 'renameSync', () => () => {
    throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
  });
  assert.throws(() => space.fold(file), /disk is full|pipeline\.lock/);
  restore();
  assert.equal(existsSync(space.path('pipeline.lock')), false);
  assert.deepEqual(space.commands(), { s: '1' });
});

test('entries are in the order that is asked for, and what is not to be kept goes', (t) => {
  const space = makeLock(t);
  writeFileSync(space.path('pipeline.lock'), textOf({ x: '1', b: '2', a: '3' }));
  space.open().fold(['a', 'b'], (name) => name !== 'x', emptyLock.overlay);
  assert.equal(readFileSync(space.path('pipeline.lock'), 'utf8'), textOf({ a: '3', b: '2' }));
  space.open().fold(['a', 'b'], (name) => name === 'a', emptyLock.overlay);
  assert.equal(readFileSync(space.path('pipeline.lock'), 'utf8'), textOf({ a: '3' }), 'the last one, too');
  space.write('pipeline.lock', textOf({ b: '2', a: '3' }));
  space.fold(space.open(), ['a', 'b']);
  assert.equal(
    readFileSync(space.path('pipeline.lock'), 'utf8'),
    textOf({ a: '3', b: '2' }),
    'only the order',
  );
});

test('the overlay of the run is written though no stage ran', (t) => {
  const space = makeLock(t);
  space.write('pipeline.lock', textOf({ a: '1' }));
  space.open().fold(['a'], all, { files: ['over.yaml'], set: ['n=1'] });
  assert.deepEqual(space.open().lock().overlay, { files: ['over.yaml'], set: ['n=1'] });
  for (const overlay of [
    { files: ['over.yaml'], set: ['n=2'] },
    { files: ['other.yaml'], set: ['n=2'] },
  ]) {
    space.open().fold(['a'], all, overlay);
    assert.deepEqual(space.open().lock().overlay, overlay);
  }
});

test('data is read as it was written: here or not, from a commit, from a source; no name is recorded twice', () => {
  const digest = 'a'.repeat(64);
  const here = (path: string): string => `- path: ${path}\n  hash: sha256\n  sha256: ${digest}\n  size: 3\n`;
  const parts = [
    here('a'),
    '- path: yet\n  from:\n    rev: v1\n',
    `${here('c')}  from:\n    hash: etag\n    etag: x\n    size: 3\n`,
    `${here('d')}  from:\n    hash: checksum\n    checksum: abc\n    size: 4\n`,
    `${here('e')}  from:\n    rev: v2\n`,
  ];
  const text = `schema: 'pipe/1'\ndata:\n${parts.join('')}stages: {}\n`;
  const lock = pipeFormat.parse(text, 'pipeline.lock');
  assert.equal(formatLock(lock), text);
  assert.deepEqual(
    [...lock.entries].map(([path, { outs, origin }]) => [
      path,
      outs.length,
      origin?.rev ?? origin?.content?.digest,
    ]),
    [['a', 1, undefined], ['yet', 0, 'v1'], ['c', 1, 'x'], ['d', 1, 'abc'], ['e', 1, 'v2']], // prettier-ignore
  );
  for (const [twice, expected] of [
    ['data:\n- path: a\nstages: {}\n', /expected a string/],
    [`data:\n${here('a')}${here('a')}stages: {}\n`, /a path that is not recorded before/],
    [`data:\n${here('a')}stages:\n  a:\n    cmd: x\n`, /a name that is not under `data:` too/],
  ] as const)
    assert.throws(() => pipeFormat.parse(`schema: 'pipe/1'\n${twice}`, 'pipeline.lock'), expected);
});

test('a value that no lock file has is named with its place, and nothing of the file counts', () => {
  const digest = 'a'.repeat(64);
  const content = (mark: string, more: string): string =>
    `      hash: sha256\n      sha256: ${digest}${mark}\n      size: ${more}\n`;
  const text = `schema: 'pipe/1'
stages:
  s:
    cmd: x
    deps:
    - path: d
${content('.dir', '1\n      nfiles: 2')}    params:
      params.yaml:
        n: 1
    outs:
    - path: o
${content('', '3')}`;
  assert.deepEqual([...pipeFormat.parse(text, 'pipeline.lock').entries.keys()], ['s']);
  const damages: readonly (readonly [before: string, after: string, expected: string, line: number])[] = [
    ['size: 3', 'size: -3', 'a whole number', 18],
    ['size: 3', 'size: 1.5', 'a whole number', 18],
    ['nfiles: 2', 'nfiles: many', 'a whole number', 10],
    [`${digest}.dir`, `${digest}.d`, 'a sha256 digest', 8],
    ['cmd: x', 'cmd: 1', 'a string', 4],
    ['cmd: x', 'cmd:\n    - x\n    - {y: z}', 'a string', 6],
    ['params.yaml:\n        n: 1', 'params.yaml: 1', 'a mapping', 12],
    [text.slice(text.indexOf('deps:') + 5, text.indexOf('    params:')), ' {a: b}\n', 'a list', 5],
    [text.slice(text.indexOf('stages:') + 7), ' []\n', 'a mapping', 2],
    [text, `# conflicts\n- schema: 'pipe/1'\n`, 'a mapping', 1],
  ];
  for (const [before, after, expected, line] of damages)
    assert.throws(
      () => pipeFormat.parse(text.replace(before, after), 'pipeline.lock'),
      (error) => {
        assert.ok(error instanceof PipeError, String(error));
        const [{ code, title, place } = {}] = error.problems;
        assert.deepEqual(
          [code, title, place?.line],
          ['lock-damaged', `the lock file is damaged: expected ${expected} here`, line],
          after,
        );
        return true;
      },
    );
});
