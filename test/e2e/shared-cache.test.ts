// Several projects with one cache folder: they do not block each other, and none removes what another needs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { watchRun } from '../faults/puppet-run.ts';
import { openPuppets, puppetCommand } from '../puppet.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import { startPipe, type Ran, type TestWorkspace } from '../workspace.ts';

const pipeline = (cmd: string): string =>
  `config: {cache: {dir: ../objects}}\nstages:\n  s: {cmd: ${cmd}, deps: [in], outs: [o]}\n`;

function twoProjects(t: TestContext, one = 'cat in > o', two = 'cat in > o'): TestWorkspace {
  return makeWorkspaceMostlyHere(t, {
    'one/pipeline.yaml': pipeline(one),
    'one/in': '1',
    'two/pipeline.yaml': pipeline(two),
    'two/in': '2',
  });
}

async function run(workspace: TestWorkspace, folder: string, ...args: readonly string[]): Promise<Ran> {
  const ran = await runPipeMostlyHere(workspace.path(folder), args);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return ran;
}

/** Garbage collection spares what is young in a shared folder. */
function age(workspace: TestWorkspace, to = '3 days ago'): void {
  execFileSync('find', [workspace.path('objects'), '-exec', 'touch', '-h', '-d', to, '{}', '+']);
}

const objectsIn = (workspace: TestWorkspace): number =>
  readdirSync(workspace.path('objects/objects/sha256'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  ).length;

testInWhole(
  'logs, history and the run lock are those of each project; only objects and runs are in the shared folder',
  async (t) => {
    const puppets = await openPuppets(t);
    const workspace = twoProjects(t, puppetCommand('one'));
    const first = puppets.start(workspace.path('one'), ['repro']);
    const ended = new Promise<number | null>((resolve) => first.on('close', resolve));
    const puppet = await puppets.next('one');

    await run(workspace, 'two', 'repro', '--no-wait');
    await run(workspace, 'two', 'status');
    await puppet.tell({ do: 'write', path: workspace.path('one/o'), text: 'of one' });
    await puppet.tell({ do: 'exit', code: 0 });
    assert.equal(await ended, 0);

    assert.match((await run(workspace, 'one', 'history')).stdout, /1 ran/);
    assert.equal((await run(workspace, 'two', 'history')).stdout.match(/1 ran/g)?.length, 1);
    assert.deepEqual(readdirSync(workspace.path('objects')).sort(), [
      '.gitignore',
      'CACHEDIR.TAG',
      'objects',
      'projects',
      'runs',
    ]);
    for (const project of ['one', 'two'])
      for (const name of ['state', 'logs', '.gitignore'])
        assert.ok(existsSync(workspace.path(`${project}/cache/${name}`)), `${project}: ${name}`);
    // A result of one project is restored in the other.
    workspace.write('one/pipeline.yaml', pipeline('cat in > o'));
    workspace.write('one/in', '2');
    assert.match((await run(workspace, 'one', 'repro')).stdout, /restored/);
  },
);

test('garbage collection keeps what the lock files of the other projects name, whatever its policy', async (t) => {
  const workspace = twoProjects(t);
  for (const project of ['one', 'two']) await run(workspace, project, 'repro');
  age(workspace);
  for (const flags of [['--workspace'], ['--keep', '0m'], ['--max-size', '0']]) {
    const { stdout } = await run(workspace, 'two', 'gc', ...flags);
    assert.match(stdout, new RegExp(`Kept what another project needs: ${workspace.path('one')}\\.`));
    assert.equal(objectsIn(workspace), 2);
  }
  rmSync(workspace.path('one/o'));
  await run(workspace, 'one', 'checkout');
  assert.equal(workspace.read('one/o'), '1');

  // What no project needs any more is removed.
  workspace.write('one/in', '3');
  await run(workspace, 'one', 'repro');
  // But not what is young: another program may be about to name it.
  age(workspace, 'now');
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 3);
  age(workspace);
  const { stdout } = await run(workspace, 'two', 'gc', '--workspace', '--json');
  const { removed, projects } = JSON.parse(stdout) as { removed: { kind: string }[]; projects: object[] };
  assert.deepEqual(
    removed.map(({ kind }) => kind),
    ['record', 'object'],
  );
  assert.partialDeepStrictEqual(projects, [{ root: workspace.path('one'), gone: false }]);
  assert.equal(objectsIn(workspace), 2);
});

