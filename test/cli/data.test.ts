// Data that is added, moved and removed, and remotes that are declared: what is printed, and what the files have afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { test } from 'node:test';
import { startFileServer } from '../cache/remote/file-server.ts';
import { copiesHere, makeHere } from './here.ts';

const STAGES = 'stages:\n  use: {cmd: cat raw/a.csv > used.txt, deps: [raw/a.csv], outs: [used.txt]}\n';
const FILES = {
  'pipeline.yaml': STAGES,
  'raw/a.csv': 'a\n',
  'raw/b.csv': 'bb\n',
  'one.txt': 'one',
  'sub/x': '',
};

const project = copiesHere(FILES, async ({ root }) => {
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: root });
  await Promise.resolve();
});

test('add, status --data, move and remove', async (t) => {
  const { out, json, err, read, write, path, root, remove } = await project(t);
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root });
  assert.equal(await out(0, 'add', 'raw', 'one.txt'), 'Added raw (2 files, 5 B)\nAdded one.txt (3 B)\n');
  assert.equal(read('pipeline.yaml'), `${STAGES}data:\n- path: raw\n- path: one.txt\n`);
  assert.equal(read('.gitignore'), '/raw\n/one.txt\n');
  assert.match(
    read('pipeline.lock'),
    /- path: raw\n {2}hash: sha256\n {2}sha256: \w+\.dir\n {2}size: 5\n {2}nfiles: 2\n/,
  );
  const { added } = (await json('add', 'raw')) as {
    readonly added: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(
    added.map(({ path, stage, file, what, bytes, files }) => [path, stage, file, what, bytes, files]),
    [['raw', 'raw', 'pipeline.yaml', 'unchanged', 5, 2]],
  );
  write('raw/b.csv', 'bbb\n');
  assert.equal(
    await out(0, 'status', '--data'),
    `Recorded, and not committed to git:
  (\`git commit\` the lock file, or the .dvc files)
    added: one.txt
    added: raw/

Changed, and not recorded:
  (\`pipe commit PATH\` records the change)
  (\`pipe checkout PATH\` discards it)
    modified: raw/
`,
  );
  assert.deepEqual(await json('status', '--data', '--granular'), {
    committed: { added: ['one.txt', 'raw/', 'raw/a.csv', 'raw/b.csv'] },
    uncommitted: { modified: ['raw/', 'raw/b.csv'] },
  });
  assert.deepEqual(await json('status', '--data', 'raw/b.csv'), {
    committed: { added: ['raw/b.csv'] },
    uncommitted: { modified: ['raw/b.csv'] },
  });
  assert.deepEqual(
    ((await json('status', '--data', '--untracked-files', 'all', 'sub')) as { untracked: unknown }).untracked,
    ['sub/x'],
  );
  await out(1, 'status', '--data', '--check');
  assert.equal(await out(0, 'add', 'raw/b.csv'), 'Updated raw by raw/b.csv (2 files, 6 B)\n');
  write('one.txt', 'two');
  assert.equal(await out(0, 'add', 'one.txt'), 'Updated one.txt (3 B)\n');
  write('one.txt', 'one');
  await out(0, 'add', 'one.txt', '-q');
  symlinkSync('sub', path('link'));
  write('sub/in/x', '');
  for (const [name, why] of [
    ['none', /'none' does not exist/],
    ['used.txt', /'used\.txt' is an output of the stage 'use'/],
    ['raw/..', /the project folder itself cannot be data/],
    ['pipeline.yaml', /belongs to the project itself/],
    ['cache', /holds the cache, or is a part of it/],
    ['link/x', /'link\/x' is behind the symlink 'link'/],
    ['link/in/x', /'link\/in\/x' is behind the symlink 'link'/],
  ] as const)
    assert.match(await err(1, 'add', name), why);
  const before = read('pipeline.yaml');
  write('pipeline.yaml', `${before}config: {cache: {dir: sub/store}}\n`);
  assert.match(await err(1, 'add', 'sub'), /'sub' holds the cache/);
  write('pipeline.yaml', before);
  remove('link');
  remove('sub/in');
  // A pattern means no hidden files; links that are configured are for other files than those of --no-relink.
  write('.secret.txt', '');
  write('two.txt', '2');
  write('pipeline.yaml', `${read('pipeline.yaml')}config: {cache: {links: [hardlink]}}\n`);
  assert.equal(await out(0, 'add', '--no-relink', '--glob', '*wo.txt'), 'Added two.txt (1 B)\n');
  await err(1, 'add', '--glob', '.secret.tx?');
  assert.equal(statSync(path('two.txt')).nlink, 1);
  await out(0, 'remove', 'two.txt');
  for (const name of ['.secret.txt', 'two.txt']) remove(name);
  await out(0, 'add', 'one.txt', '--desc', 'First');
  assert.match(read('pipeline.yaml'), /- path: one\.txt\n {2}desc: First\n/);
  write('pipeline.yaml', `${STAGES}data:\n- path: raw\n- path: one.txt\n`);
  git('add', '-A');
  git('commit', '-qm', 'Data');
  assert.match(await err(1, 'move', 'one.txt', 'raw'), /'raw\/one\.txt' is inside of the data 'raw'/);

  assert.deepEqual(await json('move', 'raw', 'data'), {
    from: 'raw',
    to: 'data',
    stage: 'data',
    readers: ['use'],
  });
  assert.equal(await out(0, 'move', 'one.txt', 'sub'), 'Moved one.txt to sub/one.txt.\n');
  assert.equal(read('pipeline.yaml'), `${STAGES}data:\n- path: data\n- path: sub/one.txt\n`);
  assert.deepEqual([read('.gitignore'), read('sub/.gitignore')], ['/data\n', '/one.txt\n']);
  assert.deepEqual(
    [read('data/b.csv'), read('sub/one.txt'), existsSync(path('raw'))],
    ['bbb\n', 'one', false],
  );
  assert.deepEqual(await json('status', '--data', '--untracked-files', '--unchanged'), {
    committed: {
      renamed: [
        { old: 'raw/', new: 'data/' },
        { old: 'one.txt', new: 'sub/one.txt' },
      ],
    },
    untracked: ['sub/.gitignore'],
  });
  assert.match(await err(1, 'add', 'sub'), /'sub' contains 'sub\/one\.txt', which is data already/);
  assert.match(await err(1, 'move', 'data', 'data/in/it'), /is inside of what is to be moved/);
  assert.match(await err(1, 'move', 'data', 'sub/x'), /'sub\/x' exists, and is not replaced/);
  assert.match(await err(1, 'move', 'used.txt', 'y'), /'used\.txt' is an output of the stage 'use'/);
  git('add', '-A');
  git('commit', '-qm', 'Moved');
  assert.deepEqual(await json('status', '--data', '--unchanged'), { unchanged: ['data/', 'sub/one.txt'] });
  await out(0, 'remote', 'add', '-d', '--local', 'far', 'far');
  await out(0, 'status', '--data', '--check');
  assert.match(await out(1, 'status', '--data', '--not-in-remote', '--check'), / data\/\n/);
  assert.deepEqual(await json('status', '--data', '--not-in-remote', '--granular', 'data'), {
    not_in_remote: ['data/', 'data/a.csv', 'data/b.csv'],
  });

  assert.equal(
    await out(0, 'remove', 'sub/one.txt'),
    "Removed 'sub/one.txt': sub/one.txt stays, and is not tracked any more.\n",
  );
  assert.equal(read('sub/one.txt'), 'one');
  assert.deepEqual(await json('remove', 'data', '--outs'), {
    removed: [{ stage: 'data', outs: ['data'] }],
    files: 'removed',
    saved: [],
  });
  assert.ok(!existsSync(path('data')));
  assert.equal(read('pipeline.yaml'), STAGES);
  assert.doesNotMatch(read('pipeline.lock'), /path/);
  for (const name of ['.gitignore', 'sub/.gitignore'])
    assert.ok(!existsSync(path(name)) || !/data|one/.test(read(name)), name);
  assert.match(await err(1, 'remove', 'used.txt'), /'used\.txt' is an output of the stage 'use'/);
});

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

  const dvc = makeHere(t, { '.dvc/config': '', x: 'git has it', new: 'n' });
  for (const args of [
    ['init', '-q'],
    ['add', 'x'],
  ])
    execFileSync('git', args, { cwd: dvc.root });
  for (const more of [[], ['--no-download']])
    assert.match(await dvc.err(1, 'import-url', 'new', 'x', '-f', ...more), /git tracks 'x'/);
  assert.deepEqual([dvc.read('x'), existsSync(dvc.path('x.dvc'))], ['git has it', false]);
  await dvc.out(0, 'remote', 'add', '-d', 'near', dvc.path('store'));
  await dvc.out(0, 'add', 'new', '--to-remote', '--out', 'sent/in/x', '-q');
  assert.deepEqual(readdirSync(dvc.path('sent/in')).sort(), ['.gitignore', 'x.dvc']);

  const outside = makeHere(t, { new: 'n', x: '1', 'x.saved': '0' });
  assert.match(await outside.err(0, 'get', 'new', '-o', 'x', '-f'), /what was there is now 'x\.saved-2'/);
  assert.deepEqual(['x', 'x.saved', 'x.saved-2'].map(outside.read), ['n', '0', '1']);
});

