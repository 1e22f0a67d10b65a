// A project at a git revision: read from git objects and the cache, whatever the work tree holds now.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { noOverlay, findRoot } from '../../src/pipeline/pipeline.ts';
import {
  filesAt,
  isAbsence,
  openRevisions,
  readAt,
  revisionsOf,
  workspaceRevision,
  type Revision,
  type Revisions,
} from '../../src/revision/revision.ts';
import { loadAt, openWorkspace, type OpenWorkspace } from '../../src/session/session.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

interface Repository extends TestWorkspace {
  readonly git: (...args: readonly string[]) => string;
  readonly commit: (message: string) => string;
}

function makeRepository(t: TestContext, files: Readonly<Record<string, string>>): Repository {
  const workspace = makeWorkspace(t, files);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: workspace.root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git('init', '-q', '-b', 'main');
  const commit = (message: string): string => {
    git('add', '-A');
    git('commit', '-qm', message);
    return git('rev-parse', 'HEAD');
  };
  return { ...workspace, git, commit };
}

async function openIn(
  t: TestContext,
  folder: string,
): Promise<{ revisions: Revisions; here: OpenWorkspace }> {
  const loaded = await loadAt(findRoot(folder), noOverlay);
  const revisions = revisionsOf(loaded)!;
  const here = openWorkspace(loaded, {});
  t.after(() => {
    revisions.close();
    here.close();
  });
  return { revisions, here };
}

const commands = ({ project }: Revision): unknown => project.stages.map(({ address, cmd }) => [address, cmd]);

test('loads pipeline files, includes, vars and parameters of the commit, not of the work tree', async (t) => {
  const { root, write, commit, remove } = makeRepository(t, {
    'pipeline.yaml':
      'vars: [settings/more.yaml]\ninclude: {sub: parts/one.yaml}\nstages:\n  a: {cmd: "echo ${n} ${m} > a", params: [p.json: [k]], outs: [a]}\n',
    'params.yaml': 'n: 1\n',
    'settings/more.yaml': 'm: 2\n',
    'parts/one.yaml': 'vars: [vars.toml]\nstages:\n  b: {cmd: "echo ${t} > b", outs: [b]}\n',
    'parts/vars.toml': 't = 3\n',
    'p.json': '{"k": {"deep": 4}}',
    'more/pipeline.yaml': 'stages:\n  c: {cmd: touch c, outs: [c]}\n',
  });
  commit('first');
  write('params.yaml', 'n: 10\n');
  write('settings/more.yaml', 'm: 20\n');
  write('p.json', '{"k": 40}');
  remove('more');
  remove('parts');
  write('pipeline.yaml', 'vars: [settings/more.yaml]\nstages:\n  a: {cmd: "echo ${n} ${m}"}\n');
  const { revisions, here } = await openIn(t, root);
  const head = await revisions.at('HEAD');
  assert.deepEqual(commands(head), [
    ['a', 'echo 1 2 > a'],
    ['sub.b', 'echo 3 > b'],
    ['more/pipeline.yaml:c', 'touch c'],
  ]);
  const [stage] = head.project.stages;
  assert.deepEqual([...head.project.params(stage!.params[0]!)], [['k', new Map([['deep', 4n]])]]);
  assert.deepEqual(commands(workspaceRevision(here)), [['a', 'echo 10 20']]);
});

