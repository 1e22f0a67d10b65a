// Tables of a matrix whose members differ between revisions and experiments.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { inProcess } from '../cli/here.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

type Git = (...args: readonly string[]) => void;

/** The lists of the axes are in a parameter file, and in `vars` of the pipeline file. */
function makeProject(t: TestContext, file: string): TestWorkspace & { readonly git: Git } {
  const workspace = inProcess(
    makeWorkspace(t, {
      [file]: `vars: [grid: {width: [1]}]
stages:
  train:
    matrix: {lr: "\${lrs}", width: "\${grid.width}"}
    cmd: 'echo "{\\"loss\\": \${item.lr}\${item.width}}" > loss-\${item.lr}-\${item.width}.json && touch model-\${item.lr}-\${item.width}'
    outs: ["model-\${item.lr}-\${item.width}"]
    metrics: ["loss-\${item.lr}-\${item.width}.json"]
`,
      'params.yaml': 'lrs: [1, 2]\n',
      '.gitignore': '/cache\n/loss-*.json\n/model-*\n',
      ...(file === 'dvc.yaml' && { '.dvc/config': '', '.dvc/.gitignore': '/tmp\n/cache\n/pipe\n' }),
    }),
  );
  const git: Git = (...args) =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: workspace.root,
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'first');
  return { ...workspace, git };
}

for (const file of ['pipeline.yaml', 'dvc.yaml'])
  (file === 'pipeline.yaml' ? test : testInWhole)(
    `in ${file}: an experiment has the members that its parameters make`,
    async (t) => {
      const { expect, write, git } = makeProject(t, file);
      await expect(0, 'exp', 'run', 'wide', '-S', 'lrs=[3]', '-S', 'grid.width=[7,8]');
      const show = ['metrics', 'show', 'train', '--rev', 'wide'] as const;
      assert.equal((await expect(0, ...show)).stdout, 'lr  width  loss\n3   7        37\n3   8        38\n');
      assert.equal(
        (await expect(0, ...show, '--best', 'loss')).stdout,
        'train@3-7  lr=3  width=7  loss=37\n',
      );
      // Neither the files of the workspace nor a later commit changes them.
      write('params.yaml', 'lrs: [5]\n');
      await expect(0, 'repro');
      git('commit', '-qam', 'second');
      assert.equal(
        (await expect(0, ...show, '--rev', 'workspace', '--sort', 'loss:max')).stdout,
        'Revision   lr  width  loss\nworkspace  5   1        51\nwide       3   8        38\nwide       3   7        37\n',
      );
    },
  );

test('a group that only a revision or an experiment has is found; a revision that does not load is left out', async (t) => {
  const { expect, write, git } = makeProject(t, 'pipeline.yaml');
  await expect(0, 'exp', 'run', 'first', '-S', 'lrs=[3]');
  write('pipeline.yaml', 'stages: {\n');
  git('commit', '-qam', 'broken');
  write('pipeline.yaml', 'stages:\n  train: {cmd: touch one, outs: [one]}\n');
  const { stdout, stderr } = await expect(0, 'metrics', 'show', 'train', '--rev', 'HEAD', '--rev', 'first');
  assert.equal(stdout, 'Revision  lr  width  loss\nfirst     3   1        31\n');
  assert.match(stderr, /some metrics could not be read at: HEAD/);
  assert.match((await expect(0, 'metrics', 'show', '--best', 'loss', '--rev', 'first')).stdout, /loss=31/);
});

test('without the commit of an experiment, the workspace has its other members', async (t) => {
  const { expect, write, git } = makeProject(t, 'pipeline.yaml');
  write('params.yaml', 'lrs: [4]\n');
  git('commit', '-q', '--amend', '-am', 'another first');
  await expect(0, 'exp', 'run', 'kept', '-S', 'lrs=[3]');
  write('params.yaml', 'lrs: [9]\n');
  git('commit', '-q', '--amend', '-am', 'yet another first');
  git('reflog', 'expire', '--expire=now', '--all');
  git('gc', '-q', '--prune=now');
  assert.match((await expect(1, 'exp', 'branch', 'kept')).stderr, /git/);
  assert.equal(
    (await expect(0, 'metrics', 'show', 'train', '--rev', 'kept')).stdout,
    'lr  width  loss\n3   1        31\n',
  );
});
