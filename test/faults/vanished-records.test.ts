// Outputs that vanished stages recorded: which of them may go, and that nothing else does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { neededContents } from '../../src/cli/cli.ts';
import { assessStages } from '../../src/session/session.ts';
import { openProject, runInProcess } from '../open-project.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';

const rest = '  rest: {cmd: echo 1 > rest.txt, outs: [rest.txt]}\n';
const refused = (error: unknown): boolean =>
  error instanceof PipeError && error.problems.every(({ code }) => code === 'vanished-unsaved');

for (const [what, outs] of [
  ['that the cache is not to keep', 'outs: [{x: {cache: false}}]'],
  ['that the cache has lost', 'outs: [x]'],
] as const)
  test(`an output ${what} is the only copy: it stays, and the run says so`, async (t) => {
    const workspace = makeWorkspaceMostlyHere(t, {
      'pipeline.yaml': `stages:\n  s: {cmd: echo precious > x, ${outs}}\n${rest}`,
    });
    await runInProcess(workspace.root);
    workspace.remove('cache/objects');
    workspace.write('pipeline.yaml', `stages:\n${rest}`);
    await assert.rejects(runInProcess(workspace.root), refused);
    assert.equal(workspace.read('x'), 'precious\n');
    // Also once somebody looked again.
    await assert.rejects(runInProcess(workspace.root), refused);
    assert.equal(workspace.read('x'), 'precious\n');
  });

test('an output that is something else by now stays, although the cache has that of another stage', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  s: {cmd: echo precious > x, outs: [x]}\n${rest}`,
  });
  await runInProcess(workspace.root);
  workspace.write('x', '1\n');
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  await assert.rejects(runInProcess(workspace.root), refused);
  assert.equal(workspace.read('x'), '1\n');
});

test('the recorded working folder counts: an equal file elsewhere stays', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  s: {cmd: echo 1 > x, wdir: sub, outs: [x]}\n${rest}`,
    'sub/keep': '',
  });
  await runInProcess(workspace.root);
  workspace.write('x', '1\n');
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'vanished' ? [event.path] : [])),
    ['sub/x'],
  );
  assert.deepEqual([existsSync(workspace.path('sub/x')), workspace.read('x')], [false, '1\n']);
});

test('a pipeline file without stages any more still has a lock file', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n${rest}`,
    'sub/pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > x, outs: [x]}\n',
  });
  await runInProcess(workspace.root);
  workspace.write('sub/pipeline.yaml', 'stages: {}\n');
  await runInProcess(workspace.root);
  assert.equal(existsSync(workspace.path('sub/x')), false);
  assert.doesNotMatch(workspace.read('sub/pipeline.lock'), / s:/);
});

test('data that is no longer declared was made by no stage: it stays', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': `stages:\n${rest}`, 'raw/a': 'by hand' });
  await workspace.expect(0, 'add', 'raw');
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  const { stdout } = await workspace.expect(0, 'status', '--json');
  assert.deepEqual((JSON.parse(stdout) as { vanished: unknown }).vanished, []);
  const { events } = await runInProcess(workspace.root);
  assert.equal(events.filter(({ type }) => type === 'vanished').length, 0);
  assert.equal(workspace.read('raw/a'), 'by hand');
});

test('a name that another only begins with is another: `d` goes beside a declared `dd`, and the other way round', async (t) => {
  for (const [gone, kept] of [
    ['d', 'dd'],
    ['dd', 'd'],
  ] as const) {
    const stage = (name: string): string =>
      `  ${name}: {cmd: mkdir -p ${name} && echo 1 > ${name}/x, outs: [${name}]}\n`;
    const workspace = makeWorkspaceMostlyHere(t, {
      'pipeline.yaml': `stages:\n${stage(gone)}${stage(kept)}`,
    });
    await runInProcess(workspace.root);
    workspace.write('pipeline.yaml', `stages:\n${stage(kept)}`);
    await runInProcess(workspace.root);
    assert.deepEqual([existsSync(workspace.path(gone)), existsSync(workspace.path(kept))], [false, true]);
  }
});

test('what lies in a declared output is judged with that: it is no output of its own any more', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: mkdir -p d && echo 1 > d/x, outs: [d/x]}\n',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', 'stages:\n  whole: {cmd: mkdir -p d && echo 2 > d/y, outs: [d]}\n');
  const { events } = await runInProcess(workspace.root);
  assert.equal(events.filter(({ type }) => type === 'vanished').length, 0);
  assert.equal(workspace.read('d/y'), '2\n');
});

test('status --check ends with 1 while a vanished stage is recorded, and with 0 after the run that forgets it', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  s: {cmd: echo 1 > x, outs: [x]}\n${rest}`,
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  await workspace.expect(1, 'status', '--check');
  await runInProcess(workspace.root);
  await workspace.expect(0, 'status', '--check');
});