test('the display of a long transfer is for people: none with -q or --json', async (t) => {
  const { both, write } = await project(t);
  write('pipeline.yaml', `${STAGES}config: {remotes: {near: {url: store}}}\n`);
  // As if everything took long.
  t.mock.method(globalThis, 'setInterval', (show: () => void) => {
    show();
    return setTimeout(() => undefined);
  });
  for (const [command, path, shown] of [
    ['add', 'one.txt', /^Adding /m],
    ['push', 'one.txt', /^Pushing /m],
    ['get', 'one.txt', /^Downloading /m],
  ] as const) {
    for (const flags of [['-q'], ['--json'], []]) {
      const args = command === 'get' ? [path, '-o', `got${flags.join('')}`] : [path];
      const { stderr } = await both(0, command, ...args, ...flags);
      assert.equal(shown.test(stderr), flags.length === 0, `${command} ${flags.join('')}: ${stderr}`);
    }
  }
});

test('push and pull: what is dry, damaged, of other outputs, behind a link or read-only', async (t) => {
  const { out, err, path, read, write, remove } = await project(t);
  write('pipeline.yaml', `${STAGES}config: {remotes: {near: {url: store, trust: true}}}\n`);
  await out(0, 'repro', '-q');
  assert.match(await out(0, 'push', '--run-cache', '--dry'), /^Would push 1 object /);
  assert.ok(!existsSync(path('store')));
  await out(0, 'push', '--run-cache', '-q');
  assert.doesNotMatch(await out(0, 'fetch', '--run-cache'), /result/, 'what is recorded is no earlier run');
  const [sent] = globSync('store/objects/sha256/*/*', { cwd: path('.') });
  // It is read-only.
  remove(sent!);
  write(sent!, 'a part');
  assert.match(await out(1, 'status', '--cloud', '--check'), /new: +used\.txt/, 'the next push replaces it');
  for (const name of ['cache', 'used.txt']) remove(name);
  const ran = await out(0, 'repro', '--pull');
  assert.match(ran, /the remote 'near' has something else for 'used\.txt' of 'use'[^]*\b1 ran\b/);
  await out(0, 'push', '-q');
  assert.equal(read(sent!), 'a\n');
  const [record] = globSync('store/runs/*/*', { cwd: path('.') });
  const ofOthers = read(record!).replace(/\{"path":"used\.txt"([^}]*\}\})/, '$&,{"path":"other"$1');
  remove(record!);
  write(record!, ofOthers);
  for (const name of ['cache', 'pipeline.lock', 'used.txt']) remove(name);
  assert.match(
    await out(0, 'repro', '--pull'),
    /\b1 ran\b/,
    'a record of other outputs is none of this stage',
  );
  assert.doesNotMatch(read('pipeline.lock'), /other/);
  remove('store');
  const [object] = globSync('cache/objects/sha256/*/*', { cwd: path('.') });
  remove(object!);
  write(object!, 'b\n');
  assert.match(await err(1, 'push', '--run-cache'), /push-missing[^]* set aside/);
  assert.ok(!existsSync(path('store/runs')), 'no record of a run without its objects');

  write('raw/in/c.csv', 'c\n');
  write('pipeline.yaml', 'data: [{path: raw}]\nconfig: {remotes: {near: {url: store}}}\n');
  await out(0, 'commit', '-q');
  await out(0, 'push', '-q');
  remove('raw/in');
  symlinkSync('../sub', path('raw/in'));
  assert.match(await err(1, 'pull', 'raw/in/c.csv'), /checkout-unsaved/);
  assert.ok(!existsSync(path('sub/c.csv')), 'nothing is written to where a link leads');

  const dvc = makeHere(t, {
    '.dvc/config': `['remote "far"']\n    url = ../store\n    read_only = true\n[core]\n    remote = far\n`,
    'dvc.yaml': STAGES,
    'raw/a.csv': 'a\n',
  });
  await dvc.out(0, 'repro', '-q');
  assert.match(await dvc.err(1, 'push'), /the remote 'far' is declared as read-only/);
  // DVC does not distinguish the letters of options.
  const config = dvc.read('.dvc/config').replace('read_only', 'verify');
  dvc.write('.dvc/config', config);
  await dvc.out(0, 'remote', 'modify', 'far', 'Verify', 'false', '-q');
  assert.equal(dvc.read('.dvc/config'), config.replace('true', 'false'));
  assert.ok(!existsSync(dvc.path('store')));
});

