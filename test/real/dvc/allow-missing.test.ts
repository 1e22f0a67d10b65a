// Without data, as in CI: `pipe repro --dry --allow-missing` would run the stages that `dvc repro --dry --allow-missing` would run.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { makeRepository, type Repository } from './twins.ts';

const DVC_YAML = `stages:
  prepare:
    cmd: mkdir -p prepared && cp data/x prepared/x && cp data/x prepared/y
    deps: [data]
    outs: [prepared]
  train:
    cmd: cat prepared/x code > model
    deps: [prepared/x, code]
    params: [lr]
    outs: [model]
    metrics: [{metrics.json: {cache: false}}]
  report:
    cmd: cp model report
    deps: [model, extra]
    outs: [report]
  alone:
    cmd: echo 1 > alone
    outs: [alone]
`.replace('code > model', "code > model && echo '{}' > metrics.json");

const DATA = ['data', 'extra', 'prepared', 'model', 'report', 'alone', 'metrics.json'];

interface Case {
  readonly name: string;
  /** What is in the workspace besides the lock file and the sources. */
  readonly present?: readonly string[];
  readonly edit?: (repository: Repository) => void;
  /** Stages that both would run; those after a stage that would run are left out. */
  readonly runs: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'nothing is here', runs: [] },
  { name: 'everything is here', present: DATA, runs: [] },
  { name: 'only a result in the middle', present: ['model'], runs: [] },
  { name: 'a source changed', edit: (one) => one.write('code', 'new'), runs: ['train'] },
  { name: 'a parameter changed', edit: (one) => one.replace('params.yaml', '0.1', '0.2'), runs: ['train'] },
  {
    name: 'a command changed',
    edit: (one) => one.replace('dvc.yaml', 'cp model report', 'cat model > report'),
    runs: ['report'],
  },
  {
    name: 'data has another record than its reader saw',
    edit: (one) =>
      one.write(
        'extra.dvc',
        one.read('extra.dvc').replace(/md5: [0-9a-f]/, (md5) => (md5.endsWith('0') ? 'md5: 1' : 'md5: 0')),
      ),
    runs: ['report'],
  },
  {
    name: 'a record of an output differs from what its reader saw',
    edit: (one) => {
      const [, train = ''] =
        /outs:\n {4}- path: metrics[^]*?path: model\n[^]*?md5: (\w+)/.exec(one.read('dvc.lock')) ?? [];
      const at = one.read('dvc.lock').indexOf(train);
      const text = one.read('dvc.lock');
      one.write('dvc.lock', `${text.slice(0, at)}0123456789abcdef0123456789abcdef${text.slice(at + 32)}`);
    },
    runs: ['report'],
  },
  {
    name: 'what is here differs from the record',
    present: ['extra'],
    edit: (one) => one.write('extra', 'other'),
    runs: ['report'],
  },
  {
    // Its objects are missing, which DVC looks for first.
    name: 'an output that is here was changed',
    present: ['model'],
    edit: (one) => one.write('model', 'other'),
    runs: ['report'],
  },
  {
    name: 'a new stage',
    edit: (one) =>
      one.write('dvc.yaml', `${DVC_YAML}  new:\n    cmd: cp model new\n    deps: [model]\n    outs: [new]\n`),
    runs: ['new'],
  },
  {
    name: 'a stage got a dependency',
    edit: (one) => one.replace('dvc.yaml', 'deps: [model, extra]', 'deps: [model, extra, code]'),
    runs: ['report'],
  },
];

/** Stages that DVC would run: it fails about those whose dependencies are not here, even with `--dry`. */
const dvcRuns = (output: string): readonly string[] =>
  [...output.matchAll(/(?:Running stage|failed to reproduce) '([^']+)'/g)].map(([, name]) => name!);

for (const { name, present = [], edit, runs } of cases)
  test(name, { timeout: 120_000 }, async (t) => {
    const repository = makeRepository(t, {
      'dvc.yaml': DVC_YAML,
      'data/x': '1',
      extra: 'e',
      code: 'c',
      'params.yaml': 'lr: 0.1\n',
    });
    assert.equal(repository.dvc('add', 'data', 'extra').code, 0);
    await repository.repro('pipe');
    for (const path of [
      ...DATA.filter((one) => !present.includes(one)),
      '.dvc/cache/files',
      '.dvc/cache/runs',
      '.dvc/tmp',
    ])
      rmSync(join(repository.root, path), { recursive: true, force: true });
    rmSync(join(dirname(repository.root), 'site'), { recursive: true, force: true });
    edit?.(repository);

    const theirs = repository.dvc('repro', '--dry', '--allow-missing', '--keep-going');
    const { stdout, stderr, code } = await runPipe(repository.root, ['status', '--allow-missing', '--json']);
    assert.equal(code, 0, stderr);
    const { stages } = JSON.parse(stdout) as {
      stages: { name: string; decision: string; waits_for?: string[] }[];
    };
    const ours = stages
      .filter(({ decision }) => decision === 'run' || decision === 'restore')
      .map((one) => one.name);
    assert.deepEqual(ours.sort(), [...runs].sort(), stdout);
    assert.deepEqual([...dvcRuns(theirs.output)].sort(), [...runs].sort(), theirs.output);
    const dry = await runPipe(repository.root, ['repro', '--dry', '--allow-missing']);
    assert.equal(dry.code, 0, dry.stderr);
    const check = await runPipe(repository.root, ['status', '--allow-missing', '--check']);
    assert.equal(check.code, runs.length > 0 ? 1 : 0, check.stdout);
  });
