// Remotes that are declared, tested and removed: what is printed, and what the files have afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream, globSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { startFileServer } from '../cache/remote/file-server.ts';
import { project } from './data-project.ts';
import { patchFs } from '../patched-fs.ts';
import { makeHere, runHere } from './here.ts';
import { gitIn } from '../git.ts';

test('remotes: declared in one file or another, the default one, and what they are called', async (t) => {
  const { both, out, json, err, read, write, remove, root, path } = await project(t);
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
  // The file for all projects has no path that is relative to one of them.
  const added = await runHere(path('sub'), ['remote', 'add', '--global', 'all', '../store'], {
    XDG_CONFIG_HOME: path('user'),
  });
  assert.deepEqual(
    [added.code, read('user/pipe/config.yaml')],
    [0, `remotes:\n  all:\n    url: ${root}/store\n`],
  );
  assert.match(await err(2, 'gc', '--cloud'), /does not know what to keep/);
  assert.match(await err(2, 'remote', 'modify', 'near', 'jobs'), /no value is given for 'jobs'/);
  assert.match(await err(1, 'remote', 'modify', 'nea', 'jobs', '2'), /no remote 'nea'\n.*near/);
  assert.match(
    await err(1, 'remote', 'rename', 'far', 'other'),
    /cache\/config\.yaml declares it: give --local/,
  );
  assert.match(await out(0, 'remote', 'trust', 'near'), /'near' is a folder: no credentials are sent there/);
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
  assert.match(await out(1, 'remote', 'default', '--local'), /no default/, 'none that the file names');
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
  const trusted = await runHere(root, ['remote', 'trust', 'web'], { XDG_CONFIG_HOME: path('user') });
  assert.match(trusted.stdout, /credentials of 'web' are sent to http:/);
  assert.deepEqual(JSON.parse(read('user/pipe/trusted-hosts.json')), {
    [root]: { web: new URL(server.url).origin },
  });
  server.answer = ({ method }, response) => {
    if (method === 'PROPFIND') response.writeHead(503, { 'retry-after': '0' }).end();
    return method === 'PROPFIND';
  };
  assert.match(await out(1, 'remote', 'test', 'web'), /^ {2}FAILED +list/m);
  assert.equal(server.files.size, 0, 'the file of the probe is removed');
  // Half of it arrived; what comes back is of the same length.
  server.answer = ({ method }, response, { path: key }) => {
    if (method !== 'PUT' && method !== 'GET') return false;
    if (method === 'GET') return Boolean(response.writeHead(200).end('0'.repeat(4096)));
    server.files.set(key, Buffer.from('half'));
    return Boolean(response.writeHead(403).end());
  };
  assert.match(await out(1, 'remote', 'test', 'web'), /^ {2}FAILED +write/m);
  assert.equal(server.files.size, 0, 'what arrived of the probe is removed');
  const { answer } = server;
  server.answer = (request, response, asked) => request.method === 'GET' && answer(request, response, asked);
  const damaged = await both(1, 'remote', 'test', 'web');
  assert.match(damaged.stdout, /^ {2}FAILED +read/m);
  assert.match(damaged.stderr, /what was read is not what was written/);
  server.answer = () => false;
  await out(0, 'remote', 'remove', 'web');
  assert.equal(await out(0, 'completion', 'names', 'remotes'), 'near\n');
  assert.equal(await out(0, 'completion', 'names', 'targets'), 'use\n');
  for (const shell of ['bash', 'zsh', 'fish'])
    assert.match(
      await out(0, 'completion', shell),
      /\brepro\b[^]*\bdoctor\b[^]*'[^']*\bbash zsh fish\b/,
      shell,
    );
  // A flag that may have a value.
  assert.match(await out(0, 'completion', 'fish'), /-l untracked-files -x /);
  assert.match(await out(0, 'completion', 'zsh'), /'\*--untracked-files\[with --data\]: : '/);
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
  const restore = patchFs(
    t,
    'statfsSync',
    (real) =>
      ((folder: string) =>
        Object.assign(real(folder), { type: 0x6969, bavail: 100_000, bsize: 4000 })) as typeof real,
  );
  const { findings: there } = (await json('doctor')) as { readonly findings: typeof findings };
  restore();
  const stateOf = (name: string): unknown => {
    const finding = there.find((one) => one['name'] === name)!;
    return [finding['state'], finding['text']];
  };
  assert.deepEqual(stateOf('space'), ['note', '400 MB free']);
  if (process.platform === 'linux')
    assert.deepEqual(stateOf('workspace'), [
      'slow',
      'NFS, probably over a network: looking at many files takes long',
    ]);
  // What git is to do with a lock file counts only where this clone knows how.
  const merging = async (): Promise<unknown> =>
    ((await json('doctor')) as { readonly findings: typeof findings }).findings.find(
      ({ name }) => name === 'git project',
    )!['state'];
  assert.equal(found.get('git project')![0], 'note');
  write('.gitattributes', 'pipeline.lock merge=pipe-lock\n');
  assert.equal(await merging(), 'note');
  execFileSync('git', ['config', 'merge.pipe-lock.driver', 'true'], { cwd: root });
  write('.gitattributes', '*.bin binary\n');
  assert.equal(await merging(), 'note');
  write('.gitattributes', 'pipeline.lock merge=pipe-lock\n');
  assert.equal(await merging(), 'ok');
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
  const git = gitIn(root);
  const declared = read('pipeline.yaml');
  write('pipeline.yaml', 'stages: 1\n');
  git('add', '-A');
  git('commit', '-qm', 'Wrong');
  write('pipeline.yaml', declared);
  for (const command of [['status', '--cloud'], ['push'], ['fetch']])
    assert.match(await err(1, ...command, '--rev', 'HEAD'), /HEAD:pipeline\.yaml/);
});

