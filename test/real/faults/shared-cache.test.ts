// Two users of one group share a cache folder; a third may only read it. Needs root, to become these users.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeWorkspace, pipeBin, type Ran, type TestWorkspace } from '../../workspace.ts';

interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const GROUP = 54_320;
const anna: User = { name: 'anna', uid: 54_321, gid: GROUP };
const ben: User = { name: 'ben', uid: 54_322, gid: GROUP };
const guest: User = { name: 'guest', uid: 54_323, gid: 54_323 };

const pipeline = 'stages:\n  s: {cmd: mkdir o && cat in > o/a, deps: [in], outs: [o]}\n';
const shared = 'config: {cache: {dir: ../objects, shared: group}}\n';

function makeUsers(t: TestContext): TestWorkspace {
  assert.equal(process.getuid?.(), 0, 'only root can become other users: run this suite as root');
  const workspace = makeWorkspace(t, {});
  chmodSync(workspace.root, 0o755);
  mkdirSync(workspace.path('objects'));
  chownSync(workspace.path('objects'), 0, GROUP);
  chmodSync(workspace.path('objects'), 0o2775);
  for (const user of [anna, ben, guest]) {
    for (const [name, text] of [
      ['pipeline.yaml', shared + pipeline],
      ['in', '1'],
    ] as const)
      workspace.write(`${user.name}/${name}`, text);
    give(workspace.path(user.name), user);
    // Nobody else can look into it.
    chmodSync(workspace.path(user.name), 0o700);
  }
  return workspace;
}

function give(path: string, { uid, gid }: User): void {
  chownSync(path, uid, gid);
  if (lstatSync(path).isDirectory())
    for (const name of readdirSync(path)) give(join(path, name), { name, uid, gid });
}