test('pull replaces what is damaged in the cache, beside data that is on no remote', async (t) => {
  const { out, err, path, read, write, remove } = makeHere(t, {
    'pipeline.yaml': `stages: {}
data: [a, {path: own, push: false}, {path: other, push: false}]
config: {remotes: {near: {url: store}}}
`,
    a: 'damaged later',
    own: '1',
    other: '2',
  });
  await out(0, 'commit', '-q');
  await out(0, 'push', '-q');
  const [object] = globSync('cache/objects/sha256/*/*', { cwd: path('.') }).filter(
    (name) => read(name) === 'damaged later',
  );
  for (const name of [object!, 'a', 'own']) remove(name);
  write(object!, 'other letters');
  await out(0, 'pull', '-q');
  assert.deepEqual([read('a'), read('own')], ['damaged later', '1']);
  for (const name of ['cache/objects', 'a', 'own', 'other']) remove(name);
  assert.match(await err(1, 'pull', '-q'), /'own'[^]*'other'|'other'[^]*'own'/);
  assert.equal(read('a'), 'damaged later');
});

test('remotes: declared in one file or another, the default one, and what they are called', async (t) => {
  const { out, json, err, read, write, remove, root, path } = await project(t);
  assert.equal(
    await out(0, 'remote', 'add', '-d', 'near', 'store'),
    "Added the remote 'near' to pipeline.yaml.\n'near' is the default remote from now on.\n",
  );
  await out(0, 'remote', 'add', '--local', 'far', 's3://bucket/x');
  await out(0, 'remote', 'modify', '--local', 'far', 'region', 'eu');
  // A secret goes into no file that git shares, into one that its owner alone reads, and into no output.
  assert.match(await err(1, 'remote', 'modify', 'near', 'password', 'hunter22'), /password/);
  assert.doesNotMatch(read('pipeline.yaml'), /hunter22/);
  await out(0, 'remote', 'modify', '--local', 'far', 'secret_access_key', 'hunter22');
  assert.equal(statSync(path('cache/config.yaml')).mode & 0o777, 0o600);
  await out(0, 'remote', 'add', '--local', 'web', 'https://me:hunter22@example.org/x');
  for (const args of [[], ['-v'], ['--json']])
    assert.doesNotMatch(await out(0, 'remote', 'list', ...args), /hunter22/);
  await out(0, 'remote', 'remove', '--local', 'web');
  await out(0, 'remote', 'modify', '--local', 'far', 'secret_access_key', '--unset');
  assert.match(await err(2, 'gc', '--cloud'), /does not know what to keep/);
  assert.equal(await out(0, 'remote', 'list'), `near\t${root}/store\t(default)\nfar\ts3://bucket/x\n`);
  const option = (name: string, value: string, file: string): object => ({ option: name, value, file });
  assert.deepEqual(await json('remote', 'list'), {
    remotes: [
      {
        remote: 'near',
        url: `${root}/store`,
        default: true,
        options: [option('url', 'store', 'pipeline.yaml')],
      },
      {
        remote: 'far',
        url: 's3://bucket/x',
        default: false,
        options: [
          option('url', 's3://bucket/x', 'cache/config.yaml'),
          option('region', 'eu', 'cache/config.yaml'),
        ],
      },
    ],
  });
  assert.equal(await out(0, 'remote', 'list', '--local'), 'far\ts3://bucket/x\t(default)\n');
  assert.equal(await out(0, 'remote', 'default'), 'near\n');
  await out(0, 'remote', 'default', '--local', 'far');
  assert.deepEqual(
    [await out(0, 'remote', 'default'), await out(0, 'remote', 'default', '--project')],
    ['far\n', 'near\n'],
  );
  await out(0, 'remote', 'rename', '--local', 'far', 'away');
  assert.equal(await out(0, 'remote', 'default'), 'away\n');
  await out(0, 'remote', 'modify', '--local', 'away', 'region', '--unset');
  assert.match(await out(0, 'remote', 'modify', '--local', 'away', 'region', '--unset'), /has no 'region'/);
  await out(0, 'remote', 'remove', '--local', 'away');
  assert.equal(await out(0, 'remote', 'default'), 'near\n', 'a default names what is there');
  await out(0, 'remote', 'add', 'gone', 'z');
  await out(0, 'remote', 'default', '--local', 'gone');
  await out(0, 'remote', 'remove', 'gone');
  assert.equal(await out(0, 'remote', 'default'), 'near\n', 'in another file, too');
  assert.match(await err(1, 'remote', 'add', 'near', 'y'), /pipeline\.yaml declares a remote 'near' already/);
  assert.match(await err(1, 'remote', 'remove', 'nearr'), /did you mean 'near'/);
  await out(0, 'remote', 'add', '-f', 'near', 'other');
  assert.match(
    read('pipeline.yaml'),
    /config:\n {2}remotes:\n {4}near:\n {6}url: other\n {2}remote: near\n$/,
  );
  const tested = (await json('remote', 'test', 'near')) as Readonly<Record<string, unknown>>;
  assert.deepEqual(
    [
      tested['ok'],
      (tested['steps'] as readonly Readonly<Record<string, unknown>>[]).map(({ step, state }) => [
        step,
        state,
      ]),
    ],
    [true, ['open', 'write', 'look', 'read', 'list', 'remove'].map((step) => [step, 'ok'])],
  );
  write('blocked', 'a file');
  await out(0, 'remote', 'add', 'bad', 'blocked');
  assert.match(await out(1, 'remote', 'test', 'bad'), /^ {2}FAILED /m);
  assert.match(await err(1, 'remote', 'remove', 'elsewhere'), /help: there are: near, bad\n/);
  await out(0, 'remote', 'remove', 'bad');
  // A server that cannot list is as good as others; one that fails to is not.
  const server = await startFileServer(t);
  await out(0, 'remote', 'add', 'web', server.url);
  assert.match(await out(0, 'remote', 'test', 'web'), /cannot list files/);
  server.answer = ({ method }, response) => {
    if (method === 'PROPFIND') response.writeHead(503, { 'retry-after': '0' }).end();
    return method === 'PROPFIND';
  };
  assert.match(await out(1, 'remote', 'test', 'web'), /^ {2}FAILED +list/m);
  assert.equal(server.files.size, 0, 'the file of the probe is removed');
  await out(0, 'remote', 'remove', 'web');
  assert.equal(await out(0, 'completion', 'names', 'remotes'), 'near\n');
  assert.equal(await out(0, 'completion', 'names', 'targets'), 'use\n');
  for (const shell of ['bash', 'zsh', 'fish'])
    assert.match(
      await out(0, 'completion', shell),
      /\brepro\b[^]*\bdoctor\b[^]*'[^']*\bbash zsh fish\b/,
      shell,
    );
  assert.match(await out(0, 'completion', 'zsh'), /\) _pipe_exp_run ;;\n[^]*\) _pipe_exp_pull ;;\n/);
  await out(0, 'remote', 'add', 'new', 'not-yet');
  const { ok, findings } = (await json('doctor')) as {
    readonly ok: boolean;
    readonly findings: readonly Readonly<Record<string, unknown>>[];
  };
  const found = new Map(findings.map(({ name, state, text }) => [name, [state, text]]));
  assert.deepEqual(
    [ok, found.get('remote near')![0], found.get('lock file')],
    [true, 'ok', ['ok', 'pipeline.lock: 0 of 1 stages recorded']],
  );
  const about = `${root}/not-yet does not exist; the first push makes it`;
  assert.deepEqual(found.get('remote new'), ['note', about]);
  await out(0, 'remote', 'remove', 'new');
  assert.equal(await out(0, 'unprotect', 'use'), '0 links to the cache replaced by files of their own.\n');
  // What the remote lacks; and a revision that cannot be read is a failure, whatever the others say.
  await out(0, 'add', 'one.txt', '-q');
  assert.match(await out(1, 'status', '--cloud', '--check'), /new: +one\.txt/);
  await out(0, 'push', '-q');
  await out(0, 'status', '--cloud', '--check');
  // One difference is enough, of whichever output and on whichever remote.
  await out(0, 'add', 'raw/b.csv', '-q');
  assert.match(await out(1, 'status', '--cloud', '--check'), /^'near' .*:\n {2}new: +raw\/b\.csv .*\n\(/);
  await out(0, 'push', '-q');
  await out(0, 'status', '--cloud', '--check');
  const [near] = globSync('other/objects/sha256/*/*', { cwd: root });
  remove(near!.replace('other', 'cache'));
  assert.match(await out(1, 'status', '--cloud', '--check'), /^'near' .*:\n {2}deleted: .*\n\(/);
  await out(0, 'add', 'sub/x', '-q');
  assert.match(
    await out(1, 'status', '--cloud', '--check'),
    /\n\(`pipe push` .* new; `pipe fetch` .* here\)\n/,
  );
  await out(0, 'fetch', '-q');
  await out(0, 'push', '-q');
  await out(0, 'remote', 'add', 'second', 'second');
  for (const name of ['one.txt', 'raw/b.csv']) {
    const before = read('pipeline.yaml');
    write('pipeline.yaml', before.replace(`- path: ${name}\n`, `$&  remote: second\n`));
    assert.match(await out(1, 'status', '--cloud', '--check'), /^'second' .*:\n {2}new: /m);
    write('pipeline.yaml', before);
  }
  await out(0, 'status', '--cloud', '--check');
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root });
  const declared = read('pipeline.yaml');
  write('pipeline.yaml', 'stages: 1\n');
  git('add', '-A');
  git('commit', '-qm', 'Wrong');
  write('pipeline.yaml', declared);
  for (const command of [['status', '--cloud'], ['push'], ['fetch']])
    assert.match(await err(1, ...command, '--rev', 'HEAD'), /HEAD:pipeline\.yaml/);
});

