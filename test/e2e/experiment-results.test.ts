// What becomes of experiments: kept, applied, compared, saved, made branches of, exchanged.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { runPipeMostlyHere } from '../cli/here.ts';
import { FILES, filesOf, makeProject, type ExperimentProject, type Shown } from './experiment-project.ts';

test('gc keeps what experiments name until they are removed', async (t) => {
  const project = makeProject(t);
  const run = (): Promise<string> => project.exp(0, 'run', 'grid', '-S', 'lr=4,5');
  await run();
  project.ran();
  await project.expect(0, 'gc', '-w');
  await run();
  assert.deepEqual(project.ran(), []);
  // One that cannot be read may be of a newer version: --all removes none.
  project.write('cache/exps/newer.json', '{"schema": "pipe-exp/9"}\n');
  assert.match(await project.exp(1, 'remove', '--all'), /'newer' cannot be read/);
  project.remove('cache/exps/newer.json');
  await project.exp(0, 'remove', 'grid-1', 'grid-2');
  await project.expect(0, 'gc', '-w');
  await run();
  assert.deepEqual(project.ran(), ['prepare', 'train', 'train']);
});

test('apply makes the workspace an experiment: `repro` says up to date, and nothing is lost', async (t) => {
  const project = makeProject(t);
  await project.exp(0, 'run', 'grid', '-S', 'lr=1,2');
  // What only the workspace has: a value that is not committed, and an output made by hand.
  project.write('params.yaml', project.read('params.yaml').replace('depth: 2', 'depth: 9'));
  project.write('model.txt', 'by hand');
  const printed = await project.exp(0, 'apply', 'grid-2');
  assert.equal(project.read('params.yaml'), '# rates\nlr: 2   # of the optimizer\nmodel: {depth: 2}\n');
  assert.equal(project.read('model.txt'), '2 A,B\n');
  const saved = [...printed.matchAll(/`pipe cache restore (\S+) \S+` brings back/g)].map(([, id]) => id!);
  assert.equal(saved.length, 2, printed);
  const texts: string[] = [];
  for (const id of saved) {
    await project.expect(0, 'cache', 'restore', id, `back-${id}`);
    texts.push(project.read(`back-${id}`));
    project.remove(`back-${id}`);
  }
  assert.deepEqual(texts.sort(), ['# rates\nlr: 1   # of the optimizer\nmodel: {depth: 9}\n', 'by hand']);
  project.ran();
  const { events } = await project.repro();
  assert.deepEqual(
    events.filter(({ type }) => type === 'fresh').map(({ stage }) => stage),
    ['prepare', 'train'],
  );
  assert.deepEqual(project.ran(), []);
  assert.match(await project.exp(0, 'apply', 'grid-2'), /is 'grid-2' already/);
  // The second application starts from a file that git does not have: it is saved, too.
  assert.match(await project.exp(0, 'apply', 'grid-1'), /saved\tparams\.yaml/);
  assert.equal(project.git('status', '--porcelain', '--untracked-files=no'), '');
  // So is one that git does not track, whose content it cannot have.
  project.git('rm', '-q', '--cached', 'params.yaml');
  project.git('commit', '-qm', 'Leave out the parameters');
  assert.match(await project.exp(0, 'apply', 'grid-2'), /saved\tparams\.yaml/);
  assert.match(await project.exp(1, 'apply', 'grid-3'), /did you mean 'grid-1'/);
});

testInWhole('diff compares experiments and the workspace; save records the workspace', async (t) => {
  const project = makeProject(t);
  await project.exp(0, 'run', 'grid', '-S', 'lr=1,2');
  assert.match(
    await project.exp(0, 'diff', 'grid-1', 'grid-2'),
    /Path +Param +grid-1 +grid-2\nparams\.yaml +lr +1 +2\n\nPath +Metric +grid-1 +grid-2 +Change\nmetrics\.json +acc +12 +22 +10\n/,
  );
  const { stdout } = await project.expect(0, 'exp', 'diff', 'grid-1', 'grid-2', '--json');
  assert.deepEqual(JSON.parse(stdout), {
    params: { 'params.yaml': { lr: { old: 1, new: 2, diff: 1 } } },
    metrics: {
      'metrics.json': {
        acc: { old: 12, new: 22, diff: 10 },
        'nested.loss': { old: -1, new: -2, diff: -1 },
      },
    },
  });
  assert.match(await project.exp(1, 'save', 'base'), /'prepare' is not as the lock file records it/);
  await project.exp(0, 'apply', 'grid-2');
  assert.equal(await project.exp(0, 'diff', 'grid-2'), 'Nothing differs.\n');
  await project.exp(0, 'save', 'base');
  assert.match(await project.exp(1, 'save', 'base'), /there is an experiment 'base' already/);
  const [base, grid] = [(await project.show('base'))[0]!, (await project.show('grid-2'))[0]!];
  assert.deepEqual({ ...base, name: '' }, { ...grid, name: '' });
});

