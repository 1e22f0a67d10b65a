// The analysis notebook, executed by Jupyter on a tiny experiment that was run and tracked here: it comes to the pipeline's own
// choices, writes nothing, and does not stay silent when a choice is another.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { editFile, makeTinyExperiment, paramsFile } from '../../tiny-experiment.ts';
import { venv } from '../python.ts';

const repository = resolve(import.meta.dirname, '../../..');

interface Output {
  readonly output_type: string;
  readonly text?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly execution_count?: number | null;
    readonly outputs?: readonly Output[];
  }[];
}

let root: string;
let programs: string;

before(() => {
  programs = venv('notebook', ['mlflow>=3', 'nbconvert', 'ipykernel', 'pandas', 'matplotlib', 'jinja2']);
  root = makeTinyExperiment();
  editFile(join(root, paramsFile), /noise_level: \[0\.5\]/, 'noise_level: [0.3, 0.5]');
  cpSync(join(repository, 'notebooks'), join(root, 'notebooks'), { recursive: true });
  const denoise = run(process.execPath, 'stages/cli/main.ts', 'denoise', '--backend', 'wasm', '--', '-q');
  assert.equal(denoise.status, 0, denoise.output);
  assert.match(denoise.output, /runs sent \(mlflow\.db/);
});
after(() => rmSync(root, { recursive: true, force: true }));

function run(program: string, ...args: readonly string[]): { status: number | null; output: string } {
  const { NODE_TEST_CONTEXT: _, MLFLOW_TRACKING_URI: __, TFJS_BACKEND: ___, ...env } = process.env;
  const done = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...env, PATH: `${programs}:${dirname(process.execPath)}:${process.env['PATH']}` },
  });
  return { status: done.status, output: done.stdout + done.stderr };
}

const execute = (to: string) =>
  run(
    join(programs, 'jupyter'),
    'nbconvert',
    '--to',
    'notebook',
    '--execute',
    'notebooks/analysis.ipynb',
    '--output',
    to,
  );

const read = (path: string): Notebook => JSON.parse(readFileSync(path, 'utf8')) as Notebook;

/** Every file of the results and of the tracking store, with the time of its last change. */
const state = (): readonly string[] =>
  globSync(['Data/**/*', 'mlflow.db', 'mlartifacts/**/*'], { cwd: root })
    .sort()
    .map((path) => `${path} ${statSync(join(root, path)).mtimeMs}`);

test('it is committed without outputs', () => {
  for (const { cell_type: type, execution_count: count, outputs } of read(
    join(repository, 'notebooks/analysis.ipynb'),
  ).cells) {
    if (type !== 'code') continue;
    assert.equal(count, null);
    assert.deepEqual(outputs, []);
  }
});

test('executed, it repeats the selection, agrees with MLflow, draws, and leaves everything as it was', () => {
  const before = state();
  const { status, output } = execute('executed.ipynb');
  assert.equal(status, 0, output);
  assert.deepEqual(state(), before);
  const outputs = read(join(root, 'notebooks/executed.ipynb')).cells.flatMap((cell) => cell.outputs ?? []);
  const text = outputs.flatMap((cell) => cell.text ?? []).join('');
  for (const level of ['0.3', '0.5']) {
    const { name } = JSON.parse(
      readFileSync(join(root, `Data/autoencoder/select/selection_noise${level}.json`), 'utf8'),
    ) as { name: string };
    assert.ok(text.includes(`σ ${level}: ${name}, the same as the pipeline's`), text);
    assert.match(text, new RegExp(`^σ ${level}: grid_search_config_\\d, the same choice$`, 'm'));
  }
  assert.match(text, /^4 configurations, 8 folds$/m);
  assert.match(text, /\\begin\{tabular\}/);
  const figures = outputs.filter(({ data }) => data?.['image/png'] !== undefined);
  assert.equal(figures.length, 4, 'curves, the grid, and images of two noise levels');
});

test('another choice of the pipeline is an error', () => {
  editFile(
    join(root, 'Data/autoencoder/select/selection_noise0.3.json'),
    /"mean_val_loss": 0\.(\d)/,
    '"mean_val_loss": 0.0$1',
  );
  const { status, output } = execute('other.ipynb');
  assert.notEqual(status, 0);
  assert.match(output, /the pipeline chose otherwise at σ 0\.3: /);
});
