// `pipe push` and `pull`, option by option.
import assert from 'node:assert/strict';
import { existsSync, globSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KEYS, startBucket } from '../cache/remote/s3/bucket-server.ts';
import { makeHere } from './here.ts';
import { STAGES, project } from './data-project.ts';

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

test('a dry push changes nothing: neither the remote nor a cache that projects share', async (t) => {
  const { out, write } = await project(t);
  const elsewhere = makeHere(t, {});
  const [shared, store] = [elsewhere.path('cache'), elsewhere.path('store')];
  write('pipeline.yaml', `${STAGES}config: {cache: {dir: ${shared}}, remotes: {near: {url: ${store}}}}\n`);
  await out(0, 'repro', '-q');
  rmSync(join(shared, 'projects'), { recursive: true });
  assert.match(await out(0, 'push', '--dry'), /^Would push 1 object /);
  assert.deepEqual([existsSync(join(shared, 'projects')), existsSync(store)], [false, false]);
  await out(0, 'push', '-q');
  assert.ok(existsSync(join(shared, 'projects')));
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
  assert.match(await dvc.err(1, 'gc', '-c', '-w', '-y'), /on the remote 'far': it is declared as read-only/);
  assert.match(
    await dvc.out(0, 'remote', 'test', 'far'),
    /- +write a file: 'far' is declared as read-only\n +ok +look for it/,
  );
  // DVC does not distinguish the letters of options.
  const config = dvc.read('.dvc/config').replace('read_only', 'verify');
  dvc.write('.dvc/config', config);
  await dvc.out(0, 'remote', 'modify', 'far', 'Verify', 'false', '-q');
  assert.equal(dvc.read('.dvc/config'), config.replace('true', 'false'));
  assert.ok(!existsSync(dvc.path('store')));
});

test('pull replaces what is damaged in the cache, beside data that is on no remote', async (t) => {
  const { out, err, json, path, read, write, remove } = makeHere(t, {
    'pipeline.yaml': `stages: {s: {cmd: 'true', outs: [a, b]}}
data: [{path: own, push: false}, {path: other, push: false}]
config: {remotes: {near: {url: store}}}
`,
    a: 'damaged later',
    b: 'damaged, too!',
    own: '1',
    other: '2',
  });
  await out(0, 'commit', '-q', '-f');
  await out(0, 'push', '-q');
  const objects = globSync('cache/objects/sha256/*/*', { cwd: path('.') }).filter((name) =>
    read(name).startsWith('damaged'),
  );
  for (const name of [...objects, 'a', 'own']) remove(name);
  for (const name of objects) write(name, 'other letters');
  await out(0, 'pull', '-q');
  assert.deepEqual([read('a'), read('b'), read('own')], ['damaged later', 'damaged, too!', '1']);
  // Where one was damaged, the others are looked at, also those that nothing is to be restored from.
  await out(0, 'verify', '-q');
  for (const name of [...objects, 'a', 'b', 'own']) remove(name);
  for (const name of objects) write(name, 'other letters');
  write('b', 'mine');
  const { checkout } = (await json('pull', '-f')) as {
    readonly checkout: readonly { readonly path: string }[];
  };
  assert.deepEqual(checkout.map((one) => one.path).toSorted(), ['a', 'b', 'own']);
  assert.equal(read('b'), 'damaged, too!');
  for (const name of ['cache/objects', 'a', 'own', 'other']) remove(name);
  assert.match(await err(1, 'pull', '-q'), /'own'[^]*'other'|'other'[^]*'own'/);
  assert.equal(read('a'), 'damaged later');
});

