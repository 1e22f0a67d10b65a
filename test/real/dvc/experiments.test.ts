// Experiments in a DVC repository: DVC reads what they leave, and knows nothing else of them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { runPipe } from '../../workspace.ts';
import { makeRepository } from './twins.ts';

const FILES = {
  'dvc.yaml': `stages:
  prepare:
    cmd: mkdir -p data && sort raw.txt > data/rows.txt
    deps: [raw.txt]
    outs: [data]
  train:
    cmd: sh train.sh
    deps: [data]
    params: [lr]
    outs: [model.txt]
    metrics: [{metrics.json: {cache: false}}]
`,
  'params.yaml': 'lr: 1   # of the optimizer\n',
  'train.sh': `grep '^lr' params.yaml > model.txt
cat data/rows.txt >> model.txt
sed -n 's/^lr: *\\([0-9]*\\).*/{"acc": \\1}/p' params.yaml > metrics.json
`,
  'raw.txt': 'b\na\n',
};

test(
  'an experiment is applied and branched such that DVC finds it up to date',
  { timeout: 300_000 },
  async (t) => {
    const repository = makeRepository(t, FILES);
    const pipe = async (code: number, ...args: readonly string[]): Promise<string> => {
      const ran = await runPipe(repository.root, args, repository.env);
      assert.equal(ran.code, code, ran.stdout + ran.stderr);
      return ran.stdout;
    };
    const dvc = (...args: readonly string[]): string => {
      const { code, output } = repository.dvc(...args);
      assert.equal(code, 0, output);
      return output;
    };
    repository.git('config', 'user.name', 't');
    repository.git('config', 'user.email', 't@t');
    await pipe(0, 'repro');
    repository.git('add', '-A');
    repository.git('commit', '-qm', 'First');
    const status = (): string =>
      execFileSync('git', ['status', '--porcelain'], { cwd: repository.root, encoding: 'utf8' });
    await pipe(0, 'exp', 'run', 'grid', '-S', 'lr=1,2,3', '-j2');
    assert.equal(status(), '');
    assert.equal(dvc('status', '-q'), '');
    assert.equal(await pipe(0, 'exp', 'show', '--best', 'acc'), 'grid-3  lr=3  acc=3\n');
    assert.equal(
      execFileSync('git', ['for-each-ref', 'refs/exps'], { cwd: repository.root, encoding: 'utf8' }),
      '',
    );

    await pipe(0, 'exp', 'apply', 'grid-2');
    assert.match(dvc('status'), /up to date/);
    assert.doesNotMatch(dvc('repro'), /Running stage/);
    assert.doesNotMatch(await pipe(0, 'repro'), /^ran /m);
    repository.git('checkout', '-q', '.');

    await pipe(0, 'exp', 'branch', 'grid-3', 'third');
    assert.equal(status(), '');
    repository.git('checkout', '-q', 'third');
    dvc('checkout');
    assert.match(dvc('status'), /up to date/);
    assert.match(repository.read('model.txt'), /^lr: 3/);

    // The values of experiments are in DVC's run cache under the values that the stage could read.
    repository.git('checkout', '-q', '-');
    repository.write('params.yaml', 'lr: 3   # of the optimizer\n');
    assert.match(dvc('repro'), /cached - skipping run/);
    assert.match(repository.read('model.txt'), /^lr: 3/);
    assert.equal(
      spawnSync('git', ['check-ignore', '-q', '.dvc/pipe/exps/grid-1.json'], { cwd: repository.root }).status,
      0,
    );
  },
);