test('what a project needs that only pushed from the cache is kept', async (t) => {
  const workspace = twoProjects(t);
  for (const project of ['one', 'two']) await run(workspace, project, 'repro');
  const config = 'config: {cache: {dir: ../objects}, remotes: {r: {url: ../remote}}, remote: r}\n';
  workspace.write('clone/pipeline.yaml', workspace.read('one/pipeline.yaml').replace(/.*\n/, config));
  workspace.write('clone/pipeline.lock', workspace.read('one/pipeline.lock'));
  await run(workspace, 'clone', 'push');
  rmSync(workspace.path('one'), { recursive: true });
  rmSync(workspace.path('remote'), { recursive: true });
  for (const note of readdirSync(workspace.path('objects/projects')))
    if (workspace.read(`objects/projects/${note}`).includes('/one"'))
      rmSync(workspace.path(`objects/projects/${note}`));
  age(workspace);
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 2);
});

test('a lock file that git switched, or that is new in the folder of a project, is needed as it is now', async (t) => {
  const workspace = twoProjects(t);
  // Its lock file is not at the root, which is that of its git repository.
  workspace.write('one/.git/HEAD', '');
  workspace.write('one/sub/pipeline.yaml', 'stages:\n  s: {cmd: cat in > o, deps: [in], outs: [o]}\n');
  workspace.write('one/pipeline.yaml', `${pipeline('').split('stages:')[0]}stages: {}\n`);
  const locks: string[] = [];
  for (const text of ['1', '3', '5']) {
    workspace.write('one/sub/in', text);
    await run(workspace, 'one/sub', 'repro');
    locks.push(workspace.read('one/sub/pipeline.lock'));
  }
  await run(workspace, 'two', 'repro');
  workspace.write('one/sub/pipeline.lock', locks[0]!);
  workspace.write('one/cache/other.lock', locks[1]!);
  age(workspace);
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 4);
  // The root has no stages now; another branch has some.
  rmSync(workspace.path('one/cache/other.lock'));
  workspace.write('one/pipeline.lock', locks[1]!);
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 4);
  // What no project names any more is removed.
  rmSync(workspace.path('one/pipeline.lock'));
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 3);
  workspace.write('one/sub/in', '1');
  rmSync(workspace.path('one/sub/o'));
  await run(workspace, 'one/sub', 'checkout');
  assert.equal(workspace.read('one/sub/o'), '1');
});

test('what a killed run of another project recorded is needed', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = twoProjects(t);
  const second = `  t: {cmd: ${puppetCommand('t')}, deps: [o], outs: [p]}\n`;
  workspace.write('one/pipeline.yaml', pipeline('cat in > o') + second);
  await run(workspace, 'two', 'repro');
  const first = puppets.start(workspace.path('one'), ['repro']);
  const ended = new Promise((resolve) => first.on('close', resolve));
  await puppets.next('t');
  first.kill('SIGKILL');
  await ended;
  age(workspace);
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 2);
  rmSync(workspace.path('one/o'));
  await run(workspace, 'one', 'checkout', 's');
  assert.equal(workspace.read('one/o'), '1');
});

test('garbage collection waits for the runs of other projects, and they for it', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = twoProjects(t, puppetCommand('one'));
  await run(workspace, 'two', 'repro');
  const first = puppets.start(workspace.path('one'), ['repro']);
  t.after(() => first.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => first.on('close', resolve));
  const puppet = await puppets.next('one');
  const gc = watchRun(startPipe(workspace.path('two'), ['gc', '--workspace']));
  await gc.said(/waiting for runs of other projects that use this cache/);
  // What only reads goes on meanwhile.
  await run(workspace, 'two', 'status');
  await puppet.tell({ do: 'write', path: workspace.path('one/o'), text: 'of one' });
  await puppet.tell({ do: 'exit', code: 0 });
  assert.equal(await ended, 0);
  assert.equal((await gc.end).code, 0);
  rmSync(workspace.path('one/o'));
  await run(workspace, 'one', 'checkout');
  assert.equal(workspace.read('one/o'), 'of one');
});

test('a list of what would go waits for no run, and changes nothing in a cache that projects share', async (t) => {
  const workspace = twoProjects(t);
  for (const project of ['two', 'one']) await run(workspace, project, 'repro');
  workspace.write('one/in', '3');
  await run(workspace, 'one', 'repro');
  age(workspace);
  for (const note of readdirSync(workspace.path('objects/projects')))
    if (workspace.read(`objects/projects/${note}`).includes('/one"'))
      rmSync(workspace.path(`objects/projects/${note}`));
  const shared = (): readonly string[] =>
    readdirSync(workspace.path('objects'), { recursive: true, encoding: 'utf8' }).toSorted();
  const before = shared();
  const { stdout } = await run(workspace, 'one', 'gc', '--workspace', '--dry');
  assert.match(stdout, /^Would remove 1 object /m);
  assert.deepEqual(shared(), before);

  const database = new DatabaseSync(workspace.path('one/cache/state/run.lock'));
  t.after(() => database.close());
  database.exec('BEGIN EXCLUSIVE');
  assert.equal((await run(workspace, 'one', 'gc', '--workspace', '--dry')).stdout, stdout);
});

