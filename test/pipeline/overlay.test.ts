import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipeError, type WorkspacePath } from '../../src/base/base.ts';
import { refuseOverlaid, type Overlay } from '../../src/pipeline/pipeline.ts';
import { commandsOf, errorText, withProject } from './project-folder.ts';

const files = {
  'params.yaml': 'base: {epochs: 50, lr: 0.1}\ngrid: {lr: [1, 2], noise: [0.3]}\nname: full\n',
  'only.json': '{"seed": 1, "deep": {"x": 1}}',
  'quick.yaml': 'base: {epochs: 2}\ngrid: {lr: [9]}\nname: quick\n',
  'pipeline.yaml': `stages:
  t:
    matrix: ['\${grid}']
    defaults: \${base}
    cmd: t \${item} --name \${name}
    params: [base.epochs, {only.json: [seed, deep]}]
`,
};

test('mappings merge deeply, lists and scalars are replaced, the last overlay wins', () => {
  assert.deepEqual(
    commandsOf(files, { files: ['quick.yaml'], set: ['base.epochs=7', 'grid.noise=[0.5, 0.8]'] }),
    {
      't@9-0.5': 't --epochs 7 --lr 9 --noise 0.5 --name quick',
      't@9-0.8': 't --epochs 7 --lr 9 --noise 0.8 --name quick',
    },
  );
});

test('the values of params are those of the file, whatever the overlay', () => {
  withProject(
    files,
    (project) => {
      const [own, other] = project.stages[0]!.params;
      assert.deepEqual([...project.params(own!)], [['base.epochs', 50n]]);
      assert.deepEqual(
        [...project.params(other!)],
        [
          ['seed', 1n],
          ['deep', new Map([['x', 1n]])],
        ],
      );
      const whole = { file: 'params.yaml', at: 'params.yaml' as WorkspacePath, keys: [] };
      assert.deepEqual([...project.params(whole).keys()], ['base', 'grid', 'name']);
      assert.deepEqual(
        [...project.params({ ...whole, keys: ['base.lr', 'grid.lr.0', 'base.none', 'x'] })],
        [
          ['base.lr', 0.1],
          ['grid.lr.0', 1n],
          ['base.none', undefined],
          ['x', undefined],
        ],
      );
      assert.deepEqual(
        [...project.params({ file: 'gone.yaml', at: 'gone.yaml' as WorkspacePath, keys: ['x'] })],
        [['x', undefined]],
      );
    },
    { files: ['quick.yaml'], set: ['seed=5'] },
  );
});

test('declared keys that the overlay changes are found at, above and below what it gives, in every kind of file', () => {
  const values = {
    yaml: 'lr: 1\nnet: {depth: 2, sizes: [3, 4]}\n',
    json: '{"lr": 1, "net": {"depth": 2, "sizes": [3, 4]}}',
  };
  const sources = {
    'p.yaml': values.yaml,
    'p.json': values.json,
    'p.toml': 'lr = 1\n[net]\ndepth = 2\nsizes = [3, 4]\n',
    'p.py': "lr = 1\nnet = {'depth': 2, 'sizes': [3, 4]}\n",
  };
  const cases: readonly [declared: string, given: string, found: readonly string[]][] = [
    ['[lr]', 'lr=7', ['lr']],
    ['[lr]', 'lr=1', []],
    ['[lr]', 'lr=1.0', ['lr']],
    ['[lr]', 'net.depth=7', []],
    ['[net]', 'net.depth=7', ['net']],
    ['[net]', 'net={depth: 2}', []],
    ['[net.depth]', 'net={depth: 7}', ['net.depth']],
    ['[net.depth]', 'net=7', ['net.depth']],
    ['[net.depth, net.sizes.1]', 'net.sizes=[3, 9]', ['net.sizes.1']],
    ['[net.sizes.0]', 'net.sizes=[3, 9]', []],
    ['[net.sizes.1]', 'net.sizes=[3]', ['net.sizes.1']],
    ['', 'net.depth=7', ['net']],
    ['[lr.inner]', 'lr.inner=7', ['lr.inner']],
  ];
  for (const [path, text] of Object.entries(sources)) {
    for (const [declared, given, found] of cases) {
      const pipeline = `vars: [${path}]\nstages:\n  t:\n    cmd: t\n    params: [{${path}: ${declared}}]\n`;
      withProject(
        { [path]: text, 'pipeline.yaml': pipeline },
        (project) =>
          assert.deepEqual(
            project.overlaid(project.stages[0]!.params[0]!).map(({ key }) => key),
            found,
            `${path}: ${declared} with -S ${given}`,
          ),
        { set: [given] },
      );
    }
  }
});