/** A copy of the project as git has it, or of a branch. */
function cloneOf(t: TestContext, project: ExperimentProject, branch = 'HEAD'): string {
  const clone = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-clone-')));
  t.after(() => rmSync(clone, { recursive: true }));
  execFileSync('git', ['clone', '-q', project.root, clone]);
  execFileSync('git', ['checkout', '-q', '--detach', branch === 'HEAD' ? branch : `origin/${branch}`], {
    cwd: clone,
  });
  return clone;
}

testInWhole('a branch has the parameters and the lock file; the workspace and the index stay', async (t) => {
  const project = makeProject(t, { ...FILES, '.gitignore': '/cache\n/data\n/model.txt\n' });
  project.git('config', 'user.name', 't');
  project.git('config', 'user.email', 't@t');
  await project.exp(0, 'run', 'grid', '-S', 'lr=1,2');
  project.write('params.yaml', 'lr: 5\nmodel: {depth: 1}\n');
  project.git('add', 'params.yaml');
  const before = [project.git('status', '--porcelain'), filesOf(project.root)];
  await project.exp(0, 'branch', 'grid-2', 'wider');
  assert.deepEqual([project.git('status', '--porcelain'), filesOf(project.root)], before);
  assert.equal(
    project.git('diff', '--name-only', 'HEAD', 'wider'),
    'metrics.json\nparams.yaml\npipeline.lock\n',
  );
  assert.equal(
    project.git('show', 'wider:params.yaml'),
    '# rates\nlr: 2   # of the optimizer\nmodel: {depth: 2}\n',
  );
  assert.match(await project.exp(1, 'branch', 'grid-2', 'wider'), /git has a branch 'wider' already/);
  const clone = cloneOf(t, project, 'wider');
  cpSync(project.path('cache'), join(clone, 'cache'), { recursive: true });
  for (const args of [['checkout'], ['status', '--check']]) {
    const ran = await runPipeMostlyHere(clone, args);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  }
});

testInWhole(
  'push and pull: records are readable files of the remote, and another clone applies them',
  async (t) => {
    const project = makeProject(t);
    const remote = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-remote-')));
    t.after(() => rmSync(remote, { recursive: true }));
    await project.expect(0, 'remote', 'add', '-d', 'shared', remote);
    project.git('commit', '-qam', 'Declare a remote');
    await project.exp(0, 'run', 'grid', '-S', 'lr=1,2');
    assert.match(await project.exp(0, 'push'), /Pushed 2 experiments with \d+ objects/);
    assert.match(await project.exp(0, 'push'), /Pushed 0 experiments .* 2 were there already/);
    const record = JSON.parse(readFileSync(join(remote, 'exps/grid-2.json'), 'utf8')) as Shown;
    assert.deepEqual(record.params['params.yaml'], { lr: 2, model: { depth: 2 } });

    const clone = cloneOf(t, project);
    const pipe = async (code: number, ...args: readonly string[]): Promise<string> => {
      const ran = await runPipeMostlyHere(clone, args, { COUNT: join(remote, 'count') });
      assert.equal(ran.code, code, ran.stdout + ran.stderr);
      return ran.stdout + ran.stderr;
    };
    assert.match(await pipe(0, 'exp', 'pull'), /Fetched 2 experiments/);
    assert.match(await pipe(0, 'exp', 'show'), /grid-2 +2 +22/);
    await pipe(0, 'exp', 'apply', 'grid-2');
    assert.doesNotMatch(await pipe(0, 'repro'), /ran /);
    assert.equal(existsSync(join(remote, 'count')), false);
    // Another experiment of the same name is not replaced.
    await pipe(0, 'exp', 'remove', 'grid-1');
    await pipe(0, 'exp', 'rename', 'grid-2', 'grid-1');
    assert.match(await pipe(1, 'exp', 'push', 'grid-1'), /has another experiment 'grid-1'/);
    assert.match(
      await pipe(1, 'exp', 'pull', 'grid-1', 'none'),
      /differs from that on 'shared'[^]*has no experiment 'none'/,
    );
    await pipe(0, 'exp', 'pull', 'grid-1', '--force');
  },
);