test('names branches, tags, commits and parents, and joins the names of one commit', async (t) => {
  const { root, write, commit, git } = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: echo 1}\n',
  });
  const first = commit('first');
  git('tag', 'v1');
  git('tag', '-am', 'annotated', 'v1.0');
  write('pipeline.yaml', 'stages:\n  a: {cmd: echo 2}\n');
  const second = commit('second');
  git('branch', 'side/other');
  git('checkout', '-q', '--detach');
  write('pipeline.yaml', 'stages:\n  a: {cmd: echo 3}\n');
  const apart = commit('on no branch');
  git('tag', 'apart');
  git('tag', 'of-a-file', 'HEAD:pipeline.yaml');
  git('checkout', '-q', 'main');
  const { revisions } = await openIn(t, root);
  const named = async (choice: Parameters<Revisions['choose']>[0]): Promise<unknown> =>
    (await revisions.choose(choice)).map(({ id, names }) => [id, names]);
  assert.deepEqual(await named({ allBranches: true }), [[second, ['main', 'side/other']]]);
  const [both] = await revisions.choose({ allBranches: true });
  assert.equal((await revisions.open(both!)).name, 'main,side/other');
  const byId = (list: unknown): unknown => (list as unknown[]).map(String).sort();
  assert.deepEqual(
    byId(await named({ allTags: true })),
    byId([
      [first, ['v1', 'v1.0']],
      [apart, ['apart']],
    ]),
  );
  assert.deepEqual(
    byId(await named({ allCommits: true })),
    byId([apart, second, first].map((id) => [id, [id]])),
  );
  assert.deepEqual(await named({ revs: ['HEAD~1', first.slice(0, 7)] }), [
    [first, ['HEAD~1', first.slice(0, 7)]],
  ]);
  assert.deepEqual(commands(await revisions.at('v1.0')), [['a', 'echo 1']]);
  for (const name of ['nothing', 'HEAD~9', '', 'a\nb', '-x'])
    await assert.rejects(revisions.at(name), { message: `git knows no revision '${name}'` });
});

test('reads results by the lock entry of the commit: files, and files in folders', async (t) => {
  const { root, write, commit, repro, remove } = makeRepository(t, {
    'pipeline.yaml':
      'stages:\n  a:\n    cmd: mkdir -p out/in out/none-in && echo 1 > out/in/x && echo y > out/y && echo i > out/inner && echo m > m\n    outs: [out, m]\n',
    '.gitignore': '/cache/\n/out\n/m\n',
    'plain.txt': 'plain\n',
  });
  await repro();
  commit('first');
  write('pipeline.yaml', 'stages: {}\n');
  for (const path of ['out', 'm', 'pipeline.lock', 'plain.txt']) remove(path);
  const { revisions, here } = await openIn(t, root);
  const head = await revisions.at('main');
  const at = (path: string): never => path as never;
  const text = async (path: string): Promise<string> => {
    const read = await readAt(head, at(path), here.store);
    return isAbsence(read) ? read.kind : read.toString();
  };
  assert.equal(await text('out/in/x'), '1\n');
  assert.equal(await text('m'), 'm\n');
  assert.equal(await text('plain.txt'), 'plain\n');
  assert.equal(await text('out'), 'folder');
  assert.equal(await text('out/in'), 'folder');
  assert.equal(await text('out/none'), 'absent');
  assert.equal(await text('none'), 'absent');
  assert.deepEqual(await filesAt(head, at('out'), here.store), ['out/in/x', 'out/inner', 'out/y']);
  assert.deepEqual(await filesAt(head, at('out/in'), here.store), ['out/in/x']);
  assert.deepEqual(await filesAt(head, at('m'), here.store), ['m']);
  rmSync(join(root, 'cache'), { recursive: true });
  assert.equal(await text('m'), 'not-in-cache');
  assert.equal(await text('out/in/x'), 'not-in-cache');
  assert.equal(await filesAt(head, at('out'), here.store), undefined);
});

test('an object with other bytes than its name is not read', async (t) => {
  const { root, read, commit, repro, remove } = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: echo good > m, outs: [m]}\n',
    '.gitignore': '/cache/\n/m\n',
  });
  await repro();
  commit('first');
  const [, digest] = /sha256: ["']?(\w{64})/.exec(read('pipeline.lock'))!;
  const object = join(root, 'cache/objects/sha256', digest!.slice(0, 2), digest!.slice(2));
  rmSync(object);
  mkdirSync(join(object, '..'), { recursive: true });
  execFileSync('sh', ['-c', `echo evil > ${object}`]);
  remove('m');
  const { revisions, here } = await openIn(t, root);
  const found = await readAt(await revisions.at('HEAD'), 'm' as never, here.store);
  assert.equal(isAbsence(found) && found.kind, 'not-in-cache');
});

