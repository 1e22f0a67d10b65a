// Repositories inside of dependencies and outputs: what git keeps for itself is no content of a dependency.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';

const ALLOWED = ['-c', 'protocol.file.allow=always', '-c', 'user.name=n', '-c', 'user.email=n@example.org'];
const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', [...ALLOWED, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });

test('a submodule in a work tree of its own is the same dependency', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { 'sub/f.txt': 'f\n' });
  const [sub, main, other] = ['sub', 'main', 'other'].map((name) => workspace.path(name)) as [
    string,
    string,
    string,
  ];
  git(workspace.root, 'init', '-q', sub);
  git(sub, 'add', '.');
  git(sub, 'commit', '-qm', 'sub');
  git(workspace.root, 'init', '-q', main);
  git(main, 'submodule', '--quiet', 'add', sub, 'mods/sub');
  workspace.write('main/.gitignore', 'cache/\no.txt\n');
  workspace.write(
    'main/pipeline.yaml',
    'stages:\n  s:\n    cmd: cat mods/sub/f.txt > o.txt\n    deps: [mods]\n    outs: [o.txt]\n',
  );
  assert.equal((await runPipeMostlyHere(main, ['repro'])).code, 0);
  git(main, 'add', '.');
  git(main, 'commit', '-qm', 'main');
  git(main, 'worktree', 'add', '-q', other);
  git(other, 'submodule', '--quiet', 'update', '--init');
  for (const name of ['cache/objects', 'o.txt'])
    cpSync(`${main}/${name}`, `${other}/${name}`, { recursive: true });
  assert.notEqual(workspace.read('main/mods/sub/.git'), workspace.read('other/mods/sub/.git'));
  assert.match((await runPipeMostlyHere(other, ['status'])).stdout, /up to date/);
  workspace.write('other/mods/sub/f.txt', 'g\n');
  assert.match((await runPipeMostlyHere(other, ['status'])).stdout, /s: deps: mods modified/);
});

test("an output that is a clone is kept whole; who reads it does not see what is git's", async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:
  clone:
    cmd: mkdir -p clone/.git && cp head clone/.git/HEAD && echo text > clone/f
    deps: [head]
    outs: [clone]
  read:
    cmd: cat clone/f > seen
    deps: [clone]
    outs: [seen]
`,
    head: 'one\n',
  });
  assert.deepEqual((await workspace.repro()).ran, ['clone', 'read']);
  assert.deepEqual((await workspace.repro()).ran, []);
  workspace.write('head', 'two\n');
  assert.deepEqual((await workspace.repro()).ran, ['clone'], "only what is git's changed");
  workspace.remove('clone');
  workspace.remove('seen');
  assert.match((await workspace.expect(0, 'status')).stdout, /read: waits for clone/);
  assert.deepEqual((await workspace.repro()).restored, ['clone', 'read']);
  assert.equal(workspace.read('clone/.git/HEAD'), 'two\n');
  assert.ok(existsSync(workspace.path('seen')));
});

for (const dialect of ['a project of our own', 'a DVC repository'])
  test(`data that is a clone, in ${dialect}: its .git is left out, said, never lost`, async (t) => {
    const workspace = makeWorkspaceMostlyHere(t, {
      'raw/f': 'text\n',
      first: 'other data\n',
      ...(dialect.includes('DVC') && { '.dvc/config': '' }),
    });
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a', '-C', 'raw', ...args], {
        cwd: workspace.root,
        encoding: 'utf8',
      });
    git('init', '-q');
    git('add', 'f');
    git('commit', '-qm', 'first');
    await workspace.expect(0, 'add', 'first');
    const { stdout } = await workspace.expect(0, 'add', 'raw');
    assert.match(stdout, /^Added raw \(1 file, 5 B\)\nleft out\traw\/\.git\t/);
    git('commit', '-q', '--allow-empty', '-m', 'second');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);

    workspace.write('raw/f', 'other\n');
    await workspace.expect(0, 'checkout', '-f', 'raw');
    assert.equal(git('log', '--format=%s'), 'second\nfirst\n', 'a checkout leaves it where it is');
    const removed = await workspace.expect(0, 'remove', '--outs', 'raw');
    const [, id = ''] = /pipe cache restore (\w+)/.exec(removed.stdout) ?? [];
    await workspace.expect(0, 'cache', 'restore', id, 'raw/.git');
    assert.equal(git('log', '--format=%s'), 'second\nfirst\n', 'removed data keeps it among what is saved');
  });
