// Data from elsewhere: what it replaces, what is recorded of it, and what is printed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, globSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bringUpdates } from '../../src/cli/cli.ts';
import { makeHere } from './here.ts';
import { STAGES, project } from './data-project.ts';
import { gitIn } from '../git.ts';

test('what comes from elsewhere replaces nothing that is declared, and no file that was set aside before', async (t) => {
  const { out, err, json, write, read, path, remove, at } = await project(t);
  assert.match(await err(1, 'import-url', 'one.txt', 'used.txt'), /'used\.txt' is declared already/);
  // What fails leaves no folder that it made, and those that were there.
  mkdirSync(path('kept'));
  for (const [command, ...args] of [
    ['import-url', 'none', 'new/in/x'],
    ['import-url', 'none', 'kept/in/x'],
    ['import', 'none', 'x', '-o', 'new/in/x'],
    ['get', 'none', '-o', 'new/in/x'],
    ['get', 'none', 'x', '-o', 'kept/in/x'],
    ['add', 'none', '--out', 'new/in/x'],
    ['add', 'none', '--to-remote', '--out', 'new/in/x'],
  ] as const)
    assert.match(await err(1, command, ...args), /'\S*none' |no remote/, `${command} ${args.join(' ')}`);
  assert.deepEqual([existsSync(path('new')), readdirSync(path('kept'))], [false, []]);
  const nameless = await err(1, 'get', 'https://me:hunter22@example.org/');
  assert.match(nameless, /has no name for what comes from there/);
  assert.doesNotMatch(nameless, /hunter22/);
  assert.equal(read('pipeline.yaml'), STAGES);
  await out(0, 'import-url', 'one.txt', 'got.txt', '-q');
  assert.match(read('pipeline.lock'), /^- path: got\.txt$/m);
  remove('got.txt');
  await out(0, 'checkout', '-q');
  assert.equal(read('got.txt'), 'one', 'what was brought can be put back');
  // What it comes from is relative to the file that declares it.
  write('sub/pipeline.yaml', 'stages: {}\n');
  await at('sub').out(0, 'import-url', '../one.txt', '-q');
  assert.match(read('sub/pipeline.yaml'), /from: \.\.\/one\.txt$/m);
  write('one.txt', 'changed');
  const updates = async (...args: readonly string[]): Promise<number> =>
    ((await json('status', ...args)) as { readonly updates: readonly unknown[] }).updates.length;
  assert.deepEqual([await updates(), await updates('--no-updates')], [2, 0]);
  await out(0, 'update', 'sub/one.txt', '-q');
  assert.equal(read('sub/one.txt'), 'changed');
  write('got.txt', 'mine');
  assert.equal(
    await err(0, 'commit', 'got.txt'),
    '',
    'other than what comes from a repository, it can be pushed',
  );
  write('mine', 'not stored');
  assert.match(await err(0, 'get', 'one.txt', '-o', 'mine', '-f'), /saved mine: no stage made it/);
  const [saved] = (await json('cache', 'saved')) as readonly { readonly id: string; readonly at: string }[];
  remove('mine');
  await out(0, 'cache', 'restore', saved!.id);
  assert.equal(read('mine'), 'not stored');
  // Of a folder also what is ignored in it.
  write('from/f', '1');
  await out(0, 'import-url', 'from', 'folder', '-q');
  write('.pipeignore', '*.log\n');
  write('folder/my.log', 'mine');
  write('from/f', '2');
  assert.match(await err(0, 'update', 'folder'), /saved folder\/my\.log/);
  assert.equal(read('folder/f'), '2');
  remove('.pipeignore');
  // What is on a remote alone is not what was here.
  await out(0, 'remote', 'add', '-d', 'near', path('store'));
  write('got.txt', 'not stored');
  assert.match(
    await err(0, 'import-url', '--to-remote', '--force', 'one.txt', 'got.txt'),
    /saved got\.txt: no stage made it/,
  );
  assert.ok(!existsSync(path('got.txt')));
  await out(0, 'pull', '-q');
  assert.equal(read('got.txt'), 'changed');
  // A newer version goes to where the first one went.
  await out(0, 'remote', 'add', 'other', path('other'), '-q');
  await out(0, 'import-url', '--to-remote', '-r', 'other', 'one.txt', 'own.txt', '-q');
  write('one.txt', 'only for the other');
  await out(0, 'update', 'own.txt', '--to-remote', '-q');
  const has = (remote: string): boolean =>
    globSync(`${remote}/objects/sha256/*/*`, { cwd: path('.') }).some(
      (name) => read(name) === 'only for the other',
    );
  assert.deepEqual(['store', 'other'].map(has), [false, true]);
  // What is asked for is stronger than what is declared.
  await out(0, 'update', 'own.txt', '--to-remote', '-r', 'near', '-q');
  assert.deepEqual(['store', 'other'].map(has), [true, true]);
  // From a folder, its paths are those of the folder; what it is to be is declared.
  await at('sub').out(0, 'add', '../one.txt', '--out', 'copy.txt', '--no-push', '-q');
  assert.equal(read('sub/copy.txt'), 'only for the other');
  assert.match(read('sub/pipeline.yaml'), /- path: copy\.txt\n +push: false$/m);

  const dvc = makeHere(t, { '.dvc/config': '', x: 'git has it', new: 'n' });
  for (const args of [
    ['init', '-q'],
    ['add', 'x'],
  ])
    execFileSync('git', args, { cwd: dvc.root });
  for (const args of [
    ['import-url', 'new', 'x', '-f'],
    ['import-url', 'new', 'x', '-f', '--no-download'],
    ['import-url', 'new', 'x', '-f', '--no-exec'],
    ['add', 'new', '--out', 'x', '-f'],
  ])
    assert.match(await dvc.err(1, ...args), /git tracks 'x'/, args.join(' '));
  assert.deepEqual([dvc.read('x'), existsSync(dvc.path('x.dvc'))], ['git has it', false]);
  await dvc.out(0, 'remote', 'add', '-d', 'near', dvc.path('store'));
  // DVC does not record that what it sends so may be executed.
  chmodSync(dvc.path('new'), 0o755);
  await dvc.out(0, 'add', 'new', '--to-remote', '--out', 'sent/in/x', '-q');
  assert.match(dvc.read('sent/in/x.dvc'), /^outs:\n- md5: \w+\n {2}size: 1\n {2}hash: md5\n {2}path: x\n$/);
  await dvc.out(0, 'remote', 'add', 'drive', 'gdrive://root/x', '-q');
  assert.match(
    await dvc.err(1, 'remote', 'modify', '--local', 'drive', 'rclone', 'mine'),
    /remote-option[^]*'rclone'[^]*cache\/config\.yaml/,
  );
  assert.deepEqual(readdirSync(dvc.path('sent/in')).sort(), ['.gitignore', 'x.dvc']);

  const outside = makeHere(t, { new: 'n', x: '1', 'x.saved': '0' });
  assert.match(await outside.err(0, 'get', 'new', '-o', 'x', '-f'), /what was there is now 'x\.saved-2'/);
  assert.deepEqual(['x', 'x.saved', 'x.saved-2'].map(outside.read), ['n', '0', '1']);
});