testInWhole('a project that is gone is kept for 90 days after its last use', async (t) => {
  const workspace = twoProjects(t);
  for (const project of ['one', 'two']) await run(workspace, project, 'repro');
  rmSync(workspace.path('one'), { recursive: true });
  age(workspace);
  assert.match((await run(workspace, 'two', 'gc', '--workspace')).stdout, /one on .*, not seen from here/);
  assert.equal(objectsIn(workspace), 2);
  for (const name of readdirSync(workspace.path('objects/projects')))
    utimesSync(join(workspace.path('objects/projects'), name), 0, 0);
  const { stdout } = await run(workspace, 'two', 'gc', '--workspace');
  assert.doesNotMatch(stdout, /another project/);
  assert.equal(objectsIn(workspace), 1);
});

test('a project that is there is kept, however long ago it used the cache', async (t) => {
  const workspace = twoProjects(t);
  for (const project of ['one', 'two']) await run(workspace, project, 'repro');
  age(workspace, '1 year ago');
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 2);
  // That its path exists here, too, says nothing of one of another machine.
  for (const note of readdirSync(workspace.path('objects/projects')))
    workspace.write(
      `objects/projects/${note}`,
      workspace.read(`objects/projects/${note}`).replace(/"host":"[^"]*"/, '"host":"elsewhere"'),
    );
  age(workspace, '1 year ago');
  const notes = (): number => readdirSync(workspace.path('objects/projects')).length;
  const before = notes();
  await run(workspace, 'two', 'gc', '--workspace', '--dry');
  assert.equal(notes(), before, 'to look at it forgets no project');
  await run(workspace, 'two', 'gc', '--workspace');
  assert.equal(objectsIn(workspace), 1);
});

test('where the needs of another project cannot be read, nothing is removed', async (t) => {
  const workspace = twoProjects(t);
  for (const project of ['one', 'two']) await run(workspace, project, 'repro');
  workspace.write('two/in', '3');
  await run(workspace, 'two', 'repro');
  age(workspace);
  const lock = workspace.read('one/pipeline.lock');
  workspace.write('one/pipeline.lock', `${lock}<<<<<<< ours\n`);
  const damaged = await runPipeMostlyHere(workspace.path('two'), ['gc', '--workspace']);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /cache-project-unreadable/);
  assert.ok(damaged.stderr.includes(workspace.path('one')), damaged.stderr);
  assert.equal(objectsIn(workspace), 3);

  workspace.write('one/pipeline.lock', lock);
  workspace.write('objects/projects/0123456789abcdef.json', '{"schema":"pipe-project/2"}');
  const newer = await runPipeMostlyHere(workspace.path('two'), ['gc', '--workspace']);
  assert.equal(newer.code, 1);
  assert.match(newer.stderr, /cache-project-unreadable/);
  assert.equal(objectsIn(workspace), 3);
});

test("a project's own cache that another project uses too is shared", async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'one/pipeline.yaml': 'stages:\n  s: {cmd: cat in > o, deps: [in], outs: [o]}\n',
    'one/in': '1',
    'two/pipeline.yaml':
      'config: {cache: {dir: ../one/cache}}\nstages:\n  s: {cmd: cat in > o, deps: [in], outs: [o]}\n',
    'two/in': '2',
  });
  for (const project of ['one', 'two']) await run(workspace, project, 'repro');
  execFileSync('find', [workspace.path('one/cache'), '-exec', 'touch', '-h', '-d', '3 days ago', '{}', '+']);
  assert.match((await run(workspace, 'one', 'gc', '--workspace')).stdout, /another project needs: .*two\./);
  rmSync(workspace.path('two/o'));
  await run(workspace, 'two', 'checkout');
  assert.equal(workspace.read('two/o'), '2');
});

test("a folder `cache` of the user's own is refused, and stays as it is", async (t) => {
  const workspace = twoProjects(t);
  workspace.write('one/cache/mine.txt', 'mine');
  const refused = await runPipeMostlyHere(workspace.path('one'), ['repro']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /cache-foreign/);
  assert.deepEqual(readdirSync(workspace.path('one/cache')), ['mine.txt']);
});
