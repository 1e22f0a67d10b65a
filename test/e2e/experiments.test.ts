// `pipe exp run`: experiments run in folders of their own, share what they have in common, and leave the workspace as it is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runPipeMostlyHere } from '../cli/here.ts';
import { startPipe } from '../workspace.ts';
import { FILES, filesOf, makeProject, TRAIN } from './experiment-project.ts';

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
  assert.match(
    await project.exp(0, 'show', '--sort', 'acc'),
    /grid-1 [^]*grid-3 [^]*grid-4 /,
    'a table ascends',
  );
  assert.match(await project.exp(0, 'show', '--sort', 'acc:desc'), /grid-4 [^]*grid-3 [^]*grid-1 /);
  assert.match(await project.exp(0, 'show'), /grid-3 +2 +2 +22 +-2\n/);
  // No folder is left.
  assert.deepEqual(readdirSync(project.path('cache/tmp')), []);
});

/** Reads a part of an output, a folder of which a stage makes a part, programs, an edited file in a folder, and a large file. */
const READING = {
  ...FILES,
  'pipeline.yaml': `${FILES['pipeline.yaml']}  parts:
    cmd: mkdir -p gen/new/sub/empty && cp params.yaml gen/new/a-$(grep -o '^lr. [0-9]*' params.yaml | cut -c5-) && echo > gen/new/sub/file && ln -s file gen/new/sub/link
    params: [lr]
    outs: [{gen/new: {cache: false}}]
  list:
    cmd: tools/list.sh > list.txt
    deps: [gen, gen/new, gen/new/sub, tools, tools/own.sh, conf]
    params: [{conf/p.yaml: [k]}]
    outs: [list.txt]
  part:
    cmd: find gen/new/sub -printf '%p %y %l\\n' | sort > part.txt
    deps: [gen/new/sub, gen/new, list.txt]
    outs: [part.txt]
`,
  'tools/list.sh': `#!/bin/sh
cat conf/p.yaml
find gen tools conf -printf '%p %y %l\\n' | sort
find tools -type f -perm -100 | sort
wc -c < large
`,
  'conf/p.yaml': 'k: 1\n',
  'conf/other': '',
  'gen/source': '',
  // As the stage makes it in the workspace, and known to git.
  'gen/new/a-1': FILES['params.yaml'],
  large: 'large\n'.repeat(50_000),
};

test('a result is that of a clean clone with the value edited in', async (t) => {
  const project = makeProject(t, READING);
  project.write('tools/own.sh', '');
  for (const tool of ['list', 'own']) chmodSync(project.path(`tools/${tool}.sh`), 0o755);
  // Its first stages are fresh then, and the cache is to have their results only for the experiment.
  const first = await runPipeMostlyHere(project.root, ['repro', 'prepare', 'parts'], { COUNT: '/dev/null' });
  assert.equal(first.code, 0, first.stderr);
  rmSync(project.path('cache/objects'), { recursive: true });
  await project.exp(0, 'run', 'one', '-S', 'lr=7', '-S', 'conf/p.yaml:k=2');
  assert.deepEqual(project.ran(), ['train']);
  assert.match(
    execFileSync('sh', ['-c', 'cat cache/objects/sha256/*/*'], { cwd: project.root, encoding: 'utf8' }),
    /^A,B$/m,
  );
  const clone = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-clone-')));
  t.after(() => rmSync(clone, { recursive: true }));
  cpSync(project.root, clone, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('/cache'),
  });
  const text = project.read('params.yaml').replace('lr: 1 ', 'lr: 7 ');
  execFileSync('sh', ['-c', `cat > params.yaml`], { cwd: clone, input: text });
  execFileSync('sh', ['-c', `echo 'k: 2' > conf/p.yaml`], { cwd: clone });
  const ran = await runPipeMostlyHere(clone, ['repro'], { COUNT: join(clone, 'count') });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  const record = JSON.parse(project.read('cache/exps/one.json')) as { locks: Record<string, string[]> };
  assert.equal(record.locks['pipeline.lock']!.join('\n'), readFileSync(join(clone, 'pipeline.lock'), 'utf8'));
});