test('gc needs what vanished stages recorded: declared again, they are restored', async (t) => {
  const declared = `stages:\n  s: {cmd: echo of s > x, outs: [x]}\n${rest}`;
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': declared });
  await runInProcess(workspace.root);
  const { outs } = [...(await openProject(workspace.root)).locks.recorded()].find(
    ({ name }) => name === 's',
  )!.entry;
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  const needed = neededContents(await openProject(workspace.root)).map(({ digest }) => digest);
  assert.ok(needed.includes(outs[0]!.content.digest));
  await workspace.expect(0, 'gc', '--workspace');
  workspace.write('pipeline.yaml', declared);
  workspace.remove('x');
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
});

test('of a vanished folder what is ignored stays, and so do folders in which something is', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  s: {cmd: mkdir -p d a/b/c && echo 1 > d/x && echo 1 > a/b/c/x, outs: [d, a/b/c/x]}\n${rest}`,
    '.pipeignore': '*.log\n',
    'a/mine': 'mine',
  });
  await runInProcess(workspace.root);
  workspace.write('d/mine.log', 'mine');
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  await runInProcess(workspace.root);
  assert.deepEqual(readdirSync(workspace.path('d')), ['mine.log']);
  assert.deepEqual(readdirSync(workspace.path('a')), ['mine']);
});

test('an output that is behind a link out of the project by now stays', async (t) => {
  const outside = makeWorkspaceMostlyHere(t, {});
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  s: {cmd: mkdir -p sub && echo 1 > sub/x, outs: [sub/x]}\n${rest}`,
  });
  await runInProcess(workspace.root);
  renameSync(workspace.path('sub'), outside.path('sub'));
  symlinkSync(outside.path('sub'), workspace.path('sub'));
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  await runInProcess(workspace.root);
  assert.equal(outside.read('sub/x'), '1\n');
});

test('a vanished folder around an output of now stays', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages:\n  whole: {cmd: mkdir -p d && echo 1 > d/x && echo 1 > d/y, outs: [d]}\n',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', 'stages:\n  s: {cmd: mkdir -p d && echo 2 > d/y, outs: [d/y]}\n');
  const { events } = await runInProcess(workspace.root);
  assert.equal(events.filter(({ type }) => type === 'vanished').length, 0);
  assert.deepEqual([workspace.read('d/x'), workspace.read('d/y')], ['1\n', '2\n']);
});

