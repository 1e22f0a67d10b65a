import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/pipeline/stage.ts';
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

test('the values of params have the overlay applied, those keys that the file has', () => {
  withProject(
    files,
    (project) => {
      const [own, other] = project.stages[0]!.params;
      assert.deepEqual([...project.params(own!)], [['base.epochs', 2n]]);
      assert.deepEqual(
        [...project.params(other!)],
        [
          ['seed', 5n],
          ['deep', new Map([['x', 1n]])],
        ],
      );
      const whole = { file: 'params.yaml', at: 'params.yaml' as WorkspacePath, keys: [] };
      assert.deepEqual([...project.params(whole).keys()], ['base', 'grid', 'name']);
      assert.deepEqual(
        [...project.params({ ...whole, keys: ['base.lr', 'grid.lr.0', 'base.none', 'x'] })],
        [
          ['base.lr', 0.1],
          ['grid.lr.0', 9n],
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
