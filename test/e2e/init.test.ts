// `pipe init`: asks nothing, and writes what a project needs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import test from 'node:test';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const git = (workspace: TestWorkspace, ...args: readonly string[]): string =>
  spawnSync('git', args, { cwd: workspace.root, encoding: 'utf8' }).stdout.trim();

test('in a git repository: the pipeline with its schema, the ignored cache, the merge driver', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {});
  git(workspace, 'init', '-q');
  const { stdout } = await workspace.expect(0, 'init');
  assert.match(stdout, /git merges pipeline\.lock stage by stage[^]*Wrote pipeline\.yaml/);
  assert.match(
    workspace.read('pipeline.yaml'),
    /^# yaml-language-server: \$schema=https:\/\/unpkg\.com\/@pipe-engine\/pipe@\d+\.\d+\/schema\/pipeline\.schema\.json\n/,
  );
  assert.equal(workspace.read('.gitignore'), '/cache/\n');
  assert.equal(workspace.read('.gitattributes'), 'pipeline.lock merge=pipe-lock\n');
  const driver = git(workspace, 'config', 'merge.pipe-lock.driver');
  assert.ok(driver.includes(process.execPath) && driver.endsWith(' lock merge %O %A %B %P'), driver);
  // From a folder whose name the shell would take apart.
  const words = process.argv;
  t.after(() => (process.argv = words));
  process.argv = [words[0]!, "/it's here/pipe.js"];
  await workspace.expect(0, 'init', '--git');
  process.argv = words;
  const quoted = git(workspace, 'config', 'merge.pipe-lock.driver').replace(/ lock merge .*/, '');
  assert.equal(
    spawnSync('sh', ['-c', `printf '%s\n' ${quoted}`], { encoding: 'utf8' }).stdout,
    `${process.execPath}\n/it's here/pipe.js\n`,
  );
  assert.deepEqual((await workspace.repro()).ran, ['count', 'write']);
  assert.match((await workspace.expect(1, 'init')).stderr, /there is a pipeline\.yaml here already/);
  workspace.write('.gitignore', 'cache\n');
  await workspace.expect(0, 'init', '--git');
  assert.equal(workspace.read('.gitignore'), 'cache\n', 'git ignores it already');
  assert.equal(workspace.read('.gitattributes'), 'pipeline.lock merge=pipe-lock\n');
});

test('the comments of the first pipeline are right: what they show can be used', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { 'params.yaml': 'model: {layers: 2}\n' });
  await workspace.expect(0, 'init');
  const shown = workspace
    .read('pipeline.yaml')
    .replace(/^# {3}(?=train:|  )/gm, '  ')
    .replace(/^# ?(?=config:| {2}remotes:)/gm, '');
  assert.match(shown, /^ {2}train:\n {4}cmd:/m);
  assert.match(shown, /^config:\n {2}remotes:/m);
  workspace.write('pipeline.yaml', shown);
  const { stdout } = await workspace.expect(0, 'stage', 'list', 'train', '--json');
  assert.equal((JSON.parse(stdout) as { timeout: number }[])[0]!.timeout, 7200);
});

test('outside of git, with --no-git, and quietly', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {});
  assert.equal((await workspace.expect(0, 'init', '-q')).stdout, '');
  assert.equal(workspace.read('.gitignore'), '/cache/\n');
  assert.equal(existsSync(workspace.path('.gitattributes')), false);

  const without = makeWorkspaceMostlyHere(t, {});
  mkdirSync(without.path('.git'));
  await without.expect(0, 'init', '--no-git');
  assert.equal(existsSync(without.path('.gitignore')), false);
});

test('a git repository that git refuses: the pipeline is written, and a line says what is not set up', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { '.git': 'gitdir: nowhere\n' });
  assert.match((await workspace.expect(0, 'init')).stdout, /^git is not set up: /);
  assert.equal(existsSync(workspace.path('pipeline.yaml')), true);
});
