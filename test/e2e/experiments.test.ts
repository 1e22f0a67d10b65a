// `pipe exp run`: experiments run in folders of their own, share what they have in common, and leave the workspace as it is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace, runPipe, startPipe, type TestWorkspace } from '../workspace.ts';

/** Opens its parameter file itself, reads an undeclared module, and writes an undeclared file. */
const TRAIN = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { factor } from './helper.mjs';
const params = readFileSync('params.yaml', 'utf8');
const value = (key) => parseFloat(new RegExp(key + ': *(\\\\S+)').exec(params)[1]);
if (value('lr') === Number(process.env.BAD_LR)) throw new Error('this rate is bad');
writeFileSync('model.txt', value('lr') + ' ' + readFileSync('data/rows.txt', 'utf8'));
writeFileSync('stray.log', 'x');
writeFileSync('metrics.json', JSON.stringify({ acc: factor * value('lr') + value('depth'), nested: { loss: -value('lr') } }));
appendFileSync(process.env.COUNT, 'train\\n');
`;
const PREPARE = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
mkdirSync('data');
writeFileSync('data/rows.txt', readFileSync('raw.csv', 'utf8').toUpperCase());
appendFileSync(process.env.COUNT, 'prepare\\n');
`;
const FILES = {
  'pipeline.yaml': `stages:
  prepare:
    cmd: node prepare.mjs
    deps: [prepare.mjs, raw.csv]
    outs: [data]
  train:
    cmd: node train.mjs
    deps: [train.mjs, data]
    params: [lr, model.depth]
    outs: [model.txt]
    metrics: [{metrics.json: {cache: false}}]
`,
  'params.yaml': '# rates\nlr: 1   # of the optimizer\nmodel: {depth: 2}\n',
  'train.mjs': TRAIN,
  'prepare.mjs': PREPARE,
  'helper.mjs': 'export const factor = 10;\n',
  'raw.csv': 'a,b\n',
  '.gitignore': '/cache\n/data\n/model.txt\n/metrics.json\n/pipeline.lock\n',
};

interface ExperimentProject extends TestWorkspace {
  /** Names of the stages that ran, since the last call. */
  readonly ran: () => string[];
  readonly exp: (code: number, ...args: readonly string[]) => Promise<string>;
  readonly show: (...names: readonly string[]) => Promise<readonly Shown[]>;
  readonly git: (...args: readonly string[]) => string;
}

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, { readonly acc: number }>>;
}