test('what git tracks or a stage reads is a source, whatever its name', async (t) => {
  const names = [':!x', '[a]', 'a', 'b*', 'plain'];
  const outs = JSON.stringify([...names, 'read/x', 'p.yaml', 'gone']);
  const reader = '  reader: {cmd: ls read > o, deps: [read], params: [p.yaml: [n]], outs: [o]}\n';
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  s:\n    cmd: "mkdir -p read && for f in ':!x' '[a]' a 'b*' plain read/x gone; do echo 1 > \\"$f\\"; done; echo n: 1 > p.yaml"\n    outs: ${outs}\n${reader}`,
  });
  await runInProcess(workspace.root);
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', args, { cwd: workspace.root, stdio: 'ignore' });
  git('init');
  git('--literal-pathspecs', 'add', '-f', '--', ...names);
  workspace.write('pipeline.yaml', `stages:\n${reader.replace('[read]', '[read/x]')}`);
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'vanished' ? [event.path] : [])),
    ['gone'],
  );
  for (const name of [...names, 'read/x', 'p.yaml']) assert.ok(existsSync(workspace.path(name)), name);
});

test('a cache outside of the project may be used by others: gc leaves what is young in it', async (t) => {
  const shared = makeWorkspaceMostlyHere(t, {});
  const pipeline = (n: number): string =>
    `config: {cache: {dir: ${shared.path('cache')}}}\nstages:\n  s: {cmd: echo ${n} > o, outs: [o]}\n`;
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': pipeline(1) });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', pipeline(2));
  await runInProcess(workspace.root);
  await workspace.expect(0, 'gc', '--workspace');
  workspace.write('pipeline.yaml', pipeline(1));
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
});

test('gc needs what stages read, too', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: wc -c < in > o, deps: [in], outs: [o]}\n',
    in: 'text',
  });
  await runInProcess(workspace.root);
  const opened = await openProject(workspace.root);
  const { deps, outs } = [...opened.locks.recorded()][0]!.entry;
  const digests = [...deps, ...outs].map(({ content }) => content.digest);
  assert.deepEqual(new Set(neededContents(opened).map(({ digest }) => digest)), new Set(digests));
});

test('what a failed stage left is named once the stage is gone, unless git has it as it is', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:\n  s: {cmd: "echo half > x; echo 1 > y; false", outs: [x, y]}\n${rest}`,
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', `stages:\n${rest}`);
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', args, { cwd: workspace.root, stdio: 'ignore' });
  git('init');
  git('add', '-f', 'y');
  const named = async (): Promise<string[]> => {
    try {
      await runInProcess(workspace.root);
      return [];
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      return error.problems.map(({ title }) => /^'(.*?)'/.exec(title)![1]!);
    }
  };
  assert.deepEqual(await named(), ['x']);
  assert.equal(workspace.read('x'), 'half\n');
  workspace.write('y', 'changed since');
  assert.deepEqual(await named(), ['x', 'y']);
  workspace.write('y', '1\n');
  workspace.remove('x');
  assert.deepEqual(await named(), []);
  assert.equal(workspace.read('y'), '1\n');
});

test('a stage that reads the folder which a vanished output leaves is not said to be fresh', async (t) => {
  const grid = (items: string): string => `
stages:
  make:
    foreach: ${items}
    do: {cmd: "echo \${item} > out/\${item}", outs: ["out/\${item}"]}
  join: {cmd: cat out/* > all, deps: [out], outs: [all]}
  beside: {cmd: echo 1 > beside, outs: [beside]}
`;
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': grid('[1, 2]') });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', grid('[1]'));
  const opened = await openProject(workspace.root);
  const { decisions } = await assessStages(opened.graph.stages, opened);
  const kinds = Object.fromEntries([...decisions].map(([address, { kind }]) => [address, kind]));
  assert.deepEqual(kinds, { 'make@1': 'fresh', join: 'blocked', beside: 'fresh' });
  assert.deepEqual((await runInProcess(workspace.root)).stages('ran'), ['join']);
  assert.equal(workspace.read('all'), '1\n');
});

test('in a DVC repository the entries of vanished stages stay, as DVC leaves them', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    '.dvc/config': '',
    'dvc.yaml': `stages:\n  s: {cmd: echo 1 > x, outs: [x]}\n${rest}`,
  });
  await workspace.repro();
  workspace.write('dvc.yaml', `stages:\n${rest}`);
  await workspace.expect(0, 'repro', '-f');
  assert.match(workspace.read('dvc.lock'), /^ {2}s:$/m);
  assert.equal(workspace.read('x'), '1\n');
});
