// Objects of git are read from the files of a repository, of any usual shape, and git is asked where only it knows.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { openGitObjects, type GitObjects } from '../../src/revision/revision.ts';
import { makeWorkspace } from '../workspace.ts';

type Git = (...args: readonly string[]) => string;

const gitIn =
  (folder: string): Git =>
  (...args) =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args],
      { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    ).trim();

/** Three commits of a large file that changes a little, a branch, and a tag of each kind. */
function makeRepository(
  t: TestContext,
  ...init: readonly string[]
): { readonly root: string; readonly git: Git } {
  const { root, write } = makeWorkspace(t, { 'sub/a': 'a\n' });
  const git = gitIn(root);
  git('init', '-q', '-b', 'main', ...init);
  const large = Array.from({ length: 4000 }, (_, line) => `${line * line}`);
  const commit = (message: string): void => {
    write('large', large.join('\n'));
    git('add', '-A');
    git('commit', '-qm', message);
  };
  commit('first');
  git('tag', 'light');
  large[2000] = 'second';
  commit('second');
  git('tag', '-a', 'heavy', '-m', 'a tag');
  git('branch', 'side/one', 'HEAD~1');
  // A tag comes before a branch.
  git('tag', 'both', 'HEAD~1');
  git('branch', 'both');
  large[3000] = 'third';
  // Does not compress.
  writeFileSync(join(root, 'noise'), randomBytes(200_000));
  // A parent is named above the message alone.
  commit(`third\n\nparent ${git('rev-parse', 'light')}`);
  git('checkout', '-q', '--detach', 'HEAD~1');
  git('merge', '-q', '-s', 'ours', '--no-edit', 'main');
  git('tag', 'merged');
  git('checkout', '-q', 'main');
  return { root, git };
}

function open(t: TestContext, folder: string): GitObjects {
  const objects = openGitObjects(folder);
  t.after(() => objects.close());
  return objects;
}

const NAMES = [
  'HEAD',
  '@',
  'HEAD~1',
  'HEAD^^',
  'HEAD~2^0',
  'light',
  'heavy',
  'heavy~1',
  'side/one',
  'refs/heads/main',
  'heads/main',
  'tags/heavy',
  'both',
  'merged^',
  'merged^2',
  'merged^2~1',
];
const UNKNOWN = ['nope', 'side', 'HEAD~99', 'config', 'HEAD^2'];

const gitAnswer = (git: Git, name: string): string | undefined => {
  try {
    return git('rev-parse', '-q', '--verify', '--end-of-options', `${name}^{commit}`);
  } catch {
    return undefined;
  }
};

/** Compares all objects and many names with what git says of them. */
async function checkAgainstGit(
  t: TestContext,
  folder: string,
  git: Git,
  { needsGit }: { needsGit: boolean },
): Promise<void> {
  const listed = git('cat-file', '--batch-all-objects', '--batch-check').split('\n');
  const wanted = [...NAMES, ...UNKNOWN].map((name) => [name, gitAnswer(git, name)] as const);
  assert.equal(wanted.filter(([, id]) => id !== undefined).length, NAMES.length);
  const short = git('rev-parse', '--short', 'HEAD');
  const head = git('rev-parse', 'HEAD');
  const objects = open(t, folder);
  const { PATH } = process.env;
  // Whoever needs git does not find it.
  if (!needsGit) process.env['PATH'] = join(folder, 'nothing');
  try {
    for (const line of listed) {
      const [id, type, size] = line.split(' ');
      const object = await objects.get(id!);
      assert.deepEqual([object?.id, object?.type, object?.bytes.length], [id, type, Number(size)]);
    }
    // What does not exist may be in a place that only git knows.
    for (const [name, id] of needsGit ? wanted : wanted.filter(([name]) => !/HEAD[~^][29]/.test(name)))
      assert.equal((await objects.get(`${name}^{commit}`))?.id, id, name);
  } finally {
    process.env['PATH'] = PATH;
  }
  assert.equal((await objects.get(`${short}^{commit}`))?.id, head);
  for (const [name, id] of wanted) assert.equal((await objects.get(`${name}^{commit}`))?.id, id, name);
}

test('single files, packs with changes upon changes, and packed references need no git', async (t) => {
  const { root, git } = makeRepository(t);
  await checkAgainstGit(t, root, git, { needsGit: false });
  const large = readFileSync(join(root, 'large'), 'utf8').split('\n');
  for (let line = 1; line <= 5; line += 1) {
    large[line * 300] = `a line that changes ${line}`;
    writeFileSync(join(root, 'large'), large.join('\n'));
    git('commit', '-qam', 'more');
  }
  git('gc', '-q', '--aggressive');
  assert.match(git('verify-pack', '-v', ...packsIn(git)), /chain length = 2/);
  await checkAgainstGit(t, root, git, { needsGit: false });
  // Some packed, some not.
  writeFileSync(join(root, 'sub/a'), 'other\n');
  git('commit', '-qam', 'fourth');
  git('repack', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'fifth');
  await checkAgainstGit(t, root, git, { needsGit: false });
});

const packsIn = (git: Git): readonly string[] =>
  execFileSync('find', [git('rev-parse', '--absolute-git-dir'), '-name', '*.idx'], { encoding: 'utf8' })
    .trim()
    .split('\n');