test('files come from a store as few at a time as is asked for', async (t) => {
  const bucket = await startBucket(t);
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) bucket.objects.set(`data/${name}`, Buffer.from(name));
  const { out, read } = makeHere(t, { 'pipeline.yaml': 'stages: {}\n' });
  Object.assign(process.env, KEYS, { AWS_ENDPOINT_URL: bucket.url });
  let [now, most] = [0, 0];
  bucket.answer = ({ method, key }, response) => {
    if (method !== 'GET' || !key.startsWith('data/')) return false;
    most = Math.max(most, (now += 1));
    setTimeout(() => {
      now -= 1;
      response.end(bucket.objects.get(key));
    }, 20);
    return true;
  };
  for (const [command, flag] of [
    ['get', '--jobs'],
    ['add', '--jobs'],
    ['add', '--remote-jobs'],
  ] as const) {
    most = 0;
    const target = `${command}${flag}`;
    await out(0, command, 's3://bucket/data', '-o', target, flag, '1', '-q');
    assert.equal(names.map((name) => read(`${target}/${name}`)).join(''), 'abcd');
    assert.equal(most, 1, target);
  }
});

test('a remote that is named leaves out what belongs to others, and still replaces what is damaged', async (t) => {
  const { out, path, read, remove, write } = makeHere(t, {
    'pipeline.yaml': `data: [{path: a}, {path: f, remote: far}, {path: p, push: false}]
config: {remotes: {near: {url: near}, far: {url: far}}, remote: near}
`,
    a: 'damaged later',
    f: 'far',
    p: 'private',
  });
  await out(0, 'commit', '-q');
  const left = "Only for 'far', by `remote:`: f of f.\n";
  const unpushed = 'Not pushed, by `push: false`: p of p.\n';
  assert.ok(
    (await out(0, 'push', '-r', 'near')).endsWith(
      `Pushed 1 object (13 B) to 'near' (${path('near')}).\n${left}`,
    ),
  );
  assert.match(await out(0, 'push', 'f', 'p'), /^Pushed 1 object \(3 B\) to 'far'/);
  assert.equal(await out(0, 'push', 'f', 'p', '-r', 'near'), left + unpushed);
  const [object] = globSync('cache/objects/sha256/*/*', { cwd: path('.') }).filter((name) =>
    read(name).startsWith('damaged'),
  );
  remove(object!);
  write(object!, 'other letters');
  for (const name of ['a', 'f']) remove(name);
  await out(0, 'pull', '-r', 'near', '-q');
  assert.deepEqual([read('a'), read('f')], ['damaged later', 'far'], 'what the cache has needs no remote');
  // Neither here nor to be asked for there.
  const [far] = globSync('cache/objects/sha256/*/*', { cwd: path('.') }).filter(
    (name) => read(name) === 'far',
  );
  remove(far!);
  remove('f');
  assert.ok((await out(1, 'pull', '-r', 'near')).includes(left));
  assert.match(await out(0, 'pull'), /^Fetched 1 object \(3 B\) from 'far'/);
  assert.equal(read('f'), 'far');
});

test('of parts of outputs what their stages depend on comes, too, where that is asked for', async (t) => {
  const { at, out, path, remove } = makeHere(t, {
    'sub/x': 'No part of an output.',
    'pipeline.yaml': `stages:
  a: {cmd: echo a > a, outs: [a]}
  d: {cmd: cp a b && mkdir d && cp a d/x && chmod +x d/x && cp a d/xy && echo y > d/y, deps: [a], outs: [b, d]}
  c: {cmd: echo c > c, outs: [c]}
  e: {cmd: mkdir e && cp c e/x && cp c e/y, deps: [c], outs: [e]}
config: {cache: {dir: kept}, remotes: {near: {url: store}}}
`,
  });
  await out(0, 'repro', '-q');
  await at('sub').out(0, 'push', '-q');
  for (const [options, there] of [
    [[], ['d/x', 'e/x']],
    [['--with-deps'], ['a', 'c', 'd/x', 'e/x']],
  ] as const) {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'kept/objects']) remove(name);
    await at('sub').out(0, 'pull', '-q', ...options, '../d/x', '../e/x');
    assert.deepEqual(
      ['a', 'b', 'c', 'd/x', 'd/xy', 'd/y', 'e/x', 'e/y'].filter((name) => existsSync(path(name))),
      there,
    );
    assert.equal(statSync(path('d/x')).mode & 0o111, 0o111);
  }
});
