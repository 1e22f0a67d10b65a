// `pipe add` in a project of our own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const PIPELINE = `# the pipeline
stages:
  # counts lines
  count:
    cmd: cat raw/* | wc -l > lines.txt
    deps: [raw]
    outs: [lines.txt] # one number
`;

const git = (workspace: TestWorkspace, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: workspace.root,
    encoding: 'utf8',
  });

function project(context: TestContext, more: Readonly<Record<string, string>> = {}): TestWorkspace {
  const workspace = makeWorkspaceMostlyHere(context, {
    'pipeline.yaml': PIPELINE,
    'raw/a': 'a\n',
    'raw/b': 'b\n',
    ...more,
  });
  git(workspace, 'init', '-q');
  return workspace;
}

void suite('pipe add', () => {
  test('declares, records, keeps and ignores a folder and a file', async (context) => {
    const workspace = project(context, { 'sub/labels.csv': 'x\n' });
    const { stdout } = await workspace.expect(0, 'add', 'raw', 'sub/labels.csv', '--desc', 'By hand: 2024');
    assert.equal(stdout, 'Added raw (2 files, 4 B)\nAdded sub/labels.csv (2 B)\n');
    assert.equal(
      workspace.read('pipeline.yaml'),
      `${PIPELINE}data:\n- path: raw\n  desc: "By hand: 2024"\n- path: sub/labels.csv\n  desc: "By hand: 2024"\n`,
    );
    assert.equal(workspace.read('.gitignore'), '/raw\n');
    assert.equal(workspace.read('sub/.gitignore'), '/labels.csv\n');
    assert.deepEqual((await workspace.repro()).ran, ['count']);
    for (const name of ['raw', 'sub/labels.csv', 'lines.txt']) workspace.remove(name);
    await workspace.expect(0, 'checkout');
    assert.equal(workspace.read('sub/labels.csv'), 'x\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
    assert.match((await workspace.expect(0, 'dag', '--json')).stdout, /"raw"/);
    workspace.write('more', 'm');
    await workspace.expect(0, 'add', 'raw', 'sub/labels.csv', 'more', '--desc', 'All');
    assert.equal(
      workspace.read('pipeline.yaml'),
      `${PIPELINE}data:\n- path: raw\n  desc: All\n- path: sub/labels.csv\n  desc: All\n- path: more\n  desc: All\n`,
    );
  });

  for (const [ignoreFile, files] of [
    ['.pipeignore', {}],
    ['.dvcignore', { '.dvc/config': '' }],
  ] as const)
    (ignoreFile === '.pipeignore' ? test : testInWhole)(
      `what ${ignoreFile} has is refused, and nothing is written`,
      async (context) => {
        const workspace = project(context, {
          ...files,
          [ignoreFile]: '*.csv\nsecret/\n!kept.csv\n',
          ...('.dvc/config' in files && { 'pipeline.yaml': '', 'dvc.yaml': 'stages: {}\n' }),
          'a.csv': '1',
          'secret/in/f': '2',
          'kept.csv': '3',
          'sub/b.csv': '4',
          [`sub/${ignoreFile}`]: '!b.csv\n',
        });
        if ('.dvc/config' in files) workspace.remove('pipeline.yaml');
        for (const [path, named] of [
          ['a.csv', 'a.csv'],
          ['secret', 'secret'],
          ['secret/in/f', 'secret'],
        ] as const) {
          const { stderr } = await workspace.expect(1, 'add', 'raw', path);
          assert.match(stderr, new RegExp(`data-refused.*'${named}' is ignored by ${ignoreFile}`));
        }
        assert.deepEqual(
          git(workspace, 'status', '--porcelain', '--', '*.dvc', '.gitignore').trim(),
          '',
          'not even that of the other path',
        );
        await workspace.expect(0, 'add', 'kept.csv', 'sub/b.csv');
        assert.match((await workspace.expect(1, 'move', 'kept.csv', 'moved.csv')).stderr, /is ignored by/);
      },
    );

  test('takes a change; commit takes it too, without -f', async (context) => {
    const workspace = project(context);
    await workspace.expect(0, 'add', 'raw');
    const declared = workspace.read('pipeline.yaml');
    workspace.write('raw/c', 'c\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /raw: .*modified/);
    assert.equal((await workspace.expect(0, 'add', 'raw')).stdout, 'Updated raw (3 files, 6 B)\n');
    assert.equal((await workspace.expect(0, 'add', 'raw')).stdout, 'Unchanged: raw (3 files, 6 B)\n');
    workspace.write('raw/c', 'C\n');
    await workspace.expect(0, 'commit', 'raw');
    assert.equal(workspace.read('pipeline.yaml'), declared);
    workspace.remove('raw');
    await workspace.expect(0, 'checkout', 'raw');
    assert.equal(workspace.read('raw/c'), 'C\n');
  });

  test('of a part takes over that part only', async (context) => {
    const workspace = project(context, { 'raw/deeper': 'd\n' });
    await workspace.expect(0, 'add', 'raw');
    workspace.write('raw/a', 'other\n');
    workspace.write('raw/deep/c', 'c\n');
    workspace.remove('raw/b');
    workspace.write('raw/e', 'e\n');
    chmodSync(workspace.path('raw/e'), 0o755);
    const { stdout } = await workspace.expect(0, 'add', 'raw/deep', 'raw/b', 'raw/e', '--json');
    const { added } = JSON.parse(stdout) as {
      added: { path: string; part: string; what: string; bytes: number; files: number }[];
    };
    assert.deepEqual(
      added.map(({ path, part, what, bytes, files }) => [path, part, what, bytes, files]),
      [
        ['raw', 'raw/deep', 'updated', 8, 4],
        ['raw', 'raw/b', 'updated', 6, 3],
        ['raw', 'raw/e', 'updated', 8, 4],
      ],
    );
    workspace.remove('raw');
    await workspace.expect(0, 'checkout', 'raw');
    assert.equal(workspace.read('raw/a'), 'a\n');
    assert.equal(workspace.read('raw/deep/c'), 'c\n');
    assert.equal(workspace.read('raw/deeper'), 'd\n');
    assert.equal(workspace.read('raw/e'), 'e\n');
    assert.ok(statSync(workspace.path('raw/e')).mode & 0o100);
    assert.match((await workspace.expect(0, 'status', 'raw')).stdout, /up to date/);
  });

  testInWhole('of a part keeps empty folders as the whole would', async (context) => {
    const workspace = project(context, { 'raw/deep/c': 'c\n' });
    await workspace.expect(0, 'add', 'raw');
    workspace.remove('raw/deep/c');
    await workspace.expect(0, 'add', 'raw/deep/c');
    assert.equal((await workspace.expect(0, 'add', 'raw')).stdout, 'Unchanged: raw (2 files, 4 B)\n');
    workspace.write('raw/deep/d', 'd\n');
    await workspace.expect(0, 'add', 'raw/deep/d');
    assert.equal((await workspace.expect(0, 'add', 'raw')).stdout, 'Unchanged: raw (3 files, 6 B)\n');
  });

  testInWhole('takes patterns, options of the entry, and another pipeline file', async (context) => {
    const workspace = project(context, {
      'scans/1.png': '1',
      'scans/2.png': '2',
      'scans/x.txt': 'x',
      'sub/pipeline.yaml': 'stages: {}\n',
      'sub/z': 'z',
    });
    await workspace.expect(
      0,
      'add',
      '--glob',
      'scans/*.png',
      '--no-push',
      '-r',
      'archive',
      '--file',
      'sub/pipeline.yaml',
    );
    assert.equal(
      workspace.read('sub/pipeline.yaml'),
      'stages: {}\ndata:\n- path: ../scans/1.png\n  remote: archive\n  push: false\n- path: ../scans/2.png\n  remote: archive\n  push: false\n',
    );
    await runPipeMostlyHere(workspace.path('sub'), ['add', 'z']);
    assert.match(workspace.read('sub/pipeline.yaml'), /- path: z\n$/);
    assert.match(workspace.read('sub/pipeline.lock'), /- path: z\n/);
    await workspace.expect(0, 'add', 'scans/1.png', '--desc', 'first');
    assert.match(
      workspace.read('sub/pipeline.yaml'),
      /1\.png\n {2}remote: archive\n {2}push: false\n {2}desc: first\n/,
    );
    assert.match((await workspace.expect(1, 'add', '--glob', 'scans/*.gif')).stderr, /nothing matches/);
    assert.match((await workspace.expect(0, 'status')).stdout, /stale/);
  });

  test('begins a project where there is none', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, { 'raw.csv': 'r\n' });
    await workspace.expect(0, 'add', 'raw.csv');
    assert.equal(workspace.read('pipeline.yaml'), 'data:\n- path: raw.csv\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });

  test('with --no-commit records only the digest', async (context) => {
    const workspace = project(context);
    await workspace.expect(0, 'add', 'raw', '--no-commit');
    assert.match(workspace.read('pipeline.lock'), /- path: raw/);
    assert.equal((await workspace.expect(0, 'cache', 'size')).stdout, '0 objects, 0 B\n');
    await workspace.expect(0, 'commit', 'raw');
    assert.match((await workspace.expect(0, 'cache', 'size')).stdout, /^3 objects/);
  });

  test('refuses what cannot be data, says what to do, and changes nothing', async (context) => {
    const workspace = project(context, {
      'lines.txt': '1\n',
      'tracked/a': 'a',
      'real/x': 'x',
      'odd.txt': 'o',
    });
    symlinkSync('real', workspace.path('link'));
    symlinkSync('nowhere', workspace.path('broken'));
    git(workspace, 'add', 'tracked');
    git(workspace, 'commit', '-qm', 'tracked');
    await workspace.expect(0, 'add', 'raw');
    const before = workspace.read('pipeline.yaml');
    const cases: [string[], RegExp][] = [
      [['missing'], /'missing' does not exist/],
      [['broken'], /^error\[data-missing\]: 'broken' is a symlink that leads to nothing\n$/],
      [['od.txt'], /did you mean 'odd\.txt'/],
      [['.'], /the project folder itself cannot be data/],
      [['/etc/hosts'], /outside of the project/],
      [['http://x.org/y'], /is a URL[^]*import-url/],
      [['lines.txt'], /is an output of the stage 'count'[^]*commit -f count/],
      [['pipeline.yaml'], /belongs to the project itself/],
      [['.git'], /belongs to the project itself/],
      [['cache'], /holds the cache/],
      [['cache/objects'], /holds the cache/],
      [['link/x'], /behind the symlink 'link'/],
      [['tracked'], /git tracks 'tracked'[^]*git rm -r --cached tracked/],
      [['tracked/a'], /git tracks 'tracked\/a'/],
      [['raw/none'], /'raw\/none' does not exist/],
      [['odd.txt', 'real', 'real/x'], /'real\/x' is inside of 'real'/],
    ];
    for (const [args, expected] of sampleOf(cases, 7)) {
      const { code, stderr } = await workspace.pipe('add', ...args);
      assert.equal(code, 1, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, expected);
    }
    assert.equal(workspace.read('pipeline.yaml'), before);
    mkdirSync(workspace.path('outer'));
    workspace.write('outer/in/x', 'x');
    await workspace.expect(0, 'add', 'outer/in');
    assert.match(
      (await workspace.expect(1, 'add', 'outer')).stderr,
      /contains 'outer\/in', which is data already[^]*pipe remove outer\/in/,
    );
  });

  test('links files to the cache where links are configured, and unprotect undoes it', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, {
      'pipeline.yaml': 'config: {cache: {links: [hardlink]}}\nstages: {}\n',
      'big.bin': 'x'.repeat(100_000),
    });
    const { ino } = statSync(workspace.path('big.bin'));
    await workspace.expect(0, 'add', 'big.bin');
    const added = statSync(workspace.path('big.bin'));
    assert.deepEqual([added.ino, added.nlink], [ino, 2]);
    await workspace.expect(0, 'unprotect', 'big.bin');
    assert.equal(statSync(workspace.path('big.bin')).nlink, 1);
    rmSync(workspace.path('big.bin'));
    await workspace.expect(0, 'checkout');
    assert.equal(workspace.read('big.bin').length, 100_000);
  });

  testInWhole('with --no-copy shares the bytes, with --no-relink leaves the file alone', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, {
      'pipeline.yaml': 'config: {cache: {links: [symlink]}}\nstages: {}\n',
      one: '1',
      two: '2',
    });
    const { ino } = statSync(workspace.path('one'));
    await workspace.expect(0, 'add', '--no-copy', 'one');
    assert.deepEqual([statSync(workspace.path('one')).ino, statSync(workspace.path('one')).nlink], [ino, 2]);
    await workspace.expect(0, 'add', '--no-relink', 'two');
    assert.ok(lstatSync(workspace.path('two')).isFile());
    await workspace.expect(0, 'remove', '--outs', 'one', 'two');
  });

  test('in a dvc.yaml outside of a DVC repository says what to do', async (context) => {
    const workspace = makeWorkspaceMostlyHere(context, { 'dvc.yaml': 'stages: {}\n', a: 'a' });
    assert.match((await workspace.expect(1, 'add', 'a')).stderr, /rename it to pipeline\.yaml/);
  });
});