function makeProject(
  t: TestContext,
  files: Readonly<Record<string, string>> = FILES,
  env: NodeJS.ProcessEnv = {},
): ExperimentProject {
  const workspace = makeWorkspace(t, files);
  const counts = mkdtempSync(join(tmpdir(), 'pipe-count-'));
  t.after(() => rmSync(counts, { recursive: true }));
  const count = join(counts, 'count');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: workspace.root,
      encoding: 'utf8',
    });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'First');
  return {
    ...workspace,
    git,
    ran() {
      const lines = existsSync(count) ? readFileSync(count, 'utf8').split('\n').filter(Boolean) : [];
      rmSync(count, { force: true });
      return lines.sort();
    },
    async exp(code, ...args) {
      const ran = await runPipe(workspace.root, ['exp', ...args], { COUNT: count, ...env });
      assert.equal(ran.code, code, `exp ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
      return ran.stdout + ran.stderr;
    },
    async show(...names) {
      const { stdout } = await workspace.expect(0, 'exp', 'show', '--json', ...names);
      return JSON.parse(stdout) as Shown[];
    },
  };
}

/** Every file of the workspace without git's and ours. */
function filesOf(root: string): Readonly<Record<string, string>> {
  const walk = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (path === '.git' || path === 'cache') return [];
      return entry.isDirectory() ? walk(path) : [path];
    });
  return Object.fromEntries(walk('').map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

test('a product runs in one go, shares its first stage, and leaves the workspace as it is', async (t) => {
  const project = makeProject(t);
  const before = filesOf(project.root);
  const printed = await project.exp(
    0,
    'run',
    'grid',
    '-S',
    'lr=1,2',
    '-S',
    'model.depth=choice(2, 5)',
    '-j2',
  );
  assert.deepEqual(project.ran(), ['prepare', 'train', 'train', 'train', 'train']);
  assert.deepEqual(filesOf(project.root), before);
  assert.equal(project.git('status', '--porcelain'), '');
  assert.match(printed, /'train' wrote 'stray.log', which it does not declare: dropped/);
  assert.equal(printed.match(/stray\.log/g)?.length, 1);

  const shown = await project.show();
  assert.deepEqual(
    shown.map(({ name, state, params, metrics }) => [name, state, params, metrics]),
    [
      [1, 2, 12],
      [1, 5, 15],
      [2, 2, 22],
      [2, 5, 25],
    ].map(([lr, depth, acc], index) => [
      `grid-${index + 1}`,
      'done',
      { 'params.yaml': { lr, model: { depth } } },
      { 'metrics.json': { acc, nested: { loss: -lr! } } },
    ]),
  );
  assert.equal(await project.exp(0, 'show', '--best', 'acc'), 'grid-4  lr=2  model.depth=5  acc=25\n');
  assert.equal(await project.exp(0, 'show', '--best', 'acc:min'), 'grid-1  lr=1  model.depth=2  acc=12\n');
  assert.match(await project.exp(0, 'show'), /grid-3 +2 +2 +22 +-2\n/);
  // No folder is left.
  assert.deepEqual(readdirSync(project.path('cache/tmp')), []);
});

test('a result is that of a clean clone with the value edited in', async (t) => {
  const project = makeProject(t);
  await project.exp(0, 'run', 'one', '-S', 'lr=7');
  const clone = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-clone-')));
  t.after(() => rmSync(clone, { recursive: true }));
  cpSync(project.root, clone, { recursive: true, filter: (path) => !path.endsWith('/cache') });
  const text = project.read('params.yaml').replace('lr: 1 ', 'lr: 7 ');
  execFileSync('sh', ['-c', `cat > params.yaml`], { cwd: clone, input: text });
  const ran = await runPipe(clone, ['repro'], { COUNT: join(clone, 'count') });
  assert.equal(ran.code, 0, ran.stderr);
  const record = JSON.parse(project.read('cache/exps/one.json')) as { locks: Record<string, string[]> };
  assert.equal(record.locks['pipeline.lock']!.join('\n'), readFileSync(join(clone, 'pipeline.lock'), 'utf8'));
});

test('a failed one does not stop the others; --failed runs it again, and the same command resumes', async (t) => {
  const project = makeProject(t, FILES, { BAD_LR: '2' });
  const args = ['run', 'grid', '-S', 'lr=1,2,3'];
  const printed = await project.exp(1, ...args);
  assert.match(printed, /this rate is bad/);
  assert.deepEqual(
    (await project.show()).map(({ state }) => state),
    ['done', 'failed', 'done'],
  );
  project.ran();
  await project.exp(1, ...args);
  assert.deepEqual(project.ran(), []);
  const again = await runPipe(project.root, ['exp', 'run', '--failed'], { COUNT: project.path('../none/x') });
  assert.equal(again.code, 1);
  const good = await runPipe(project.root, ['exp', 'run', '--failed'], { COUNT: '/dev/null' });
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.deepEqual(
    (await project.show()).map(({ state }) => state),
    ['done', 'done', 'done'],
  );
  assert.match(await project.exp(0, 'run', '--failed'), /No experiment failed/);
});

test('killed at any time, the same command goes on', async (t) => {
  const project = makeProject(t, {
    ...FILES,
    'train.mjs': `import { existsSync, readFileSync } from 'node:fs';
const lr = /lr: *(\\S+)/.exec(readFileSync('params.yaml', 'utf8'))[1];
if (lr === '2' && !existsSync(process.env.GO)) { console.log('hangs'); setInterval(() => {}, 1000); await new Promise(() => {}); }
${TRAIN.replace(/^import.*fs.*$/m, "import { appendFileSync, writeFileSync } from 'node:fs';")}`,
  });
  const count = project.path('../count');
  const go = project.path('go');
  const child = startPipe(project.root, ['exp', 'run', 'g', '-S', 'lr=1,2,3', '-j1'], {
    COUNT: '/dev/null',
    GO: go,
  });
  await new Promise<void>((resolve) => {
    let printed = '';
    child.stdout!.on('data', (data: Buffer) => {
      printed += data.toString();
      if (printed.includes('| hangs')) resolve();
    });
  });
  assert.equal((await project.show('g-2'))[0]!.state, 'running');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('exit', resolve));
  const states = (await project.show()).map(({ state }) => state);
  assert.equal(states[0], 'done');
  assert.equal(states[1], 'interrupted');
  const ran = await runPipe(project.root, ['exp', 'run', 'g', '-S', 'lr=1,2,3'], {
    COUNT: '/dev/null',
    GO: '/',
  });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.doesNotMatch(ran.stdout, /ran +g-1/);
  assert.deepEqual(
    (await project.show()).map(({ state, metrics }) => [state, metrics['metrics.json']!.acc]),
    [
      ['done', 12],
      ['done', 22],
      ['done', 32],
    ],
  );
  assert.equal(existsSync(count), false);
});

test('a stage that changes what it reads fails, and neither the workspace nor the cache is damaged', async (t) => {
  const large = 'x'.repeat(100_000);
  const project = makeProject(t, {
    'pipeline.yaml': `stages:
  spoil:
    cmd: 'for file in $FILES; do echo y >> $file || true; done; echo done > out.txt'
    deps: [small.txt, large.txt]
    params: [n]
    outs: [out.txt]
`,
    'params.yaml': 'n: 1\n',
    'small.txt': 'x\n',
    'large.txt': large,
    '.gitignore': '/cache\n/out.txt\n/large.txt\n',
  });
  for (const file of ['small.txt', 'large.txt']) {
    const ran = await runPipe(project.root, ['exp', 'run', `spoil-${file}`, '-S', 'n=2'], { FILES: file });
    // Only root can write to an object of the cache.
    const isPrevented = file === 'large.txt' && process.getuid!() !== 0;
    assert.equal(ran.code, isPrevented ? 0 : 1, ran.stdout);
    if (!isPrevented) assert.match(ran.stdout, new RegExp(`changed what it reads: '${file}'`));
    assert.equal(project.read('large.txt'), large);
    assert.equal(project.read('small.txt'), 'x\n');
  }
  const ran = await runPipe(project.root, ['exp', 'run', 'good', '-S', 'n=2'], { FILES: '' });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
});

test('working folders and paths above the project lead to the same files as in the workspace', async (t) => {
  const project = makeProject(t, {
    'project/sub/pipeline.yaml': `stages:
  read:
    cmd: cat ../params.yaml ../../shared/data.txt ../top.txt > result/out.txt
    wdir: inner/..
    deps: [../../shared/data.txt, ../top.txt]
    params: [{../params.yaml: [n]}]
    outs: [result/out.txt]
`,
    'project/pipeline.yaml': 'stages: {}\n',
    'project/params.yaml': 'n: 1\n',
    'project/top.txt': 'top\n',
    'shared/data.txt': 'shared\n',
    'project/.gitignore': '/cache\n',
  });
  const root = project.path('project');
  rmSync(project.path('.git'), { recursive: true });
  const ran = await runPipe(root, ['exp', 'run', 'x', '-S', 'n=5']);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  const objects = execFileSync('sh', ['-c', 'cat cache/objects/sha256/*/*'], { cwd: root, encoding: 'utf8' });
  assert.match(objects, /n: 5\nshared\ntop\n/);
});

testInWhole('names: the same question gets the same names, and others new ones', async (t) => {
  const project = makeProject(t);
  await project.exp(0, 'run', '-S', 'lr=1,2');
  const made = (await project.show()).map(({ name }) => name);
  assert.match(made[0]!, /^[a-z]+-[a-z]+-1$/);
  await project.exp(0, 'run', '-S', 'lr=1,2');
  await project.exp(0, 'run', 'g', '-S', 'lr=1,2');
  await project.exp(0, 'run', 'g', '-S', 'lr=0,2,1,3');
  const rates = new Map(
    (await project.show()).map(({ name, params }) => [name, (params['params.yaml'] as { lr: number }).lr]),
  );
  const expected = new Map([
    [made[0], 1],
    [made[1], 2],
    ['g-1', 1],
    ['g-2', 2],
    ['g-3', 0],
    ['g-4', 3],
  ]);
  assert.deepEqual(rates, expected);
  await project.exp(0, 'run', 'one', '-S', 'lr=4');
  assert.match(await project.exp(1, 'run', 'one', '-S', 'lr=5'), /has other parameters/);
  await project.exp(0, 'run', 'one', '-S', 'lr=5', '--force');
  assert.equal(((await project.show('one'))[0]!.params['params.yaml'] as { lr: number }).lr, 5);
  assert.match(await project.exp(1, 'run', '../x'), /cannot be the name/);
  assert.match(await project.exp(1, 'run', 'y', '-S', 'nothing=1'), /no parameter file has 'nothing'/);
});

test('gc keeps what experiments name until they are removed', async (t) => {
  const project = makeProject(t);
  await project.exp(0, 'run', 'one', '-S', 'lr=4');
  project.ran();
  await project.expect(0, 'gc', '-w');
  await project.exp(0, 'run', 'one', '-S', 'lr=4');
  assert.deepEqual(project.ran(), []);
  await project.exp(0, 'remove', 'one');
  await project.expect(0, 'gc', '-w');
  await project.exp(0, 'run', 'one', '-S', 'lr=4');
  assert.deepEqual(project.ran(), ['prepare', 'train']);
});

test('values are set in vars, TOML, Python and JSON files alike', async (t) => {
  const files = {
    'pipeline.yaml': `vars:
  - width: 3   # of the network
  - settings.toml
stages:
  all:
    cmd: echo \${width} \${rate}; cat settings.toml more.py more.json > out.txt; echo \${width} >> out.txt
    params: [{settings.toml: [rate]}, {more.py: [depth]}, {more.json: [size]}]
    outs: [out.txt]
`,
    'settings.toml': 'rate = 1 # why\n',
    'more.py': 'depth = 1  # how\n',
    'more.json': '{"size": 1}\n',
    '.gitignore': '/cache\n/out.txt\n',
  };
  const project = makeProject(t, files);
  await project.exp(
    0,
    'run',
    'x',
    '-S',
    'width=4',
    '-S',
    'rate=0.5',
    '-S',
    'depth=2',
    '-S',
    'more.json:size=9',
  );
  const objects = execFileSync('sh', ['-c', 'cat cache/objects/sha256/*/*'], {
    cwd: project.root,
    encoding: 'utf8',
  });
  assert.equal(objects, 'rate = 0.5 # why\ndepth = 2  # how\n{"size": 9}\n4\n');
  assert.deepEqual((await project.show('x'))[0]!.params, {
    'settings.toml': { rate: 0.5 },
    'more.py': { depth: 2 },
    'more.json': { size: 9 },
    'pipeline.yaml': { width: 4 },
  });
});

test('a stage that misses an untracked file says so', async (t) => {
  const project = makeProject(t);
  project.write('train.mjs', `import './added.mjs';\n${project.read('train.mjs')}`);
  project.write('added.mjs', '');
  assert.match(await project.exp(1, 'run', 'one', '-S', 'lr=2'), /git does not track 'added\.mjs'/);
  project.git('add', 'added.mjs');
  await project.exp(0, 'run', 'one', '-S', 'lr=2');
});

test('--dry runs nothing; --random takes a part; --grid reads a file', async (t) => {
  const project = makeProject(t, { ...FILES, 'grid.yaml': 'lr: [1, 2]\nmodel:\n  depth: range(1, 4)\n' });
  const dry = await project.exp(0, 'run', 'g', '--grid', 'grid.yaml', '--dry');
  assert.match(dry, /g-1 {2}lr=1 {2}model\.depth=1 {2}\(params\.yaml\)\n[^]*g-6 {2}lr=2 {2}model\.depth=3/);
  const random = await project.exp(
    0,
    'run',
    'g',
    '--grid',
    'grid.yaml',
    '--random',
    '2',
    '--seed',
    '5',
    '--dry',
  );
  assert.match(random, /2 experiments; nothing was run/);
  assert.equal(
    await project.exp(0, 'run', 'g', '--grid', 'grid.yaml', '--random', '2', '--seed', '5', '--dry'),
    random,
  );
  assert.deepEqual(await project.show(), []);
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
  assert.match(await project.exp(1, 'apply', 'grid-3'), /did you mean 'grid-1'/);
});

test('diff compares experiments and the workspace; save records the workspace', async (t) => {
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

test('a branch has the parameters and the lock file; the workspace and the index stay', async (t) => {
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
    const ran = await runPipe(clone, args);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  }
});

test('push and pull: records are readable files of the remote, and another clone applies them', async (t) => {
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
    const ran = await runPipe(clone, args, { COUNT: join(remote, 'count') });
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
});
