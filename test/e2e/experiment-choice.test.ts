// Which experiments `pipe exp run` runs, how they are called, and where their values are written.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { FILES, makeProject } from './experiment-project.ts';

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