test('a project in a sub-folder takes nothing of the folders beside it, and the ignore rules above it', async (t) => {
  const { root, commit, remove, write } = makeRepository(t, {
    'beside/pipeline.yaml': 'stages: {no: {cmd: no}}\n',
    'beside/a-b': '',
    'beside/a/x': '',
    'sub/.dvc/config': '',
    'sub/dvc.yaml': 'stages:\n  a: {cmd: echo 1}\n',
    'sub/data.csv.dvc': 'outs:\n- md5: d3b07384d113edec49eaa6238ad5ff00\n  size: 4\n  path: data.csv\n',
    'sub/inner/dvc.yaml': 'stages:\n  b: {cmd: echo 2}\n',
  });
  write('.gitignore', 'inner\n');
  execFileSync('git', ['add', '-f', 'sub/inner/dvc.yaml'], { cwd: root });
  commit('first');
  remove('sub/data.csv.dvc');
  const { revisions } = await openIn(t, join(root, 'sub'));
  const head = await revisions.at('HEAD');
  assert.deepEqual(commands(head), [
    ['a', 'echo 1'],
    ['data.csv.dvc', null],
  ]);
  const recorded = head.entry(head.project.stages[1]!)!.outs;
  assert.deepEqual(
    recorded.map(({ path, content }) => [path, content.digest, content.size]),
    [['data.csv', 'd3b07384d113edec49eaa6238ad5ff00', 4]],
  );
  assert.deepEqual(await head.names('../beside' as never), ['a', 'a-b', 'pipeline.yaml']);
});

test('a revision is a project of the kind that it was then, or of today where it shows none', async (t) => {
  const { root, commit, remove, write } = makeRepository(t, { notes: 'n\n' });
  const own = 'stages:\n  own: {cmd: echo own}\n';
  commit('nothing yet');
  write('.dvc/config', '');
  write('dvc.yaml', 'stages:\n  theirs: {cmd: echo theirs}\n');
  commit('a repository of DVC');
  remove('.dvc');
  commit('without its settings');
  remove('dvc.yaml');
  write('pipeline.yaml', own);
  commit('a project of our own');
  const kinds = async (): Promise<unknown> => {
    const { revisions } = await openIn(t, root);
    const found: string[] = [];
    for (const name of ['HEAD~3', 'HEAD~2', 'HEAD~1', 'HEAD']) {
      const { project, dialect } = await revisions.at(name);
      found.push([dialect.lockFile.name, ...project.stages.map(({ address }) => address)].join(' '));
    }
    return found;
  };
  assert.deepEqual(await kinds(), [
    'pipeline.lock',
    'dvc.lock theirs',
    'pipeline.lock theirs',
    'pipeline.lock own',
  ]);
  write('.dvc/config', '');
  write('dvc.yaml', 'stages: {}\n');
  assert.deepEqual(await kinds(), ['dvc.lock', 'dvc.lock theirs', 'dvc.lock theirs', 'pipeline.lock own']);
});

test('follows symlinks of the commit, and none that lead out of it; digests may be longer', async (t) => {
  process.env['GIT_DEFAULT_HASH'] = 'sha256';
  t.after(() => delete process.env['GIT_DEFAULT_HASH']);
  const { root, commit, remove } = makeRepository(t, {
    'pipeline.yaml': 'vars: [link/vars.yaml]\nstages:\n  a: {cmd: "echo ${n}"}\n',
    'real/ördner/vars.yaml': 'n: 1\n',
  });
  symlinkSync('real/ördner', join(root, 'link'));
  symlinkSync('link/vars.yaml', join(root, 'direct'));
  symlinkSync('/etc/hostname', join(root, 'out'));
  symlinkSync('/real/ördner/vars.yaml', join(root, 'top'));
  symlinkSync('../../x', join(root, 'real/up'));
  symlinkSync('loop', join(root, 'loop'));
  commit('first');
  remove('link');
  remove('real');
  execFileSync('git', ['checkout', '-q', 'HEAD', '--', 'real'], { cwd: root });
  symlinkSync('real/ördner', join(root, 'link'));
  const { revisions } = await openIn(t, root);
  const head = await revisions.at('HEAD');
  assert.deepEqual(commands(head), [['a', 'echo 1']]);
  for (const path of ['out', 'top', 'real/up', 'loop'])
    assert.deepEqual(
      [await head.bytes(path as never), head.kind(path as never)],
      [undefined, undefined],
      path,
    );
  for (const path of ['link/vars.yaml', 'direct'] as const)
    assert.deepEqual(
      [(await head.bytes(path as never))?.toString(), head.kind(path as never)],
      ['n: 1\n', 'file'],
    );
});