test('imports: what was recorded alone, other data than was recorded, another name of the same commit', async (t) => {
  const { out, err, json, write, read, path, remove, root } = makeHere(t, {
    'pipeline.yaml': 'vars: [n: 1]\nstages:\n  gone: {cmd: "echo ${n} > g", outs: [g]}\n',
    in: 'one',
    'up/x': 'theirs',
  });
  // What the lock file has of the last run is not the business of an import.
  await out(0, 'repro', '-S', 'n=2', '-q');
  write('pipeline.yaml', 'stages: {}\n');
  const git = gitIn(path('up'));
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  for (const tag of ['v1', 'v2']) git('tag', tag);
  for (const name of ['later', 'changed']) await out(0, 'import-url', '--no-download', 'in', name, '-q');
  assert.match(read('pipeline.lock'), /n=2[^]*gone:/);
  assert.match(await out(0, 'pull', 'later'), /^A\tlater$/m);
  assert.equal(read('later'), 'one');
  write('in', 'two');
  assert.match(await err(1, 'pull'), /source-changed\]: the source of 'changed' has other data/);
  assert.ok(!existsSync(path('changed')));
  await out(0, 'update', 'changed', '-q');
  assert.equal(read('changed'), 'two');
  // So is what was edited by hand, which is saved.
  write('changed', 'mine');
  assert.match(await err(0, 'update', 'changed'), /^saved changed: /m);
  assert.equal(read('changed'), 'two');
  // What the cache has lost comes into it again.
  remove('cache/objects');
  await out(0, 'update', 'changed', '-q');
  remove('changed');
  await out(0, 'checkout', 'changed', '-q');
  assert.equal(read('changed'), 'two');

  await out(0, 'import', path('up'), 'x', '--rev', 'v1', '-q');
  await out(0, 'update', 'x', '--rev', 'v2', '-q');
  assert.match(read('pipeline.yaml'), /rev: v2$/m);
  remove('cache/objects');
  assert.match(await out(0, 'fetch', 'x'), /^Fetched 'x' /);
  assert.doesNotMatch(await out(0, 'fetch', 'x'), /^Fetched 'x' /m);
  const right = read('pipeline.lock');
  write('pipeline.lock', right.replace(hash('sha256', 'theirs'), hash('sha256', 'ours!!')));
  assert.match(await err(1, 'fetch', 'x'), /source-changed\]: the source of 'x' has other data/);
  write('pipeline.lock', right);
  assert.match(await err(1, 'update', '--rev', 'v1'), /'later'.* a URL, which has no revisions/);
  assert.equal(read('pipeline.lock'), right);
  // The revision that was recorded without its data, and not the present one.
  await out(0, 'import', '--no-download', path('up'), 'x', '-o', 'y', '-q');
  write('up/x', 'theirs, later');
  git('commit', '-qam', 'two');
  assert.match(await out(0, 'update', 'later', '--no-download'), /has nothing new|Recorded/);
  await out(0, 'pull', 'y', '-q');
  write('up/x', 'the last');
  git('commit', '-qam', 'three');
  assert.match(await err(1, 'update', 'y', '--to-remote'), /a repository, which has its data itself/);
  assert.equal(read('y'), 'theirs');
  const updates = async (): Promise<unknown> =>
    ((await json('status')) as { readonly updates: readonly { readonly from?: string }[] }).updates.map(
      (one) => ({ ...one, from: undefined }),
    );
  assert.deepEqual(await updates(), [{ name: 'y', from: undefined, what: 'changed' }]);
  remove('up/.git');
  const reason = `${path('up')} is not in git, so it has no revisions`;
  assert.deepEqual(
    await updates(),
    ['x', 'y'].map((name) => ({ name, from: undefined, what: 'unknown', reason })),
  );

  // What neither a cache nor a remote has comes from where the other project had it from: a part is that part.
  const theirs = makeHere(t, { 'pipeline.yaml': 'stages: {}\n', 'raw/a/x': 'of a', 'raw/b/x': 'of b' });
  await theirs.out(0, 'import-url', 'raw', 'd', '-q');
  for (const name of ['cache', 'd']) theirs.remove(name);
  await out(0, 'get', theirs.root, 'd/b', '-o', 'part', '-q');
  assert.deepEqual(
    [read('part/x'), readdirSync(path('part')), existsSync(path('part.whole'))],
    ['of b', ['x'], false],
  );
  assert.match(await err(1, 'get', theirs.root, 'd/c', '-o', 'none'), /has no 'd\/c'/);

  const dvc = makeHere(t, { '.dvc/config': '', 'dvc.yaml': 'stages: {}\n' });
  await dvc.out(0, 'import-url', join(root, 'in'), 'got', '-q');
  write('in', 'three');
  await dvc.out(0, 'import-url', join(root, 'up/x'), 'second', '-q');
  write('up/x', 'newer');
  await dvc.out(0, 'repro', '-q');
  assert.equal(dvc.read('got'), 'two', 'it is frozen');
  for (const name of ['got.dvc', 'second.dvc']) dvc.write(name, dvc.read(name).replace('frozen: true\n', ''));
  assert.match(await dvc.out(0, 'repro', '--dry'), /source of 'got\.dvc' has changed: a run brings it first/);
  assert.equal(dvc.read('got'), 'two');
  await dvc.out(0, 'repro', '-q');
  assert.deepEqual([dvc.read('got'), dvc.read('second')], ['three', 'newer']);
  remove('in');
  assert.match(await dvc.out(0, 'repro', '--dry'), /source of 'got\.dvc' cannot be read/);
  dvc.write('dvc.yaml', 'stages:\n  s: {cmd: echo 1 > o, outs: [o]}\n');
  assert.equal(await dvc.out(0, 'remove', 's'), "Removed 's': its outputs stay.\n");
});

test('brought updates exclude a DVC that runs at the same time, from the first to the last', async () => {
  const turns: string[] = [];
  const beside = {
    exclusive: async (work: () => Promise<void>): Promise<void> => {
      turns.push('held');
      await work();
      turns.push('free');
    },
  } as unknown as Parameters<typeof bringUpdates>[2];
  await bringUpdates([], undefined as never, beside);
  assert.deepEqual(turns, ['held', 'free']);
  await bringUpdates([], undefined as never, undefined);
});
