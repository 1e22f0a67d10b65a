// push, fetch and pull as people use them.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { cloneOf, config, makeProject, objectsIn, pipeline } from '../cache/remote/shared-project.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';

test('push here, pull there: modes, empty folders and symlinks too, and nothing is left to do', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const project = await makeProject(t, home.path('remote'));
  assert.match((await project.expect(0, 'push', '--dry')).stdout, /^Would push 4 objects /);
  assert.deepEqual(objectsIn(home.path('remote')), []);
  assert.match(
    (await project.expect(0, 'push')).stdout,
    /^Pushed 4 objects \(\d+ B\) to 'shared' \(.*remote\)\.\n$/,
  );
  assert.match(
    (await project.expect(0, 'push')).stdout,
    /^'shared' \(.*remote\) has everything already\.\n$/,
  );
  const clone = cloneOf(t, project);
  const { stdout } = await clone.expect(0, 'pull');
  assert.match(stdout, /^Fetched 4 objects \(\d+ B\) from 'shared' \(.*\)\.\nA\tmade\nA\tsum\.txt\n$/);
  assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
  assert.match((await clone.expect(0, 'status', '--check')).stdout, /up to date/);
  assert.deepEqual((await clone.repro()).ran, []);
  assert.equal(
    (await clone.expect(0, 'pull')).stdout,
    'The cache has everything already.\nEverything is as the lock file records it.\n',
  );

  for (const path of ['cache', 'made']) clone.remove(path);
  const part = await clone.expect(0, 'pull', 'made/one');
  assert.match(part.stdout, /^Fetched 1 object \(4 B\) from 'shared' \(.*\)\.\nA\tmade\/one\n$/);
  assert.deepEqual(readdirSync(clone.path('made')), ['one']);
  assert.ok((statSync(clone.path('made/one')).mode & 0o100) !== 0);
});

test('fetch fills the cache and leaves the workspace; repro restores from it', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  const own = '  own: {cmd: echo own > own, outs: [{own: {push: false}}]}\n';
  project.write('pipeline.yaml', pipeline + own + config(server.url));
  await project.repro();
  await project.expect(0, 'push');
  const clone = cloneOf(t, project);
  clone.remove('own');
  assert.match((await clone.expect(0, 'fetch')).stdout, /^Not on 'shared' .*: own of own\.$/m);
  assert.throws(() => clone.read('sum.txt'), /ENOENT/);
  assert.deepEqual((await clone.repro()).restored, ['make', 'sum']);
});

testInWhole('an output as a target means it alone, a stage all that it makes', async (t) => {
  const remote = makeWorkspaceMostlyHere(t, {}).path('remote');
  const project = await makeProject(
    t,
    remote,
    "stages: {s: {cmd: 'for f in made sum.txt own; do echo $f > $f; done', outs: [made, sum.txt, {own: {push: false}}]}}\n",
  );
  for (const targets of [
    ['made', 'sum.txt'],
    ['sum.txt', 'made'],
    ['made', 's'],
  ])
    assert.match((await project.expect(0, 'push', '--dry', ...targets)).stdout, /^Would push 2 objects /);
  assert.match((await project.expect(0, 'push', 'sum.txt')).stdout, /^Pushed 1 object /);
  const first = cloneOf(t, project);
  assert.match((await first.expect(0, 'pull', 'sum.txt')).stdout, /^Fetched 1 object .*\nA\tsum\.txt\n$/);
  assert.match((await first.expect(1, 'checkout', 'made')).stderr, /'made' of 's'\n[^]*help: fetch it/);
  await project.expect(0, 'push', 's');
  const second = cloneOf(t, project);
  second.remove('own');
  const { stdout, stderr } = await second.expect(1, 'pull', 's');
  assert.match(stdout, /\nA\tmade\nA\tsum\.txt\n$/);
  assert.match(stderr, /'own' of 's'\n[^]*help: it is on no remote \(`push: false`\): run the stage again/);
});

test('repro --pull fetches what it needs, stage by stage, and runs the rest', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  await project.expect(0, 'push');
  const clone = cloneOf(t, project);
  clone.write('pipeline.yaml', clone.read('pipeline.yaml').replace('> sum.txt', '> sum.txt && true'));
  const { ran, restored, events } = await clone.repro('--pull');
  const fetched = events.filter(({ type }) => type === 'fetch').at(-1);
  assert.deepEqual([fetched?.stage, fetched?.['objects']], ['make', { done: 3, total: 3 }]);
  assert.deepEqual([ran, restored], [['sum'], ['make']]);
  // A run that is asked for is no reason to ask.
  server.requests.length = 0;
  assert.deepEqual((await clone.repro('--pull', '-f')).ran, ['make', 'sum']);
  assert.deepEqual(server.requests, []);
});