test('gc --projects keeps what commits of the other project recorded, too', async (t) => {
  const pipeline = 'stages:\n  s: {cmd: cat in > o, deps: [in], outs: [o]}\n';
  const { at, write, root, path } = makeHere(t, {
    'one/pipeline.yaml': pipeline,
    'two/pipeline.yaml': pipeline,
    'one/in': 'of a commit of two',
    'two/in': 'of a commit of two',
  });
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root });
  for (const project of ['one', 'two']) await at(project).out(0, 'repro', '-q');
  git('init', '-q');
  git('add', 'two/pipeline.lock');
  git('commit', '-q', '-m', 'one');
  for (const project of ['one', 'two']) {
    write(`${project}/in`, `later in ${project}`);
    await at(project).out(0, 'repro', '-q');
  }
  const objects = (): number => globSync('cache/objects/sha256/*/*', { cwd: path('one') }).length;
  await at('one').out(0, 'gc', '--all-commits', '--projects', '../two');
  assert.equal(objects(), 2);
  await at('one').out(0, 'gc', '--all-commits');
  assert.equal(objects(), 1);
});

test('of data on one line, what is meant is moved and removed, and the rest stays as it is declared', async (t) => {
  const { out, err, json, read } = makeHere(t, {
    'pipeline.yaml': 'stages: {}\ndata: [a, b, {path: c, push: false}]\n',
    ...Object.fromEntries(['a', 'b', 'c/in', 'd'].map((name) => [name, name])),
  });
  await out(0, 'commit', '-q');
  const declared = (): string => /^data: (.*)$/m.exec(read('pipeline.yaml'))![1]!;
  assert.match(await err(1, 'move', 'b', 'c/x'), /'c\/x' is inside of the data 'c'/);
  await out(0, 'move', 'b', 'bb', '-q');
  assert.equal(declared(), '[a, bb, {path: c, push: false}]');
  await out(0, 'add', 'd', '--no-push', '-q');
  assert.equal(declared(), '[a, bb, {path: c, push: false}, {path: d, push: false}]');
  assert.deepEqual(await json('remove', 'a', 'c'), {
    removed: ['a', 'c'].map((name) => ({ stage: name, outs: [name] })),
    files: 'kept',
    saved: [],
  });
  assert.equal(declared(), '[bb, {path: d, push: false}]');
  assert.equal(
    await out(0, 'remove', 'bb', 'd'),
    ['bb', 'd'].map((name) => `Removed '${name}': ${name} stays, and is not tracked any more.\n`).join(''),
  );
  assert.deepEqual([read('a'), read('bb')], ['a', 'b']);
});