test('a failed one does not stop the others; --failed runs it again, and the same command resumes', async (t) => {
  const project = makeProject(t, { ...FILES, 'sub/params.yaml': 'lr: 5\n' }, { BAD_LR: '2' });
  // In a folder in which the same words mean other files.
  const args = ['run', 'grid', '-S', '../params.yaml:lr=1,2,3', '-t', '../pipeline.yaml:train'];
  const printed = await project.expIn('sub', 1, ...args);
  assert.match(printed, /this rate is bad/);
  assert.deepEqual(
    (await project.show()).map(({ state }) => state),
    ['done', 'failed', 'done'],
  );
  project.ran();
  await project.expIn('sub', 1, ...args);
  assert.deepEqual(project.ran(), []);
  const again = await runPipeMostlyHere(project.root, ['exp', 'run', '--failed'], {
    COUNT: project.path('../none/x'),
  });
  assert.equal(again.code, 1);
  const good = await runPipeMostlyHere(project.root, ['exp', 'run', '--failed'], { COUNT: '/dev/null' });
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
${TRAIN.replace(/^import.*fs.*$/m, "import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';")}`,
  });
  const count = project.path('../count');
  const go = project.path('go');
  const child = startPipe(project.root, ['exp', 'run', 'g', '-S', 'lr=1,2,3', '-j2'], {
    COUNT: '/dev/null',
    GO: go,
  });
  await new Promise<void>((resolve) => {
    let printed = '';
    child.stdout!.on('data', (data: Buffer) => {
      printed += data.toString();
      // Which of them begins first depends on how busy the machine is.
      if (printed.includes('| hangs') && /ran +g-1:train/.test(printed)) resolve();
    });
  });
  // What is printed is recorded a moment later.
  let shown = await project.show();
  while (shown[0]!.state === 'running') shown = await project.show();
  assert.equal(shown[1]!.state, 'running');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('exit', resolve));
  const states = (await project.show()).map(({ state }) => state);
  assert.equal(states[0], 'done');
  assert.equal(states[1], 'interrupted');
  const ran = await runPipeMostlyHere(project.root, ['exp', 'run', 'g', '-S', 'lr=1,2,3'], {
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
    cmd: 'cat links/one > /dev/null && test -x tool && test -L near || exit 7; for file in $FILES; do echo y >> $file || true; done; [ -z "$GONE" ] || ! grep -q 4 params.yaml || { rm $GONE .gitignore tool; echo y >> kept.txt; }; echo done > out.txt'
    deps: [small.txt, kept.txt, large.txt, links]
    params: [n]
    outs: [out.txt: {cache: false}]
`,
    'params.yaml': 'n: 1\n',
    'small.txt': 'x\n',
    'kept.txt': 'x\n',
    'large.txt': large,
    'ignored.txt': large,
    'links/two': '',
    tool: '',
    '.gitignore': '/cache\n/out.txt\n/large.txt\n/ignored.txt\n',
  });
  symlinkSync('../ignored.txt', project.path('links/one'));
  symlinkSync('tool', project.path('near'));
  project.git('add', 'near');
  chmodSync(project.path('tool'), 0o755);
  for (const file of ['small.txt', 'large.txt']) {
    const ran = await runPipeMostlyHere(project.root, ['exp', 'run', `spoil-${file}`, '-S', 'n=2'], {
      FILES: file,
    });
    // Only root can write to an object of the cache.
    const isPrevented = file === 'large.txt' && process.getuid!() !== 0;
    assert.equal(ran.code, isPrevented ? 0 : 1, ran.stdout);
    if (!isPrevented) assert.match(ran.stdout, new RegExp(`changed what it reads: '${file}'`));
    assert.equal(project.read('large.txt'), large);
    assert.equal(project.read('small.txt'), 'x\n');
  }
  const ran = await runPipeMostlyHere(project.root, ['exp', 'run', 'good', '-S', 'n=2'], { FILES: '' });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  // Only the experiment has it: the workspace's own is not for the cache.
  const made = hash('sha256', 'done\n');
  assert.ok(existsSync(project.path(`cache/objects/sha256/${made.slice(0, 2)}/${made.slice(2)}`)));
  // The next experiment in the same folder has what the one before removed or changed.
  const gone = await runPipeMostlyHere(project.root, ['exp', 'run', 'g', '-S', 'n=4,5', '-j1'], {
    GONE: 'small.txt',
  });
  assert.match(gone.stdout, /\n1 failed, 1 ran,/, gone.stdout);
  assert.match(gone.stdout, /'\.gitignore', 'tool', which it does not declare/);
});

