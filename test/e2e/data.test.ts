// Data that no stage makes, declared under `data:` in a project of our own.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { suite, test } from 'node:test';
import { makeWorkspaceMostlyHere, copiesMostlyHere } from '../cli/here.ts';

const PIPELINE = `data:
- path: raw/in.txt
  desc: By hand
stages:
  upper:
    cmd: tr a-z A-Z < raw/in.txt > out.txt
    deps: [raw/in.txt]
    outs: [out.txt]
`;

const files = { 'pipeline.yaml': PIPELINE, 'raw/in.txt': 'one\n' };
const projectThatRan = copiesMostlyHere(files, (workspace) => workspace.repro());

void suite('declared data', () => {
  test('is stored and recorded by a run', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, files);
    assert.match((await workspace.expect(0, 'status')).stdout, /raw\/in\.txt: new/);
    await workspace.repro();
    assert.match(
      workspace.read('pipeline.lock'),
      /^schema: 'pipe\/1'\ndata:\n- path: raw\/in\.txt\n {2}hash: sha256\n/,
    );
    workspace.remove('raw');
    const { restored, ran } = await workspace.repro();
    assert.deepEqual([restored, ran], [['raw/in.txt'], []]);
    assert.equal(workspace.read('raw/in.txt'), 'one\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });

  test('that changed is stored and recorded, and its readers run', async (context) => {
    const workspace = await projectThatRan(context);
    workspace.write('raw/in.txt', 'two\n');
    const { stdout } = await workspace.expect(0, 'status', '--json');
    const { stages } = JSON.parse(stdout) as {
      stages: { name: string; state: string; reasons: { kind: string }[] }[];
    };
    assert.deepEqual(
      stages.map(({ name, state, reasons }) => [name, state, reasons.map(({ kind }) => kind)]),
      [
        ['raw/in.txt', 'stale', ['out-modified']],
        ['upper', 'stale', ['dep']],
      ],
    );
    const { ran } = await workspace.repro();
    assert.deepEqual(ran, ['upper']);
    assert.equal(workspace.read('out.txt'), 'TWO\n');
    workspace.remove('raw/in.txt');
    await workspace.expect(0, 'checkout');
    assert.equal(workspace.read('raw/in.txt'), 'two\n');
  });

  test('stays in place when its entry is removed by hand, and is forgotten', async (context) => {
    const workspace = await projectThatRan(context);
    workspace.write('raw/in.txt', 'changed since\n');
    workspace.write('pipeline.yaml', 'stages: {}\n');
    const { stdout } = await workspace.expect(0, 'status');
    assert.doesNotMatch(stdout, /raw\/in\.txt/);
    await workspace.expect(0, 'repro');
    assert.equal(workspace.read('raw/in.txt'), 'changed since\n');
    assert.doesNotMatch(workspace.read('pipeline.lock'), /raw/);
  });

  test('is saved before a stage that now writes it replaces it', async (context) => {
    const workspace = await projectThatRan(context);
    workspace.remove('cache/objects');
    workspace.remove('out.txt');
    workspace.write('pipeline.yaml', 'stages:\n  make: {cmd: echo made > raw/in.txt, outs: [raw/in.txt]}\n');
    const { events } = await workspace.repro();
    const saved = events.find(({ type }) => type === 'saved');
    assert.equal(saved?.['path'], 'raw/in.txt');
    const id = String(saved['id']);
    workspace.write('mine.txt', 'mine\n');
    for (const path of [[], ['mine.txt']])
      assert.match((await workspace.expect(1, 'cache', 'restore', id, ...path)).stderr, /restore-exists/);
    assert.equal(workspace.read('mine.txt'), 'mine\n');
    await workspace.expect(0, 'cache', 'restore', id, 'before.txt');
    assert.equal(workspace.read('before.txt'), 'one\n');
  });

  test('of included files is relative to them; templates are resolved', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, {
      'pipeline.yaml': 'include: {part: sub/part.yaml}\nstages: {}\n',
      'sub/part.yaml': 'vars: [{name: b}]\ndata:\n- a\n- {path: "${name}/c", push: false}\n',
      'sub/a': 'a',
      'sub/b/c': 'c',
    });
    const { stdout } = await workspace.expect(0, 'stage', 'list', '--json');
    assert.deepEqual(
      (JSON.parse(stdout) as { addressing: string; outs: { push: boolean }[] }[]).map((stage) => [
        stage.addressing,
        stage.outs[0]!.push,
      ]),
      [
        ['sub/a', true],
        ['sub/b/c', false],
      ],
    );
    await workspace.repro();
    workspace.remove('sub/b');
    await workspace.expect(0, 'checkout', 'sub/b/c');
    assert.ok(existsSync(workspace.path('sub/b/c')));
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });

  test('answers fast once nothing changed, and sees a change after that', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, files);
    await workspace.repro();
    await workspace.expect(0, 'repro');
    assert.ok(existsSync(workspace.path('cache/state/verdict')));
    await workspace.expect(0, 'repro');
    workspace.write('raw/in.txt', 'two\n');
    assert.deepEqual((await workspace.repro()).ran, ['upper']);
  });

  test('is refused where it cannot be data', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, files);
    const cases: [string, string, RegExp][] = [
      ['made by a stage', 'data: [out]\nstages: {s: {cmd: x, outs: [out]}}', /declared twice/],
      ['twice', 'data: [a, a]', /declared as data twice/],
      [
        'inside of an output',
        'data: [out/a]\nstages: {s: {cmd: x, outs: [out]}}',
        /the data 'out\/a' is inside of the output 'out'/,
      ],
      ['outside', 'data: [../a]', /outside of the project/],
      ['no path', 'data: [{desc: x}]', /'path' is missing in data\[0\]/],
      ['an unknown key', 'data: [{path: a, cache: false}]', /unknown key 'cache'/],
      ['the root', 'data: [.]', /project folder itself/],
    ];
    for (const [name, text, expected] of cases) {
      workspace.write('pipeline.yaml', `${text}\n`);
      const { code, stderr } = await workspace.pipe('status');
      assert.equal(code, 1, name);
      assert.match(stderr, expected, name);
      assert.doesNotMatch(stderr, / at .*\.ts/);
    }
  });

  test('is merged with the lock file of another branch entry by entry', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, {});
    const entry = (path: string, digit: string): string =>
      `- path: ${path}\n  hash: sha256\n  sha256: "${digit.repeat(64)}"\n  size: 1\n`;
    const text = (...entries: string[]): string => `schema: 'pipe/1'\ndata:\n${entries.join('')}stages: {}\n`;
    workspace.write('base', text(entry('a', '1'), entry('b', '1')));
    workspace.write('ours', text(entry('a', '2'), entry('b', '1')));
    workspace.write('theirs', text(entry('a', '1'), entry('b', '3'), entry('c', '4')));
    await workspace.expect(0, 'lock', 'merge', 'base', 'ours', 'theirs', 'pipeline.lock');
    assert.equal(workspace.read('ours'), text(entry('a', '2'), entry('b', '3'), entry('c', '4')));
  });
});