test('a password in a place where a program would take it for something else is shown and written nowhere', async (t) => {
  const { out, root, path, read, write } = await project(t);
  write('cache/config.yaml', 'remotes: {bad: {url: https://ada:h@u/sh@example.org/x}}\n');
  const before = read('pipeline.yaml');
  const run = async (...args: string[]): Promise<string> => {
    const ran = await runHere(root, args, { XDG_CACHE_HOME: path('home'), GIT_SSH_COMMAND: 'false' });
    assert.equal(ran.code, 1, args.join(' '));
    return ran.stdout + ran.stderr;
  };
  const said = new Map<string, string>();
  for (const url of [
    'https://ada:h@u/sh@example.org/x',
    'https://ada:h/u@sh@127.0.0.1:1/x',
    'ssh://ada:h@u/sh@example.org/x',
    'http::http://ada:hush@127.0.0.1:1/x',
    'ada:hush@example.org:x',
    'ada:h/u@sh@example.org:x',
    'ada:hush@example.org/x',
    '[ada:hush@example.org]:x',
  ]) {
    for (const args of [
      ['list', url],
      ['get', url, 'x'],
      ['import', url, 'x'],
      ['import', '--no-exec', url, 'x'],
    ])
      said.set(`${args.slice(0, -1).join(' ')} ${url}`, await run(...args));
    if (url.includes('://'))
      for (const args of [
        ['get', url],
        ['import-url', url],
        ['import-url', '--no-exec', url],
      ])
        said.set(args.join(' '), await run(...args));
  }
  said.set('remote', await run('remote', 'test', 'bad'));
  said.set('source', await run('get', 'remote://bad/x'));
  for (const [what, text] of said) {
    assert.doesNotMatch(text, /hush|h@u|sh@|h\/u|'u'|\bada\b/, what);
    if (!what.includes('http::')) assert.match(text, /password/, what);
  }
  assert.deepEqual([read('pipeline.yaml'), globSync('home/pipe/**', { cwd: root })], [before, []]);
  assert.match(await run('list', 'server:folder@none.git'), /git cannot read server:folder@none\.git/);
  assert.match(await out(0, 'remote', 'list'), /^bad\thttps:\/\/example\.org\/x/m);
});

test('no line of a file that can have secrets is shown, where a key is misspelled or the text is wrong', async (t) => {
  const { write, root, read, path } = await project(t);
  const run = async (...args: string[]): Promise<string> => {
    const ran = await runHere(root, args, { XDG_CONFIG_HOME: path('user') });
    assert.equal(ran.code, 1, args.join(' '));
    return ran.stdout + ran.stderr;
  };
  const remote = 'remotes:\n  web:\n    url: https://me:hush@example.org/x\n';
  const pipeline = read('pipeline.yaml');
  const files = ['cache/config.yaml', 'user/pipe/config.yaml'];
  for (const [file, text, place, what] of [
    ...files.map((one) => [one, `${remote}    pasword: hush\n`, ':4:5', /unknown key 'pasword'/] as const),
    ...files.map((one) => [one, `${remote}    password: [hush]\n`, ':4:15', /expected/] as const),
    ...files.map((one) => [one, `${remote}    password: "hush\n`, ':5:1', /closing/] as const),
    [
      'pipeline.yaml',
      `stages: {}\nconfig: {remotes: {web: {url: x, pasword: hush}}}\n`,
      ':2:34',
      /unknown key 'pasword'/,
    ] as const,
  ]) {
    write(file, text);
    for (const args of [['status'], ['remote', 'test', 'web']]) {
      const said = await run(...args);
      assert.match(said, what);
      assert.ok(said.includes(`${file}${place}`), said);
      assert.doesNotMatch(said, /hush/);
    }
    write(file, file === 'pipeline.yaml' ? pipeline : '');
  }
});

