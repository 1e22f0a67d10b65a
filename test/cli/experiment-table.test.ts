// `pipe exp show` of experiments of several commits, with parameters that not all of them have.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { gitIn } from '../git.ts';

test('each experiment has its commit, be another one gone; the best one is shown with what it has', async (t) => {
  const { out, read, write, root } = makeHere(t, {
    'pipeline.yaml': "stages: {s: {cmd: 'true', params: [{params.yaml: null}], metrics: [m.json]}}\n",
    'params.yaml': 'lr: 1\nextra: 5\n',
    'm.json': '{"acc": 1}\n',
    '.gitignore': '/cache\n/m.json\n',
  });
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  const save = async (name: string): Promise<string> => {
    await out(0, 'commit', '-f', '-q');
    git('add', '-A');
    git('commit', '-qm', `Of ${name}`);
    await out(0, 'exp', 'save', name, '-q');
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  };
  const first = await save('one');
  write('params.yaml', 'lr: 2\n');
  write('m.json', '{"acc": 2}\n');
  const second = await save('two');
  const { revision } = JSON.parse(read('cache/exps/two.json')) as { revision: string };
  write(
    'cache/exps/lost.json',
    read('cache/exps/two.json').replace('"two"', '"lost"').replaceAll(revision, 'f'.repeat(40)),
  );
  const lines = (await out(0, 'exp', 'show')).split('\n').map((line) => line.trimEnd());
  for (const line of [`${first}  Of one`, `main  ${second}  Of two`])
    assert.ok(lines.includes(line), lines.join('\n'));
  assert.equal(await out(0, 'exp', 'show', '--best', 'acc', 'one', 'two'), 'two  lr=2  acc=2\n');
});