test('a `.dvc` file of several paths: each is named by itself, and they are removed together', async (t) => {
  const { out, err, read, write, remove } = makeHere(t, {
    '.dvc/config': '',
    'folder.dvc/x': 'No record of data.',
    'a/x': '1',
    'b/y': '2',
    c: '3',
  });
  await out(0, 'add', 'a', 'b', 'c', '-q');
  write('a.dvc', read('a.dvc') + read('b.dvc').replace('outs:\n', ''));
  remove('b.dvc');
  assert.match(await err(1, 'move', 'c', 'b/z'), /'b\/z' is inside of the data 'b'/);
  assert.match(await err(1, 'move', 'b/y', 'd'), /'b\/y' is a part of the data 'b'/);
  assert.match(
    await err(1, 'move', 'b', 'd'),
    /'a\.dvc' is of 2 paths[^]*`pipe remove a\.dvc`, then `pipe add a b`/,
  );
  assert.equal(await out(0, 'remove', 'b'), "Removed 'a.dvc': a, b stay, and are not tracked any more.\n");
});

test('sizes in a repository of DVC, whose lists of files have none, are those of the objects, or unknown', async (t) => {
  const { out, json, read, write, path, remove, root } = makeHere(t, {
    '.dvc/config': '',
    'd/x': 'x',
    'd/y': 'yy',
    one: '1',
  });
  await out(0, 'add', 'd', 'one', '-q');
  write('d/z', 'zzz');
  await out(0, 'add', 'd/z', '-q');
  assert.match(read('d.dvc'), /\n {2}size: 6\n {2}nfiles: 3\n/);
  // As DVC leaves it: the other sizes are not in the list.
  write('d/x', 'longer');
  await out(0, 'add', 'd/x', '-q');
  assert.match(read('d.dvc'), /^outs:\n- md5: \w+\.dir\n {2}nfiles: 3\n/);
  const sizes = async (...targets: readonly string[]): Promise<unknown> =>
    (
      (await json('du', ...targets)) as { readonly entries: readonly { readonly bytes?: number }[] }
    ).entries.map(({ bytes }) => bytes);
  assert.deepEqual(await sizes(), [11, 1]);
  write('d.dvc', read('d.dvc').replace('  nfiles: 3\n', ''));
  assert.deepEqual(await sizes('one', 'd'), [6, 2, 3, 1]);
  assert.deepEqual(await sizes(), [11, 1]);
  const [object] = globSync('.dvc/cache/files/md5/*/*', { cwd: path('.') }).filter(
    (name) => read(name) === 'yy',
  );
  remove(object!);
  assert.deepEqual(
    [await sizes('d'), await sizes()],
    [
      [6, undefined, 3],
      [undefined, 1],
    ],
  );
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root });
  git('init', '-q');
  git('add', 'd.dvc', 'one.dvc');
  git('commit', '-qm', 'Before');
  for (const [from, to] of ['xr', 'zs']) write(`d/${to}`, read(`d/${from}`));
  for (const name of ['x', 'z']) remove(`d/${name}`);
  for (const [name, text] of [
    ['d/a', '4444'],
    ['d/b', '55555'],
    ['one', '333'],
  ] as const)
    write(name, text);
  await out(0, 'add', 'd', 'one', '-q');
  git('commit', '-qam', 'After');
  const [a, b] = [
    { path: 'd/a', size: 4 },
    { path: 'd/b', size: 5 },
  ];
  const renamed = (old: string, now: string, size: number): object => ({ path: { old, new: now }, size });
  assert.deepEqual(await json('diff', 'HEAD~1', 'HEAD'), {
    added: [a, b],
    deleted: [],
    // What no record says is unknown, and not nothing.
    modified: [
      { path: 'd/', size: { old: null, new: 20 } },
      { path: 'one', size: { old: 1, new: 3 } },
    ],
    renamed: [renamed('d/x', 'd/r', 6), renamed('d/z', 'd/s', 3)],
  });
  const { deleted } = (await json('diff', 'HEAD', 'HEAD~1')) as { readonly deleted: unknown };
  assert.deepEqual(deleted, [a, b]);
  // Each warning about the pipeline is in the output of a run.
  const split = (name: string): string => `  ${name}:\n    cmd: |\n      true \\\n        true\n`;
  write('dvc.yaml', `stages:\n${split('a')}${split('b')}`);
  assert.equal((await out(0, 'repro')).match(/warning\[split-command\]/g)?.length, 2);
});