test('values in the configuration of DVC are quoted where they have to be, or refused', async (t) => {
  const { out, err, read } = makeHere(t, { '.dvc/config': '', 'dvc.yaml': 'stages: {}\n' });
  await out(0, 'remote', 'add', 'r', 'https://host.example.org/x', '-q');
  for (const [value, written] of [
    ['a, b', '"a, b"'],
    ['#a', '"#a"'],
    [' a', '" a"'],
    ["it's", "it's"],
    ['a "b",', `'a "b",'`],
    [`it's "b" c`, `'''it's "b" c'''`],
    [`a '''b''' "c" d`, `"""a '''b''' "c" d"""`],
    ['', '""'],
  ] as const) {
    await out(0, 'remote', 'modify', 'r', 'user', value, '-q');
    assert.ok(read('.dvc/config').endsWith(`\n    user = ${written}\n`), read('.dvc/config'));
  }
  const before = read('.dvc/config');
  assert.match(await err(1, 'remote', 'modify', 'r', 'user', 'a\nb'), /one line for each value/);
  assert.match(await err(1, 'remote', 'modify', 'r', 'user', `'''"""`), /all kinds of quotes/);
  assert.equal(read('.dvc/config'), before);
  await out(0, 'remote', 'modify', 'r', 'user', '--unset', '-q');
  assert.match(read('.dvc/config'), /\['remote "r"'\]\n {4}url = /);
});

test('a remote has one name in all files, its default goes with it, and git sees no file of this machine', async (t) => {
  const { out, err, read, path, write } = makeHere(t, { 'pipeline.yaml': 'stages: {}\n' });
  await out(0, 'remote', 'add', '--local', 'own', 'somewhere', '-q');
  assert.equal(read('cache/.gitignore'), '*\n');
  await out(0, 'remote', 'add', 'near', 'store', '-q');
  await out(0, 'remote', 'default', '--local', 'near', '-q');
  assert.match(
    await err(1, 'remote', 'rename', 'near', 'own'),
    /cache\/config\.yaml declares a remote 'own' already/,
  );
  await out(0, 'remote', 'rename', 'near', 'far', '-q');
  assert.equal(await out(0, 'remote', 'default'), 'far\n');
  assert.match(read('cache/config.yaml'), /^remote: far$/m);
  // A secret that is typed is one, too.
  write('typed', 'https://ada:hush@host.example.org/x\n');
  const { stdin } = process;
  t.after(() => Object.defineProperty(process, 'stdin', { value: stdin, configurable: true }));
  const typed = createReadStream(path('typed'));
  Object.defineProperty(process, 'stdin', { value: typed, configurable: true });
  assert.match(await err(1, 'remote', 'modify', 'far', 'url', '-'), /a URL with a password in it/);
  assert.doesNotMatch(read('pipeline.yaml'), /hush/);
});

test('what another file says of a remote counts: listed, private from the start, and in any letters of DVC', async (t) => {
  const { out, err, json, read, path } = makeHere(t, { 'pipeline.yaml': 'stages: {}\n' });
  await out(0, 'remote', 'add', '--local', 'web', 'https://me:hush@example.org/x', '-q');
  assert.equal(statSync(path('cache/config.yaml')).mode & 0o777, 0o600, 'a URL can have a secret, too');
  await out(0, 'remote', 'add', '-d', 'near', 'store', '-q');
  await out(0, 'remote', 'add', 'far', 'there', '-q');
  await out(0, 'remote', 'modify', '--local', 'near', 'url', 'elsewhere', '-q');
  await out(0, 'remote', 'default', '--local', 'far', '-q');
  const { remotes } = (await json('remote', 'list')) as {
    readonly remotes: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(
    remotes.map(({ remote, url, default: isDefault }) => [remote, url, isDefault]),
    [
      ['near', path('elsewhere'), false],
      ['far', path('there'), true],
      ['web', 'https://example.org/x', false],
    ],
  );

  const dvc = makeHere(t, { '.dvc/config': `['remote "web"']\n    url = https://example.org/x\n` });
  const before = dvc.read('.dvc/config');
  for (const option of ['Password', 'SECRET_ACCESS_KEY'])
    assert.match(
      await dvc.err(1, 'remote', 'modify', 'web', option, 'hush'),
      /is not written to \.dvc\/config/,
    );
  assert.equal(dvc.read('.dvc/config'), before);
  await dvc.out(0, 'remote', 'modify', 'web', 'user', 'ada', '-q');
  assert.match(await dvc.out(0, 'remote', 'modify', 'web', 'User', '--unset'), /^Removed 'User'/);
  assert.equal(dvc.read('.dvc/config'), before);
  assert.match(
    await err(1, 'remote', 'rename', 'near', 'web'),
    /config\.yaml declares a remote 'web' already/,
  );
  assert.doesNotMatch(read('pipeline.yaml'), /hush/);
});