test('each key that stages read and an overlay changes is refused by itself, for every file and all who read it', () => {
  const read = {
    'params.yaml': 'a: 1\nnet: {b: 2}\nc: 3\n',
    'over.yaml': 'a: 5\n',
    'more.json': '{"net": {"d": 2}}',
    'pipeline.yaml': `vars: [more.json]
stages:
  one: {cmd: x, params: [c, a]}
  two: {cmd: x, params: [net, more.json: [net]]}
  three: {foreach: [1, 2, 3, 4], do: {cmd: x, params: [a]}}
`,
  };
  const refused = (overlay: Partial<Overlay>): unknown => {
    try {
      withProject(read, (project) => refuseOverlaid(project, project.stages), overlay);
      return [];
    } catch (error) {
      assert.ok(error instanceof PipeError);
      return error.problems.map(({ title, facts }) => [title.replace(/, which .*/, ''), facts?.[1]?.[1]]);
    }
  };
  const ofA = ["the stages 'one', 'three@1', 'three@2' and 2 more read 'a' from params.yaml", 'a: 1'];
  assert.deepEqual(refused({}), []);
  assert.deepEqual(refused({ files: ['over.yaml'] }), [ofA]);
  assert.deepEqual(refused({ set: ['a=5', 'net.b=6', 'net.d=7'] }), [
    ofA,
    ["the stage 'two' reads 'net' from params.yaml", 'net: {"b":2}'],
    ["the stage 'two' reads 'net' from more.json", 'net: {"d":2}'],
  ]);
});

test('a key is known that the parameters of any stage have', () => {
  const stages = 'stages:\n  one: {cmd: x, params: [a]}\n  two: {cmd: x, params: [more.json: [seed, b]]}\n';
  const more = { 'params.yaml': 'a: 1\n', 'more.json': '{"seed": 1, "b": 2}', 'pipeline.yaml': stages };
  assert.equal(errorText(more, { set: ['b=3', 'seed=5'] }), '');
  assert.match(errorText(more, { set: ['b=3', 'none=5'] }), /'none'/);
});

test('of several parts of the overlay, that one is named which gives the value', () => {
  withProject(
    { ...files, 'deep.yaml': 'name: other\nbase:\n  epochs: 3\n' },
    (project) => {
      const [own, other] = project.stages[0]!.params;
      assert.deepEqual(project.overlaid(own!), [
        { key: 'base.epochs', value: 50n, given: '--params deep.yaml, line 3' },
      ]);
      assert.deepEqual(project.overlaid(other!), [{ key: 'seed', value: 1n, given: '-S seed=6' }]);
    },
    { files: ['quick.yaml', 'deep.yaml'], set: ['seed=5', 'seed=6', 'name=last'] },
  );
});

test('a value in place of a mapping gives what was in it', () => {
  withProject(
    { ...files, 'pipeline.yaml': files['pipeline.yaml'].replace('[seed, deep]', '[deep.x]') },
    (project) => {
      const other = project.stages[0]!.params[1]!;
      assert.deepEqual(project.overlaid(other), [{ key: 'deep.x', value: 1n, given: '-S deep=5' }]);
    },
    { files: [], set: ['deep=5', 'name=last'] },
  );
});

test('a key that nothing has is refused with its place and the nearest name', () => {
  assert.equal(
    errorText(
      { ...files, 'typo.yaml': 'base:\n  epoch: 3\nnames: x\n' },
      { files: ['typo.yaml'], set: ['grid.nois=1', 'deep.x=2'] },
    ),
    `error[unknown-parameter]: no pipeline and no parameter file has 'base.epoch'
  → typo.yaml:2:3
  2 |   epoch: 3
    |   ^
  help: did you mean 'epochs'?
error[unknown-parameter]: no pipeline and no parameter file has 'names'
  → typo.yaml:3:1
  3 | names: x
    | ^
  help: did you mean 'name'?
error[unknown-parameter]: no pipeline and no parameter file has 'grid.nois'
  given  -S grid.nois=1
  help: did you mean 'noise'?`,
  );
});

test('overlays that cannot be used are refused', () => {
  const text = (overlay: Parameters<typeof errorText>[1]): string =>
    errorText(files, overlay).split('\n')[0]!;
  assert.equal(
    text({ files: ['gone.yaml'] }),
    "error[bad-overlay]: the parameter file 'gone.yaml' does not exist",
  );
  assert.equal(text({ set: ['novalue'] }), 'error[bad-overlay]: -S novalue: expected key=value');
  assert.equal(text({ set: ['a..b=1'] }), 'error[bad-overlay]: -S a..b=1: expected key=value');
  assert.equal(text({ set: ['name=[1'] }).slice(0, 40), 'error[yaml-syntax]: not valid YAML: flow');
});

