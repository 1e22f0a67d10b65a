// `pipe move` and `pipe remove` of data in a project of our own; `remove --outs` of stages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { suite, test } from 'node:test';
import { sampleOf } from '../amount.ts';
import { copiesOfHere as copiesOf, makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const PIPELINE = `data:
# by hand
- path: raw   # two files
  desc: Raw
- path: labels.csv
stages:
  count:
    cmd: cat raw/* | wc -l > lines.txt
    deps: [raw]
    outs: [lines.txt]
  note:
    cmd: echo note > note.txt && echo 1 > m.json
    outs: [note.txt]
    metrics: [{m.json: {cache: false}}]
`;

const project = copiesOf(
  { 'pipeline.yaml': PIPELINE, 'raw/a': 'a\n', 'raw/b': 'b\n', 'labels.csv': 'x\n' },
  (workspace) => {
    execFileSync('git', ['init', '-q'], { cwd: workspace.root });
    return workspace.repro();
  },
);

const there = (workspace: TestWorkspace, ...names: readonly string[]): boolean[] =>
  names.map((name) => existsSync(workspace.path(name)));

void suite('pipe remove', () => {
  test('of an output, or a part of data, says what to do and changes nothing', async (context) => {
    const workspace = await project(context);
    for (const [path, said] of [
      ['note.txt', /'note\.txt' is an output of the stage 'note'[^]*`pipe remove note` removes the stage/],
      ['raw/a', /'raw\/a' is inside of 'raw', which is data[^]*delete 'raw\/a' and run `pipe add raw\/a`/],
    ] as const)
      for (const flags of [[], ['--outs']])
        assert.match((await workspace.expect(1, 'remove', ...flags, path)).stderr, said);
    const { stderr } = await workspace.expect(1, 'remove', 'note.txt', 'raw/a');
    assert.match(stderr, /'note\.txt' is an output[^]*'raw\/a' is inside of 'raw'/, 'all at once');
    assert.equal(workspace.read('pipeline.yaml'), PIPELINE);
    assert.deepEqual(there(workspace, 'note.txt', 'raw/a'), [true, true]);
  });

  test('of a stage with the name of its output', async (context) => {
    const workspace = makeWorkspace(context, {
      'pipeline.yaml':
        'stages: {note: {cmd: echo > note, outs: [note]}, other: {cmd: echo > o, outs: [o]}}\n',
    });
    await workspace.expect(0, 'remove', 'note');
    assert.doesNotMatch(workspace.read('pipeline.yaml'), /note/);
  });

  test('of data leaves the files, and forgets everything else', async (context) => {
    const workspace = await project(context);
    assert.match(workspace.read('.gitignore'), /\/raw\n/);
    const { stdout } = await workspace.expect(0, 'remove', 'raw', 'labels.csv');
    assert.match(stdout, /^Removed 'raw': raw stays/);
    assert.equal(workspace.read('pipeline.yaml'), PIPELINE.slice(PIPELINE.indexOf('stages:')));
    assert.deepEqual(workspace.read('.gitignore').split('\n').sort(), ['', '/lines.txt', '/note.txt']);
    assert.doesNotMatch(workspace.read('pipeline.lock'), /labels|^- path: raw/m);
    assert.equal(workspace.read('raw/a'), 'a\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
    await workspace.repro();
    assert.equal(workspace.read('labels.csv'), 'x\n');
  });

  test('--outs of data removes the files; what the cache lacks is saved', async (context) => {
    const workspace = await project(context);
    workspace.write('raw/a', 'changed\n');
    const { stdout } = await workspace.expect(0, 'remove', '--outs', 'raw', 'labels.csv', '--json');
    const { saved } = JSON.parse(stdout) as { saved: { path: string; id: string }[] };
    assert.deepEqual(
      saved.map(({ path }) => path),
      ['raw'],
    );
    assert.deepEqual(there(workspace, 'raw', 'labels.csv'), [false, false]);
    await workspace.expect(0, 'cache', 'restore', saved[0]!.id);
    assert.equal(workspace.read('raw/a'), 'changed\n');
  });

  test('--outs of data whose bytes were never kept, or are ignored, saves them', async (context) => {
    const workspace = await project(context);
    workspace.write('other', 'o\n');
    workspace.write('.pipeignore', '*.tmp\n');
    workspace.write('raw/mine.tmp', 'mine\n');
    await workspace.expect(0, 'add', '--no-commit', 'other');
    const { stdout } = await workspace.expect(0, 'remove', '--outs', 'other', 'raw', '--json');
    const { saved } = JSON.parse(stdout) as { saved: { path: string; id: string }[] };
    const ids = new Map(saved.map(({ path, id }) => [path, id]));
    assert.deepEqual([...ids.keys()].sort(), ['other', 'raw/mine.tmp']);
    assert.deepEqual(there(workspace, 'other', 'raw'), [false, false]);
    assert.equal(workspace.read(`cache/saved/${ids.get('raw/mine.tmp')}/content`), 'mine\n');
    await workspace.expect(0, 'cache', 'restore', ids.get('other')!);
    assert.equal(workspace.read('other'), 'o\n');
  });

  test('--outs of a stage removes its outputs, record and lines at once', async (context) => {
    const workspace = await project(context);
    for (const name of ['note.txt', 'm.json']) workspace.write(name, 'by hand');
    const { stdout } = await workspace.expect(0, 'remove', '--outs', 'note');
    assert.match(stdout, /^saved\tnote\.txt\t.*\nsaved\tm\.json\t.*\nRemoved 'note' with/);
    assert.deepEqual(there(workspace, 'note.txt', 'm.json', 'lines.txt'), [false, false, true]);
    assert.doesNotMatch(workspace.read('pipeline.lock'), /note/);
    assert.doesNotMatch(workspace.read('pipeline.yaml'), /note/);
    assert.doesNotMatch(workspace.read('.gitignore'), /note/);
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });

  test('changes nothing where a target is unknown', async (context) => {
    const workspace = await project(context);
    for (const flags of [[], ['--outs']]) {
      const { stderr } = await workspace.expect(1, 'remove', ...flags, 'raw', 'nothing');
      assert.match(stderr, /does not declare a stage 'nothing'\n.*\n +declared +count, note\n/);
    }
    assert.equal(workspace.read('pipeline.yaml'), PIPELINE);
    assert.deepEqual(there(workspace, 'raw'), [true]);
  });

  test('turns links to the cache into files', async (context) => {
    const workspace = makeWorkspace(context, {
      'pipeline.yaml': 'config: {cache: {links: [symlink]}}\nstages: {}\n',
      big: 'b',
    });
    await workspace.expect(0, 'add', 'big');
    assert.ok(lstatSync(workspace.path('big')).isSymbolicLink());
    await workspace.expect(0, 'remove', 'big');
    assert.ok(lstatSync(workspace.path('big')).isFile());
    assert.equal(workspace.read('pipeline.yaml'), 'config: {cache: {links: [symlink]}}\nstages: {}\n');
  });
});

void suite('pipe move', () => {
  test('moves the files, the entry, the record and the line', async (context) => {
    const workspace = await project(context);
    const { stdout } = await workspace.expect(0, 'move', 'raw', 'data/raw-2024');
    assert.match(stdout, /^Moved raw to data\/raw-2024\.\nIt is still named .* of count\.\n$/);
    assert.equal(
      workspace.read('pipeline.yaml'),
      PIPELINE.replace('path: raw   #', 'path: data/raw-2024   #'),
    );
    assert.deepEqual(there(workspace, 'raw', 'data/raw-2024/a'), [false, true]);
    assert.equal(workspace.read('data/.gitignore'), '/raw-2024\n');
    assert.doesNotMatch(workspace.read('.gitignore'), /raw/);
    assert.match(workspace.read('pipeline.lock'), /^- path: data\/raw-2024\n/m);
    assert.doesNotMatch(workspace.read('pipeline.lock'), /^- path: raw\n/m);
    workspace.write(
      'pipeline.yaml',
      workspace
        .read('pipeline.yaml')
        .replaceAll(/raw\/\*|\[raw\]/g, (text) => text.replace('raw', 'data/raw-2024')),
    );
    assert.match((await workspace.expect(0, 'status', 'data/raw-2024')).stdout, /up to date/);
  });

  test('into a folder; a change stays a change; missing data moves its record', async (context) => {
    const workspace = await project(context);
    workspace.write('place/x', 'x');
    workspace.write('raw/a', 'changed\n');
    await workspace.expect(0, 'move', 'raw', 'place');
    assert.equal(workspace.read('place/raw/a'), 'changed\n');
    assert.match((await workspace.expect(0, 'status', 'place/raw')).stdout, /modified/);
    workspace.remove('labels.csv');
    await workspace.expect(0, 'move', 'labels.csv', 'other/');
    await workspace.expect(0, 'checkout', 'other/labels.csv');
    assert.equal(workspace.read('other/labels.csv'), 'x\n');
    // As in a new clone, which has no folder there.
    workspace.remove('other');
    await workspace.expect(0, 'move', 'other/labels.csv', 'other/moved.csv');
    assert.match(workspace.read('pipeline.lock'), /other\/moved\.csv/);
    await workspace.expect(0, 'remove', 'other/moved.csv');
  });

  test('refuses other paths, and changes nothing', async (context) => {
    const workspace = await project(context);
    const cases: [string, string, RegExp][] = [
      ['lines.txt', 'l', /an output of the stage 'count'[^]*change its path/],
      ['raw/a', 'b', /a part of the data 'raw'/],
      ['lables.csv', 'l', /not tracked as data[^]*did you mean 'labels\.csv'/],
      ['raw', 'labels.csv', /'labels\.csv' exists/],
      ['raw', 'raw/sub', /inside of what is to be moved/],
      ['raw', '../out', /outside of the project/],
      ['raw', 'cache/x', /holds the cache/],
      ['labels.csv', 'raw/l.csv', /'raw\/l\.csv' is inside of the data 'raw'/],
    ];
    for (const [from, to, expected] of sampleOf(cases, 5)) {
      const { code, stderr } = await workspace.pipe('move', from, to);
      assert.equal(code, 1, `${from} ${to}`);
      assert.match(stderr, expected);
    }
    assert.equal(workspace.read('pipeline.yaml'), PIPELINE);
  });

  test('of an entry in an included file', async (context) => {
    const workspace = makeWorkspace(context, {
      'pipeline.yaml': 'include: {part: {file: sub/part.yaml, wdir: work}}\nstages: {}\n',
      'sub/part.yaml': 'data: [a, {path: b}]\n',
      'work/a': 'a',
      'work/b': 'b',
    });
    await workspace.repro();
    await workspace.expect(0, 'move', 'work/a', 'work/deep/c');
    assert.equal(workspace.read('sub/part.yaml'), 'data: [deep/c, {path: b}]\n');
    await workspace.expect(0, 'remove', 'work/b');
    assert.equal(workspace.read('sub/part.yaml'), 'data: [deep/c]\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });
});