test('reads a bare clone, whose work tree does not exist', async (t) => {
  const { root, commit } = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: "echo ${n}"}\n',
    'params.yaml': 'n: 7\n',
    'README.md': 'hello\n',
  });
  commit('first');
  const bare = makeWorkspace(t, {});
  execFileSync('git', ['clone', '-q', '--bare', root, bare.path('clone.git')]);
  const git = bare.path('clone.git');
  const top = join(git, 'no-work-tree');
  const revisions = openRevisions({ git, top, root: top, isDvcRepository: false });
  t.after(() => revisions.close());
  const head = await revisions.at('HEAD');
  assert.deepEqual(commands(head), [['a', 'echo 7']]);
  assert.equal((await head.bytes('README.md' as never))?.toString(), 'hello\n');
  assert.deepEqual(await head.names('.' as never), ['README.md', 'params.yaml', 'pipeline.yaml']);
  // Stages of DVC's without its folder.
  execFileSync('git', ['mv', 'pipeline.yaml', 'dvc.yaml'], { cwd: root });
  commit('renamed');
  execFileSync('git', ['fetch', '-q', root, 'main:other'], { cwd: git });
  assert.deepEqual(commands(await revisions.at('other')), [['a', 'echo 7']]);
  // In a further work tree .git is a file.
  execFileSync('git', ['worktree', 'add', '-q', '--detach', bare.path('tree')], { cwd: git });
  const further = await openIn(t, bare.path('tree'));
  assert.deepEqual(commands(await further.revisions.at('HEAD')), [['a', 'echo 7']]);
});

test('names the revision of a pipeline that does not load, with its place', async (t) => {
  const { root, commit, write } = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: "echo ${none}"}\n',
  });
  commit('first');
  write('pipeline.yaml', 'stages:\n  a: {cmd: x, outs: [a]}\n');
  write('pipeline.lock', 'stages: [\n');
  commit('second');
  write('pipeline.yaml', 'stages: {}\n');
  write('pipeline.lock', '');
  const { revisions } = await openIn(t, root);
  const head = await revisions.at('HEAD');
  const isNamed = ({ problems }: { problems: readonly { place?: { file: string } }[] }): boolean =>
    problems[0]!.place!.file === 'HEAD:pipeline.lock';
  assert.throws(() => head.entry(head.project.stages[0]!), isNamed);
  await assert.rejects(
    revisions.at('HEAD~1'),
    (error: { problems?: { place?: { file: string; line?: number } }[] }) => {
      assert.deepEqual(
        [error.problems![0]!.place!.file, error.problems![0]!.place!.line],
        ['HEAD~1:pipeline.yaml', 2],
      );
      return true;
    },
  );
});

testInWhole(
  'a commit without a project has no stages; large files and many folders arrive whole',
  async (t) => {
    const { root, commit, write } = makeRepository(t, { 'README.md': 'nothing yet\n' });
    commit('first');
    write('pipeline.yaml', 'stages:\n  a: {cmd: echo}\n');
    write('big.txt', 'x'.repeat(3_000_000));
    for (let index = 0; index < 300; index += 1) write(`f/${index}/g/file`, `${index}\n`);
    commit('second');
    const { revisions } = await openIn(t, root);
    assert.deepEqual(commands(await revisions.at('HEAD~1')), []);
    const head = await revisions.at('HEAD');
    assert.equal((await head.bytes('big.txt' as never))?.length, 3_000_000);
    assert.equal(
      (await filesAt(head, 'f' as never, { read: () => undefined, entries: () => undefined }))?.length,
      300,
    );
  },
);

test('a file in a folder that DVC 2 recorded is asked for as one of DVC 2', async () => {
  const asked: unknown[] = [];
  const revision = {
    kind: () => undefined,
    bytes: async () => undefined,
    names: async () => [],
    output: () => ({ out: { at: 'd' }, content: { digest: 'x.dir', size: 1, legacy: true } }),
  } as unknown as Revision;
  const store = {
    entries: () => [{ kind: 'file', path: 'in/a', digest: 'y', size: 3 }],
    read: (content: unknown) => (asked.push(content), Buffer.from('abc')),
  } as never;
  assert.deepEqual(await readAt(revision, 'd/in/a' as never, store), Buffer.from('abc'));
  assert.deepEqual(asked, [{ digest: 'y', size: 3, legacy: true }]);
});
