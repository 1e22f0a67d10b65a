import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import type { Project, Stage } from '../../src/pipeline/pipeline.ts';
import { openGitignore } from '../../src/dvc/dvc.ts';
import { ignorePattern } from '../../src/run/run.ts';
import { makeOut, makeStage } from '../show/stages.ts';

function makeProject(
  t: TestContext,
  stages: readonly Stage[],
  files: Readonly<Record<string, string>>,
): Project {
  const root = mkdtempSync(join(tmpdir(), 'pipe-ignore-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return { root, kind: 'dvc', stages } as unknown as Project;
}

const git = (project: Project, ...args: readonly string[]): void =>
  assert.equal(spawnSync('git', args, { cwd: project.root }).status, 0);

test('one line per cached output, in its folder, unless git ignores it already', (t) => {
  const stage: Stage = {
    ...makeStage('s'),
    outs: [
      makeOut('a'),
      makeOut('sub/b [1]*.txt'),
      makeOut('kept', { cache: false }),
      makeOut('build/x'),
      makeOut('there'),
      makeOut('models'),
    ],
  };
  const project = makeProject(t, [stage], {
    '.gitignore': '/build\n/models/\n/there',
    'sub/x': '',
    'build/x': '',
  });
  git(project, 'init', '-q');
  const gitignore = openGitignore(project)!;
  gitignore.refuseTracked(stage);
  for (const name of ['a', 'sub/b [1]*.txt', 'there', 'models/x']) {
    mkdirSync(dirname(join(project.root, name)), { recursive: true });
    writeFileSync(join(project.root, name), '');
  }
  gitignore.ignore(stage);
  gitignore.ignore(stage);
  const read = (name: string): string => readFileSync(join(project.root, name), 'utf8');
  assert.equal(read('.gitignore'), '/build\n/models/\n/there\n/a\n');
  assert.equal(read('sub/.gitignore'), '/b \\[1\\]\\*.txt\n');
  for (const path of ['a', 'sub/b [1]*.txt', 'build/x']) git(project, 'check-ignore', '-q', path);
});

test('every name is ignored, and no other', (t) => {
  const names = [
    'a ',
    'a  ',
    ' a',
    '#a',
    '!a',
    'a*',
    'a?',
    'a[b]',
    'a]',
    '[!a]',
    'a\\',
    'a\\b',
    'a\\ ',
    '\\#a',
    'a\t',
    'a\r',
    'a\nb',
    'a\nb\nc',
    'a\r\nb',
    '**',
    'é ',
    '{a,b}',
    '~a',
    '$(a)',
    "'a'",
    '-a',
  ];
  const project = makeProject(t, [], {});
  git(project, 'init', '-q');
  for (const name of names) {
    writeFileSync(join(project.root, '.gitignore'), `${ignorePattern(name)}\n`);
    const asked = [...names, 'a', 'ab', 'aa', 'b', 'x'];
    const { stdout } = spawnSync('git', ['check-ignore', '-z', '--stdin'], {
      cwd: project.root,
      input: asked.join('\0'),
      encoding: 'utf8',
    });
    assert.deepEqual(stdout.split('\0').filter(Boolean), [name], JSON.stringify(name));
  }
});

test('names that git would cut off are ignored once', (t) => {
  const stage: Stage = { ...makeStage('s'), outs: [makeOut('a b '), makeOut('sub/c\\d')] };
  const project = makeProject(t, [stage], { 'a b ': '', 'sub/c\\d': '' });
  git(project, 'init', '-q');
  for (const _ of [1, 2]) openGitignore(project)!.ignore(stage);
  const read = (name: string): string => readFileSync(join(project.root, name), 'utf8');
  assert.equal(read('.gitignore'), '/a b\\ \n');
  assert.equal(read('sub/.gitignore'), '/c\\\\d\n');
});

test('a cached output that git tracks, or that holds what git tracks, is refused', (t) => {
  const stage: Stage = { ...makeStage('s'), outs: [makeOut('file'), makeOut('folder'), makeOut('other')] };
  const project = makeProject(t, [stage], { file: '', 'folder/deep/x': '', others: '' });
  git(project, 'init', '-q');
  git(project, 'add', '.');
  assert.throws(
    () => openGitignore(project)!.refuseTracked(stage),
    (error) => {
      assert.ok(error instanceof PipeError);
      assert.deepEqual(
        error.problems.map(({ code, title }) => `${code} ${title.split("'")[1]}`),
        ['out-tracked-by-git file', 'out-tracked-by-git folder'],
      );
      return true;
    },
  );
});

test('with autostage git gets the files that record, and those that lost a line', (t) => {
  const stages = [makeStage('s'), makeStage('gone')].map((stage, index) => ({
    ...stage,
    file: (index === 0 ? 'in/dvc.yaml' : 'dvc.yaml') as Stage['file'],
    cmd: 'x',
    outs: [makeOut(`sub${index}/out`), ...(index === 0 ? [] : [makeOut('alone/out')])],
  }));
  const data = {
    ...makeStage('raw.dvc'),
    file: 'raw.dvc' as Stage['file'],
    cmd: null,
    outs: [makeOut('raw')],
  };
  const project = makeProject(t, [...stages, data], {
    'raw.dvc': '',
    '.dvc/config': '[core]\n    autostage = true\n',
    'in/dvc.lock': '',
    'alone/.gitignore': '/out\n',
    'sub0/out': '',
    'sub1/.gitignore': '/out\n/other\n',
  });
  git(project, 'init', '-q');
  const gitignore = openGitignore(project)!;
  gitignore.ignore(stages[0]!);
  gitignore.ignore(data);
  gitignore.unignore(stages[1]!);
  assert.equal(readFileSync(join(project.root, 'sub1/.gitignore'), 'utf8'), '/other\n');
  gitignore.addToGit();
  const { stdout } = spawnSync('git', ['ls-files'], { cwd: project.root, encoding: 'utf8' });
  assert.deepEqual(stdout.trim().split('\n'), [
    '.gitignore',
    'in/dvc.lock',
    'raw.dvc',
    'sub0/.gitignore',
    'sub1/.gitignore',
  ]);
});

test('nothing without git, nor where DVC is told to know none', (t) => {
  const bare = makeProject(t, [], {});
  assert.equal(openGitignore(bare), undefined);
  const told = makeProject(t, [], { '.dvc/config': '[core]\n    no_scm = true\n' });
  git(told, 'init', '-q');
  assert.equal(openGitignore(told), undefined);
});