test('results of other branches come by their records, without a lock file', async (t) => {
  const server = await startFileServer(t);
  const env = { PIPE_REMOTE_KEY: 'ours', PIPE_REMOTE_HOST: server.url };
  const project = await makeProject(t, server.url);
  const more = `  both: {cmd: tee x y < in.txt, deps: [in.txt], outs: [x, y]}
  last: {cmd: cat y > z, deps: [y], outs: [z]}\n`;
  project.write('pipeline.yaml', pipeline + more + config(server.url));
  await project.repro();
  // No record of a result goes before all of its objects.
  const digest = hash('sha256', '{"lines":2}\n');
  const object = project.path(`cache/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`);
  chmodSync(object, 0o644);
  writeFileSync(object, '{"lines":3}\n');
  const part = await runPipeMostlyHere(project.root, ['push', '--run-cache'], env);
  assert.equal(part.code, 1);
  assert.match(part.stderr, /'lines\.json' of 'sum' was not pushed to 'shared' as a whole/);
  assert.match(part.stdout, /^Pushed 4 objects \(\d+ B\) and 3 records of runs to /);
  writeFileSync(object, '{"lines":2}\n');
  const { stdout } = await runPipeMostlyHere(project.root, ['push', '--run-cache'], env);
  assert.match(stdout, /^Pushed 1 object \(\d+ B\) and 1 record of runs to /);
  const clone = cloneOf(t, project);
  for (const name of ['pipeline.lock', 'lines.json', 'x', 'y', 'z']) clone.remove(name);
  const fetched = await runPipeMostlyHere(clone.root, ['fetch', '--run-cache'], env);
  // What the symlinks in `made` lead to is known once it is restored, and so are the inputs of `sum`.
  assert.match(fetched.stdout, /^Fetched 3 results of earlier runs\.\n$/);
  const pulled = await runPipeMostlyHere(clone.root, ['repro', '--pull'], env);
  assert.match(pulled.stdout, /^restored +make .*\n(?:.*\n)*restored +sum /m);
  assert.equal(clone.read('lines.json'), '{"lines":2}\n');
  // Told again, there is nothing new.
  assert.match(
    (await runPipeMostlyHere(project.root, ['push', '--run-cache'], env)).stdout,
    /has everything already/,
  );
});

testInWhole('targets, and outputs that are not to be pushed', async (t) => {
  const server = await startFileServer(t);
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:
  a: {cmd: echo a > a, outs: [a]}
  b: {cmd: echo b > b, outs: [{b: {push: false}}]}
  c: {cmd: echo c > c, outs: [c]}
${config(server.url)}`,
  });
  await project.repro();
  await project.expect(0, 'push', 'a');
  assert.equal(server.files.size, 1);
  await project.expect(0, 'push');
  assert.equal(server.files.size, 2);
  for (const name of ['cache', 'a', 'b', 'c']) project.remove(name);
  assert.match((await project.expect(0, 'pull', 'c')).stdout, /^A\tc$/m);
  assert.throws(() => project.read('a'), /ENOENT/);
  // Nobody pushed b, and nobody expects it: only the workspace lacks it.
  const { stdout, stderr } = await project.expect(1, 'pull');
  assert.match(stdout, /^A\ta$/m);
  assert.match(stderr, /checkout-missing[^]*'b'/);
  assert.doesNotMatch(stderr, /remote-missing/);
  assert.equal(stdout.match(/^Not on 'shared' .*, by `push: false`: b of b\.$/gm)?.length, 1);
  const again = await project.expect(0, 'fetch');
  assert.match(again.stdout, /^Not on 'shared' .*: b of b\.\n$/, 'fetch is never silent');
  const { remotes } = JSON.parse((await project.expect(0, 'fetch', '--json')).stdout) as {
    remotes: [{ unpushed: object }];
  };
  assert.deepEqual(remotes[0].unpushed, [{ stage: 'b', path: 'b' }]);
});

testInWhole('several remotes: the default, another by name, one of an output', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages:
  a: {cmd: echo a > a, outs: [a]}
  b: {cmd: echo b > b, outs: [{b: {remote: second}}]}
config:
  remote: first
  remotes:
    first: {url: ${home.path('first')}}
    second: {url: ${home.path('second')}}
`,
  });
  await project.repro();
  const there = (name: string): number => objectsIn(home.path(name)).length;
  await project.expect(0, 'push');
  assert.deepEqual([there('first'), there('second')], [1, 1]);
  await project.expect(0, 'push', '--remote', 'first');
  assert.deepEqual([there('first'), there('second')], [1, 1]);
  await project.expect(0, 'push', '-r', 'second');
  assert.deepEqual([there('first'), there('second')], [1, 2]);
  const elsewhere = "Only for 'second', by `remote:`: b of b.\n";
  assert.equal((await project.expect(0, 'push', 'b', '-r', 'first')).stdout, elsewhere);
  for (const name of ['cache', 'a', 'b']) project.remove(name);
  const other = await project.expect(1, 'pull', 'b', '-r', 'first');
  assert.equal(other.stdout, elsewhere);
  assert.match(other.stderr, /checkout-missing[^]*pipe pull b/);
  await project.expect(0, 'pull');
  assert.equal(project.read('a') + project.read('b'), 'a\nb\n');
  assert.match(
    (await project.expect(1, 'push', '-r', 'thrid')).stderr,
    /no-remote[^]*there are: first, second/,
  );
  const { stderr } = await project.expect(1, 'push', '-r', 'https://me:hush@host/x');
  assert.match(stderr, /no-remote[^]*'https:\/\/host\/x'[^]*pipe remote add NAME URL/);
  assert.doesNotMatch(stderr, /hush/);
});