test('working folders and paths above the project lead to the same files as in the workspace', async (t) => {
  const project = makeProject(t, {
    'in/project/sub/pipeline.yaml': `stages:
  make:
    cmd: mkdir made && touch made/partial && cat ../params.yaml | tee made/part > ../mixed/made.txt
    params: [{../params.yaml: [n]}]
    outs: [made, ../mixed/made.txt]
  read:
    cmd: ls made > result/out.txt && cat ../params.yaml ../../shared/data.txt ../top.txt made/part ../mixed/made.txt ../conf/p.yaml ../../../above.yaml ../mixed/raw.txt >> result/out.txt
    wdir: inner/..
    deps: [../../shared/data.txt, ../top.txt, made/part, ../mixed, ../conf]
    params: [{../params.yaml: [n]}, {../conf/p.yaml: [k]}, {../../../above.yaml: [m]}]
    outs: [result/out.txt]
`,
    'in/project/pipeline.yaml': 'stages: {}\n',
    'in/project/params.yaml': 'n: 1\n',
    'in/project/top.txt': 'top\n',
    // Too large to be in every working folder without being named.
    'in/project/mixed/raw.txt': 'r'.repeat(300_000),
    'in/project/conf/p.yaml': 'k: 1\n',
    'in/shared/data.txt': 'shared\n',
    'above.yaml': 'm: 1\n',
    'in/project/.gitignore': '/cache\n',
  });
  const root = project.path('in/project');
  rmSync(project.path('.git'), { recursive: true });
  const ran = await runPipeMostlyHere(root, ['exp', 'run', 'x', '-S', 'n=5', '-S', 'conf/p.yaml:k=2']);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  const objects = execFileSync('sh', ['-c', 'cat cache/objects/sha256/*/*'], { cwd: root, encoding: 'utf8' });
  assert.match(objects, /^part\nn: 5\nshared\ntop\nn: 5\nn: 5\nk: 2\nm: 1\nr{300000}/m);
});

test('a stage that misses an untracked file says so', async (t) => {
  const project = makeProject(t);
  project.write('train.mjs', `import './added.mjs';\n${project.read('train.mjs')}`);
  project.write('added.mjs', '');
  project.write('zebra.mjs', '');
  // Packages of which git has files are no link to those of the workspace, where a stage could change them.
  project.write('venv/own.py', '');
  project.git('add', 'venv');
  project.write(
    'pipeline.yaml',
    `${project.read('pipeline.yaml')}  none: {cmd: '[ ! -L venv ] && mkdir new && touch new/one new/two', deps: [raw.csv]}\n`,
  );
  const failed = await project.exp(1, 'run', 'one', '-S', 'lr=2');
  assert.match(failed, /git does not track 'added\.mjs', so the/);
  assert.match(failed, /'none' wrote 'new\/one', 'new\/two', which it does not declare/);
  project.git('add', 'added.mjs');
  await project.exp(0, 'run', 'one', '-S', 'lr=2');
});