function pipe(workspace: TestWorkspace, user: User, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [pipeBin, ...args], {
      cwd: workspace.path(user.name),
      env: {
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: workspace.path(user.name),
        NODE_DISABLE_COMPILE_CACHE: '1',
      },
      uid: user.uid,
      gid: user.gid,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (chunk: string) => (output[name] += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

async function expect(workspace: TestWorkspace, user: User, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await pipe(workspace, user, ...args);
  assert.equal(code, 0, `${user.name}: pipe ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

function edit(workspace: TestWorkspace, user: User, text: string): void {
  workspace.write(`${user.name}/in`, text);
  give(workspace.path(`${user.name}/in`), user);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('a result of one user is restored for another, whose objects and modes stay; each removes only what nobody needs', async (t) => {
  const workspace = makeUsers(t);
  await expect(workspace, anna, 'repro');
  const objects = filesIn(workspace.path('objects/objects'));
  const before = objects.map((path) => [path, lstatSync(path).uid, lstatSync(path).mode]);
  assert.ok(before.every(([, uid, mode]) => uid === anna.uid && mode === 0o100444));

  assert.match(await expect(workspace, ben, 'repro'), /restored/);
  edit(workspace, ben, '2');
  assert.match(await expect(workspace, ben, 'repro'), /1 ran/);
  for (const folder of readdirSync(workspace.path('objects'), {
    recursive: true,
    withFileTypes: true,
  }).filter((entry) => entry.isDirectory()))
    assert.equal(lstatSync(join(folder.parentPath, folder.name)).mode & 0o2070, 0o2070, folder.name);

  const old = new Date(Date.now() - 3 * 24 * 3600 * 1000);
  for (const path of filesIn(workspace.path('objects'))) utimesSync(path, old, old);
  // The folder of anna is closed to ben: what she noted in the cache counts.
  assert.match(await expect(workspace, ben, 'gc', '--workspace'), /anna/);
  for (const [path, uid, mode] of before)
    assert.deepEqual(
      [path, lstatSync(path as string).uid, lstatSync(path as string).mode],
      [path, uid, mode],
    );

  // She needs something else now: the old objects are hers, and he may remove them.
  edit(workspace, anna, '3');
  await expect(workspace, anna, 'repro');
  for (const path of filesIn(workspace.path('objects'))) utimesSync(path, old, old);
  assert.match(await expect(workspace, ben, 'gc', '--workspace'), /Removed 2 objects/);
  for (const user of [anna, ben]) {
    rmSync(workspace.path(`${user.name}/o`), { recursive: true });
    await expect(workspace, user, 'checkout');
    await expect(workspace, user, 'verify');
  }
});

test('two users that run and collect garbage at once lose nothing', async (t) => {
  const workspace = makeUsers(t);
  const work = async (user: User, other: number): Promise<void> => {
    for (let round = 0; round < 4; round += 1) {
      // Every other round gives both the same result.
      edit(workspace, user, round % 2 === 0 ? `${round}` : `${round} ${other}`);
      await expect(workspace, user, 'repro');
      const old = new Date(Date.now() - 3 * 24 * 3600 * 1000);
      for (const path of filesIn(workspace.path('objects')))
        if (lstatSync(path, { throwIfNoEntry: false }) && !path.includes('/projects/')) {
          try {
            utimesSync(path, old, old);
          } catch {
            // The other user has just removed it.
          }
        }
      await expect(workspace, user, 'gc', '--workspace');
      rmSync(workspace.path(`${user.name}/o`), { recursive: true });
      await expect(workspace, user, 'checkout');
    }
  };
  await Promise.all([work(anna, 1), work(ben, 2)]);
  for (const user of [anna, ben]) assert.match(await expect(workspace, user, 'status'), /up to date|fresh/i);
});

// The two calls that follow one another in the engine: without the second, what the first one made must already be open to the group.
test('folders and the lock of the cache are open to the group before their mode is set', (t) => {
  const workspace = makeUsers(t);
  const file = workspace.path('trace.txt');
  const ran = spawnSync(
    'strace',
    [
      '-f',
      '-o',
      file,
      '-e',
      'trace=chmod,fchmod,fchmodat',
      '-e',
      'inject=chmod,fchmod,fchmodat:retval=0',
      process.execPath,
      pipeBin,
      'repro',
    ],
    { cwd: workspace.path('anna'), encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(readFileSync(file, 'latin1'), /chmod.*INJECTED/);
  const entries = readdirSync(workspace.path('objects'), { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  assert.ok(folders.length > 3);
  for (const { parentPath, name } of folders)
    assert.equal(lstatSync(join(parentPath, name)).mode & 0o070, 0o070, join(parentPath, name));
  assert.equal(lstatSync(workspace.path('objects/projects/in-use.lock')).mode & 0o060, 0o060);
});

test('a damaged object is set aside by whoever finds it, also where another one has set one aside', async (t) => {
  const workspace = makeUsers(t);
  await expect(workspace, anna, 'repro');
  await expect(workspace, ben, 'repro');
  const damage = (user: User): void => {
    const object = filesIn(workspace.path('objects/objects')).find((path) => !path.endsWith('.dir'))!;
    chmodSync(object, 0o644);
    writeFileSync(object, '!');
    rmSync(workspace.path(`${user.name}/o`), { recursive: true });
  };
  for (const user of [anna, ben]) {
    damage(user);
    assert.match(await expect(workspace, user, 'repro'), /1 ran/, user.name);
  }
  // As earlier versions made it: closed to others, with something old in it.
  const quarantine = workspace.path('objects/quarantine');
  chownSync(quarantine, anna.uid, GROUP);
  for (const mode of [0o755, 0o700]) {
    chmodSync(quarantine, mode);
    await expect(workspace, ben, 'gc', '--workspace');
  }
});

test('a cache whose tag another user is writing is used', async (t) => {
  const workspace = makeUsers(t);
  workspace.write('objects/CACHEDIR.TAG', '');
  give(workspace.path('objects/CACHEDIR.TAG'), anna);
  assert.match(await expect(workspace, ben, 'repro'), /1 ran/);
  await expect(workspace, anna, 'repro');
  assert.match(workspace.read('objects/CACHEDIR.TAG'), /^Signature/);
});

test('what a user makes whose files are closed to others is open to the group', async (t) => {
  const workspace = makeUsers(t);
  const mask = process.umask(0o077);
  const first = expect(workspace, anna, 'repro');
  process.umask(mask);
  await first;
  assert.match(await expect(workspace, ben, 'repro'), /restored/);
  // As earlier versions made them.
  for (const name of ['CACHEDIR.TAG', '.gitignore']) {
    assert.equal(lstatSync(workspace.path(`objects/${name}`)).mode & 0o060, 0o060, name);
    chmodSync(workspace.path(`objects/${name}`), 0o600);
  }
  edit(workspace, ben, '2');
  assert.match(await expect(workspace, ben, 'repro'), /1 ran/);
  assert.match(await expect(workspace, ben, 'status'), /up to date/);
});

test('a cache that may only be read is a source of results', async (t) => {
  const workspace = makeUsers(t);
  await expect(workspace, anna, 'repro');
  copyFileSync(workspace.path('anna/pipeline.lock'), workspace.path('guest/pipeline.lock'));
  give(workspace.path('guest'), guest);
  const before = filesIn(workspace.path('objects'));
  await expect(workspace, guest, 'checkout');
  assert.equal(workspace.read('guest/o/a'), '1');
  assert.match(await expect(workspace, guest, 'repro'), /up to date/);
  rmSync(workspace.path('guest/pipeline.lock'));
  rmSync(workspace.path('guest/o'), { recursive: true });
  assert.match(await expect(workspace, guest, 'repro'), /restored/);
  assert.deepEqual(filesIn(workspace.path('objects')), before);

  edit(workspace, guest, 'new');
  const refused = await pipe(workspace, guest, 'repro');
  assert.equal(refused.code, 1);
  assert.match(refused.stdout + refused.stderr, /cache-not-writable[^]*path .*\/objects\/objects\/sha256\n/);
  assert.equal(workspace.read('guest/o/a'), '1', 'the stage is not even started');
  const collected = await pipe(workspace, guest, 'gc');
  assert.equal(collected.code, 1);
});