test('a command that has nothing to do says so', async (t) => {
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages: {a: {cmd: echo a > a, outs: [{a: {push: false}}]}}\n${config('remote')}`,
  });
  const nothing = 'no output that belongs on a remote is recorded.\n';
  assert.equal((await project.expect(0, 'push')).stdout, `Nothing to push: ${nothing}`);
  assert.equal((await project.expect(0, 'status', '-c')).stdout, `Nothing to compare: ${nothing}`);
  await project.repro();
  assert.equal((await project.expect(0, 'push')).stdout, 'Not pushed, by `push: false`: a of a.\n');
});

test('what only the workspace has is stored by commit, as push says', async (t) => {
  const remote = makeWorkspaceMostlyHere(t, {}).path('remote');
  const stages =
    "stages: {s: {cmd: 'for f in one two own; do echo $f > $f; done', outs: [one, two, {own: {push: false}}]}}\n";
  const project = await makeProject(t, remote, stages);
  project.remove(`cache/objects/sha256/${hash('sha256', 'two\n').replace(/^(..)/, '$1/')}`);
  assert.match((await project.expect(1, 'push')).stderr, /'two' of 's'[^]*`pipe commit s` stores it/);
  assert.match((await project.expect(0, 'commit')).stdout, /^Recorded: s\n$/);
  assert.match((await project.expect(0, 'commit')).stdout, /^Nothing to record/);
  // A result with an output that is not pushed is of no use to others.
  const pushed = await runPipeMostlyHere(project.root, ['push', '--run-cache'], { PIPE_REMOTE_KEY: 'k' });
  assert.match(pushed.stdout, /^Pushed 1 object /);
  assert.equal(existsSync(`${remote}/runs`), false);
});

testInWhole('what is nowhere is told by output, and the rest goes', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  const clone = cloneOf(t, project);
  const pulled = await clone.expect(1, 'pull');
  assert.match(pulled.stderr, /remote-missing[^]*'made' of 'make'[^]*'sum.txt' of 'sum'/);
  assert.match((await clone.expect(1, 'push')).stderr, /push-missing[^]*'made'/);
  assert.match((await clone.expect(0, 'status', '-c')).stdout, /made .*: 1 object .* nor on the remote\n/);
  await project.expect(0, 'push', 'sum');
  assert.match((await clone.expect(1, 'pull')).stdout, /^A\tsum.txt$/m);
  assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
});

test('pull leaves alone what was changed by hand, unless it is forced', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  await project.expect(0, 'push');
  const clone = cloneOf(t, project);
  clone.write('sum.txt', 'mine');
  assert.match((await clone.expect(1, 'pull')).stderr, /checkout-unsaved/);
  assert.equal(clone.read('sum.txt'), 'mine');
  await clone.expect(0, 'pull', '-f');
  assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
});

test('pull replaces objects that turn out to be damaged here', async (t) => {
  const home = makeWorkspaceMostlyHere(t, {});
  const project = await makeProject(t, home.path('remote'));
  await project.expect(0, 'push');
  for (const name of objectsIn(home.path('remote'))) {
    const object = `cache/objects/sha256/${name.slice(0, 2)}/${name.slice(2)}`;
    const text = project.read(object);
    project.remove(object);
    project.write(object, `X${text.slice(1)}`);
  }
  for (const name of ['made', 'sum.txt']) project.remove(name);
  await project.expect(0, 'pull');
  assert.equal(project.read('sum.txt'), 'one\ntwo\n');
  await project.expect(0, 'verify');
});

testInWhole('--json tells the same for programs', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  const pushed = JSON.parse((await project.expect(0, 'push', '--json')).stdout);
  assert.deepEqual(pushed, {
    remotes: [
      {
        remote: 'shared',
        url: server.url,
        pushed: 4,
        bytes: pushed.remotes[0].bytes,
        present: 0,
        runs: 0,
        problems: [],
      },
    ],
  });
  const pulled = JSON.parse((await cloneOf(t, project).expect(0, 'pull', '--json')).stdout);
  assert.equal(pulled.remotes[0].fetched, 4);
  assert.deepEqual(
    pulled.checkout.map(({ path, what }: { path: string; what: string }) => [path, what]),
    [
      ['made', 'added'],
      ['sum.txt', 'added'],
    ],
  );
});

testInWhole('secrets are for cache/config.yaml and the environment', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  const plain = project.read('pipeline.yaml');
  for (const secret of ['password: p', 'token: t', 'key: k']) {
    project.write('pipeline.yaml', plain.replace('}}}', `, ${secret}}}}`));
    const { stderr } = await project.expect(1, 'status');
    assert.match(stderr, /remote-secret.*shared[^]*pipeline\.yaml:\d+:\d+[^]*cache\/config\.yaml/);
  }
  project.write('pipeline.yaml', plain.replace('//', '//ada:secret@'));
  assert.match((await project.expect(1, 'status')).stderr, /password in its URL/);
  project.write('pipeline.yaml', plain.replace('}}}', ", endpointurl: 'https://ada:secret@x'}}}"));
  assert.match((await project.expect(1, 'status')).stderr, /password in its endpointurl/);
  project.write('pipeline.yaml', plain);
  project.write('cache/config.yaml', 'remotes: {shared: {user: ada, password: p}}\n');
  const home = { XDG_CONFIG_HOME: project.path('home') };
  assert.equal((await runPipeMostlyHere(project.root, ['push'], home)).code, 0);
  assert.equal(server.requests[0]!.headers.authorization, `Basic ${btoa('ada:p')}`);
});

test('a token goes to the server of a repository once the user has said so', async (t) => {
  const [server, evil] = [await startFileServer(t), await startFileServer(t)];
  const project = await makeProject(t, server.url);
  const env = { XDG_CONFIG_HOME: project.path('home'), PIPE_REMOTE_TOKEN: 'mine' };
  const pipe = (...args: string[]): ReturnType<typeof runPipeMostlyHere> =>
    runPipeMostlyHere(project.root, args, env);
  const refused = await pipe('push');
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /error\[remote-untrusted\][^]*pipe remote trust shared.*PIPE_REMOTE_HOST=http:/,
  );
  assert.equal(server.requests.length, 0);

  const { stdout } = await pipe('remote', 'trust');
  assert.match(stdout, /'shared' are sent to http:\/\/127\.0\.0\.1:\d+ from now on/);
  assert.equal((await pipe('push')).code, 0);
  assert.ok(server.requests.every(({ headers }) => headers.authorization === 'Bearer mine'));

  // A later commit names another server.
  project.write('pipeline.yaml', project.read('pipeline.yaml').replace(server.url, evil.url));
  for (const command of ['push', 'fetch', 'pull'])
    assert.match((await pipe(command)).stderr, /remote-untrusted[^]*named before/);
  assert.equal(evil.requests.length, 0);
});

testInWhole('no remote, and kinds that are not supported', async (t) => {
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: echo a > a, outs: [a]}\n',
  });
  await project.repro();
  assert.match((await project.expect(1, 'push')).stderr, /error\[no-remote\][^]*pipe remote add -d/);
  project.write('pipeline.yaml', project.read('pipeline.yaml') + config('afs://cell/x'));
  assert.deepEqual((await project.repro()).ran, []);
  const { stderr } = await project.expect(1, 'push');
  assert.match(stderr, /remote-unsupported[^]*afs:\/\/[^]*pipeline.yaml:3/);
});