test('a part that fills a folder which was recorded as empty replaces its entry', async (t) => {
  const { out, err, path, read, write } = makeHere(t, {
    'pipeline.yaml': 'stages: {}\n',
    'd/x': 'x',
    'd/xx': 'beside',
  });
  mkdirSync(path('d/empty'));
  await out(0, 'add', 'd');
  write('d/empty/y', 'y');
  await out(0, 'add', 'd/empty/y');
  // What is left of a folder is no empty one.
  write('d/empty/z', 'z');
  await out(0, 'add', 'd/empty/z');
  rmSync(path('d/empty/z'));
  await out(0, 'add', 'd/empty/z');
  await out(0, 'status', '--data', '--check');
  write('d/x', 'program');
  chmodSync(path('d/x'), 0o755);
  write('d/xx', 'not added');
  await out(0, 'add', 'd/x');
  rmSync(path('d'), { recursive: true });
  await out(0, 'checkout');
  assert.deepEqual([read('d/x'), read('d/xx'), read('d/empty/y')], ['program', 'beside', 'y']);
  assert.equal(statSync(path('d/x')).mode & 0o111, 0o111);
  write('.pipeignore', '*.tmp\n');
  write('own.tmp', 'never stored');
  assert.match(await err(1, 'add', 'own.tmp'), /'own\.tmp' is ignored by \.pipeignore/);
});