test('bare repositories, work trees, submodules and clones that borrow objects need no git', async (t) => {
  const { root, git } = makeRepository(t);
  const other = makeWorkspace(t, {}).root;
  const at = (name: string): string => join(other, name);
  gitIn(other)('clone', '-q', '--mirror', root, 'bare');
  await checkAgainstGit(t, at('bare'), gitIn(at('bare')), { needsGit: false });
  gitIn(at('bare'))('worktree', 'add', '-q', '--detach', at('tree'), 'main');
  gitIn(at('tree'))('commit', '-q', '--allow-empty', '-m', 'its own HEAD');
  // Not where it was when the references were packed.
  gitIn(at('tree'))('branch', '-q', '-f', 'side/one', 'heavy');
  await checkAgainstGit(t, at('tree'), gitIn(at('tree')), { needsGit: false });
  git('repack', '-q', '-a', '-d');
  gitIn(other)('clone', '-q', '--shared', root, 'shared');
  const shared = gitIn(at('shared'));
  shared('branch', '-q', 'side/one', 'origin/side/one');
  await checkAgainstGit(t, at('shared'), shared, { needsGit: false });
  const theirs = await open(t, at('shared')).get('origin^{commit}');
  assert.equal(theirs?.id, shared('rev-parse', 'origin/HEAD'), 'the default branch of a remote');
  git('submodule', 'add', '-q', at('bare'), 'module');
  const module = gitIn(join(root, 'module'));
  module('branch', '-q', 'side/one', 'origin/side/one');
  await checkAgainstGit(t, join(root, 'module'), module, { needsGit: false });
});

test('other digests, cut histories and replaced objects are read by git', async (t) => {
  const long = makeRepository(t, '--object-format=sha256');
  await checkAgainstGit(t, long.root, long.git, { needsGit: true });
  const [whole, { root, git }] = [makeRepository(t), makeRepository(t)];
  git('replace', git('rev-parse', 'HEAD~1'), git('rev-parse', 'HEAD~2'));
  const objects = open(t, root);
  assert.equal(
    (await objects.get('HEAD~1^{commit}'))?.bytes.toString(),
    git('cat-file', 'commit', 'light') + '\n',
  );
  process.env['GIT_DIR'] = join(long.root, '.git');
  t.after(() => delete process.env['GIT_DIR']);
  const led = open(t, root);
  assert.equal((await led.get('HEAD^{commit}'))?.id, long.git('rev-parse', 'HEAD'), 'led elsewhere');
  delete process.env['GIT_DIR'];
  const shallow = join(makeWorkspace(t, {}).root, 'shallow');
  gitIn(root)('clone', '-q', '--depth', '1', `file://${root}`, shallow);
  const cut = open(t, shallow);
  assert.equal((await cut.get('HEAD^{commit}'))?.id, git('rev-parse', 'HEAD'));
  assert.equal(await cut.get('HEAD~1^{commit}'), undefined);
  // Here the commit before is there.
  writeFileSync(join(whole.root, '.git/shallow'), `${whole.git('rev-parse', 'HEAD')}\n`);
  assert.equal(await open(t, whole.root).get('HEAD~1^{commit}'), undefined);
  renameSync(join(whole.root, '.git/shallow'), join(whole.root, '.git/info/grafts'));
  assert.equal(await open(t, whole.root).get('HEAD~1^{commit}'), undefined);
});

test('what is damaged is not found, as git has it', async (t) => {
  const { root, git } = makeRepository(t);
  const head = git('rev-parse', 'HEAD');
  const file = join(root, '.git/objects', head.slice(0, 2), head.slice(2));
  rmSync(file);
  mkdirSync(join(root, '.git/objects/pack'), { recursive: true });
  writeFileSync(join(root, '.git/objects/pack/pack-1.idx'), 'no index');
  writeFileSync(file, 'no object');
  const objects = open(t, root);
  assert.equal(await objects.get(head), undefined);
  assert.equal((await objects.get('light^{commit}'))?.type, 'commit');
});

test('git that does not run, or ends: no question stays open, be it asked before or afterwards', { timeout: 30_000 }, async (t) => {
  const { root } = makeWorkspace(t, {});
  for (const [more, reason] of [
    [{ GIT_DIR: join(root, 'none') }, /not a git repository/],
    [{ PATH: root }, /git is not installed/],
  ] as const) {
    const objects = openGitObjects(root, () => ({ args: [], env: { ...process.env, ...more } }));
    t.after(() => objects.close());
    const failing = (name: string): Promise<void> =>
      assert.rejects(objects.get(name), (error) => error instanceof PipeError && reason.test(String(error.problems[0]!.facts)));
    await Promise.all([failing('HEAD'), failing('other')]);
    await failing('later');
  }
}); // prettier-ignore

test('a reference that git would not follow is not followed', async (t) => {
  const { root, git } = makeRepository(t);
  appendFileSync(join(root, '.git/secret'), `${git('rev-parse', 'HEAD')}\n`);
  writeFileSync(join(root, '.git/refs/heads/circle'), 'ref: refs/heads/circle\n');
  const fetched = git('rev-parse', 'HEAD~1');
  writeFileSync(join(root, '.git/FETCH_HEAD'), `${fetched}\t\tbranch 'x' of elsewhere\n`);
  const objects = open(t, root);
  assert.equal((await objects.get('FETCH_HEAD^{commit}'))?.id, fetched);
  for (const name of ['../secret', 'secret', 'heads/../../secret', 'circle', 'refs/heads/circle'])
    assert.equal(await objects.get(`${name}^{commit}`), undefined, name);
});