test('-S replaces one item of a list, and takes a key out', () => {
  const lists = {
    'params.yaml':
      'layers: [{size: 1, act: relu}, {size: 2, act: relu}]\nsizes: [1, 2, 3]\ngrid: {lr: [1], noise: [3, 4]}\n',
    'pipeline.yaml': `stages:
  t:
    matrix: ['\${grid}']
    cmd: t \${layers[1].size} \${layers[1].act} \${sizes[0]}/\${sizes[1]}/\${sizes[2]}
`,
  };
  assert.deepEqual(
    commandsOf(lists, { files: [], set: ['layers[1].size=9', 'sizes[0]=7', '~grid.noise', 'sizes[2]=8'] }),
    { 't@1': 't 9 relu 7/2/8' },
  );
  assert.deepEqual(commandsOf(lists, { files: [], set: ['~sizes[1]', 'sizes[1]=5', 'sizes=[0, 1, 2]'] }), {
    't@1-3': 't 2 relu 0/1/2',
    't@1-4': 't 2 relu 0/1/2',
  });
});

test('-S takes an item out of a list, and reaches lists in lists', () => {
  const lists = {
    'params.yaml': 'l: [1, 2, 3]\nn: [[1, 2], [3, 4]]\n',
    'pipeline.yaml': "stages: {t: {matrix: {a: '${l}'}, cmd: 't ${n[0][0]}${n[1][0]}${n[1][1]}'}}\n",
  };
  assert.deepEqual(commandsOf(lists, { files: [], set: ['~l[1]', 'n[1][0]=9'] }), {
    't@1': 't 194',
    't@3': 't 194',
  });
});

test('-S replaces what a stage alone has, too', () => {
  const own = {
    'own.yaml': 'size: 3\n',
    'pipeline.yaml': "stages: {t: {cmd: 't ${rate} ${size}', vars: [rate: 1, own.yaml]}}\n",
  };
  assert.deepEqual(commandsOf(own, { files: [], set: ['rate=2', 'size=4'] }), { t: 't 2 4' });
});

test('-S with + adds a key to a mapping, with which a file may have it too', () => {
  const has = {
    'params.yaml': 'grid: {lr: [1]}\n',
    'own.yaml': 'grid: {lr: [5], model: [a, b]}\n',
    'pipeline.yaml':
      "stages: {t: {matrix: ['${grid}'], cmd: 't ${item.lr} ${item.model}', defaults: {model: c}}}\n",
  };
  const own = { files: ['own.yaml'], set: ['+grid.model=[x, y]'] };
  assert.deepEqual(commandsOf(has, own), { 't@5-x': 't 5 x', 't@5-y': 't 5 y' });
  // One that is there is replaced; later settings count.
  const later = { files: [], set: ['++grid.lr=[2]', '+grid.model=[x]', 'grid.model=[z]'] };
  assert.deepEqual(commandsOf(has, later), { 't@2-z': 't 2 z' });
  const error = (set: string[]): string => errorText(has, { files: [], set });
  assert.match(error(['+gird.model=[a]']), /has 'gird'[^]*did you mean 'grid'/);
  assert.match(error(['+new.key=1']), /has 'new'/);
  assert.match(error(['+']), /expected key=value/);
  assert.match(error(['+grid.model']), /expected key=value/);
  assert.match(error(['grid.model=[a]']), /has 'grid\.model'[^]*-S \+key=value/);
  assert.match(errorText(has, { files: ['own.yaml'], set: [] }), /has 'grid\.model'/);
});

test('-S for an item or a key that no values have is refused', () => {
  const has = {
    'params.yaml': 'sizes: [1, 2]\ngrid: {rate: [1]}\n',
    'pipeline.yaml': 'stages: {t: {cmd: "t ${sizes[0]} ${grid.rate[0]}"}}\n',
  };
  const error = (setting: string): string => errorText(has, { files: [], set: [setting] });
  assert.match(error('sizes[2]=1'), /has 'sizes\[2\]'/);
  assert.match(error('~grid.rat'), /has 'grid\.rat'[^]*did you mean 'rate'/);
  assert.match(error('~gird.rate'), /has 'gird'[^]*did you mean 'grid'/);
  assert.match(error('grid.rate[0].x=1'), /has 'grid\.rate\[0\]\.x'/);
  assert.match(error('~'), /expected key=value/);
  assert.match(error('~grid.rate=1'), /-S ~grid\.rate=1: ~ takes a key out, and has no value/);
});
