// Remotes by way of the user's rclone: a folder of this machine that it calls by a name stands for every storage that it knows.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  assertTrueObjects,
  cloneOf,
  config,
  folderPipeline,
  leftovers,
  makeProject,
  objectsIn,
} from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../../workspace.ts';
import { install } from '../debian.ts';
import { makeRepository } from '../dvc/twins.ts';

interface Storage {
  /** What the remote `store` is to rclone. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  expect(code: number, { root }: Pick<TestWorkspace, 'root'>, ...args: readonly string[]): Promise<Ran>;
}

function makeStorage(t: TestContext): Storage {
  if (!existsSync('/usr/bin/rclone')) install('rclone');
  const home = makeWorkspace(t, {});
  const folder = home.path('storage');
  mkdirSync(folder);
  home.write('rclone.conf', `[store]\ntype = alias\nremote = ${folder}\n`);
  const env: NodeJS.ProcessEnv = { RCLONE_CONFIG: home.path('rclone.conf') };
  return {
    folder,
    env,
    async expect(code, { root }, ...args) {
      const ran = await runPipe(root, args, env);
      assert.equal(ran.code, code, `pipe ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
      assert.doesNotMatch(ran.stderr, /bug in pipe|\n +at /);
      return ran;
    },
  };
}

test('push, pull, records of runs, and nothing twice', { timeout: 120_000 }, async (t) => {
  const storage = makeStorage(t);
  const there = join(storage.folder, 'team');
  const project = await makeProject(t, 'rclone://store/team');
  Object.assign(storage.env, { PIPE_REMOTE_KEY: 'ours' });
  assert.match(
    (await storage.expect(1, cloneOf(t, project), 'fetch')).stderr,
    /remote-unreachable[^]*the folder does not exist/,
  );
  const first = await storage.expect(0, project, 'push', '--run-cache');
  assert.match(
    first.stdout,
    /^Pushed 5 objects .* and 2 records of runs to 'shared' \(rclone:\/\/store\/team\)/,
  );
  assertTrueObjects(there);
  assert.match((await storage.expect(0, project, 'push', '--run-cache')).stdout, /has everything already/);
  assert.match((await storage.expect(0, project, 'push', '--force')).stdout, /^Pushed 4 objects/);
  const clone = cloneOf(t, project);
  await storage.expect(0, clone, 'pull');
  assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
  assert.deepEqual(leftovers(clone), []);
  const fresh = cloneOf(t, project);
  for (const name of ['pipeline.lock', 'lines.json']) fresh.remove(name);
  assert.match((await storage.expect(0, fresh, 'repro', '--pull')).stdout, /2 restored/);
  assert.match((await storage.expect(0, project, 'doctor')).stdout, /remote shared .* answers/);
});

for (const [url, rclone, folder] of [
  ['gs://bucket/team', 'store', 'bucket/team'],
  ['azure://container/team', 'store', 'container/team'],
  ['oss://bucket', 'store', 'bucket'],
  ['hdfs://node:9000/team', 'store', 'team'],
  ['gdrive://root/team', 'store', 'team'],
  ['gdrive://0AbCdEf/team', 'store:drive/team', 'drive/team'],
  ['webdavs://cloud.example.org/remote.php/dav', 'store:dav', 'dav'],
] as const)
  test(`${url} with rclone: ${rclone}`, { timeout: 120_000 }, async (t) => {
    const storage = makeStorage(t);
    const project = await makeProject(t, url, folderPipeline);
    project.write('cache/config.yaml', `remotes: {shared: {rclone: '${rclone}'}}\n`);
    await storage.expect(0, project, 'push');
    assert.equal(objectsIn(join(storage.folder, folder)).length, 3);
    const clone = cloneOf(t, project);
    clone.write('cache/config.yaml', project.read('cache/config.yaml'));
    await storage.expect(0, clone, 'pull');
    assert.equal(clone.read('made/one'), 'one\n');
  });

test('data of this machine is sent without being kept here', { timeout: 120_000 }, async (t) => {
  const storage = makeStorage(t);
  const project = await makeProject(t, 'rclone://store/team');
  project.write('near', 'data');
  await storage.expect(0, project, 'add', '--to-remote', 'near', '-o', 'far');
  assertTrueObjects(join(storage.folder, 'team'));
  await storage.expect(0, project, 'pull', 'far');
  assert.equal(project.read('far'), 'data');
});

test('the cache itself, and that of another project, by rclone', { timeout: 120_000 }, async (t) => {
  const storage = makeStorage(t);
  const [project, other] = [await makeProject(t, 'x', folderPipeline), await makeProject(t, 'x')];
  const leadTo = (folder: string): void => {
    const file = storage.env['RCLONE_CONFIG']!;
    writeFileSync(file, `[store]\ntype = alias\nremote = ${folder}\n`);
  };
  project.write('pipeline.yaml', folderPipeline + config('rclone://store'));
  const before = objectsIn(project.path('cache'));
  leadTo(project.path('cache'));
  for (const args of [['push'], ['status', '-c'], ['gc', '-c', '-w', '-y', '--grace', '0m']])
    assert.match((await storage.expect(1, project, ...args)).stderr, /remote-is-cache/, args.join(' '));
  leadTo(other.path('cache'));
  assert.match((await storage.expect(1, project, 'gc', '-c', '-w', '-y')).stderr, /remote-is-other-cache/);
  assert.match((await storage.expect(0, project, 'push')).stderr, /remote-is-other-cache/);
  assert.deepEqual(objectsIn(project.path('cache')), before);
});

test('what cannot be: without rclone, without a name for it, with another name, or with settings for one', async (t) => {
  const storage = makeStorage(t);
  const project = await makeProject(t, 'gs://bucket/team', folderPipeline);
  const says = async (expected: RegExp): Promise<void> =>
    assert.match((await storage.expect(1, project, 'push')).stderr, expected);
  await says(/remote-unsupported[^]*no rclone remote is named for it[^]*rclone config[^]*rclone: NAME/);
  const name = (rclone: string): void =>
    project.write('cache/config.yaml', `remotes: {shared: {rclone: ${JSON.stringify(rclone)}}}\n`);
  name('other');
  await says(/remote-unreachable[^]*rclone has no remote called 'other'[^]*rclone listremotes/);
  const stolen = project.path('stolen');
  for (const trick of [`:sftp,ssh="touch ${stolen}":x`, `store,remote=/etc:x`, '--config=x:y', ''])
    for (const where of [(): void => name(trick)]) {
      where();
      await says(/remote-unsupported[^]*is no name of an rclone remote/);
    }
  assert.ok(!existsSync(stolen));
  name('store');
  Object.assign(storage.env, { PATH: [dirname(process.execPath), '/nowhere'].join(delimiter) });
  await says(/remote-unreachable[^]*`rclone` is not installed[^]*apt-get install rclone/);
});

test(
  'no room and a read-only disk there: said, and the next push completes it',
  { timeout: 120_000 },
  async (t) => {
    const storage = makeStorage(t);
    const disk = join(storage.folder, 'disk');
    mkdirSync(disk);
    assert.equal(
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]).status,
      0,
      'only root mounts',
    );
    try {
      const project = await makeProject(t, 'rclone://store/disk', folderPipeline);
      spawnSync('mount', ['-o', 'remount,ro', disk]);
      assert.match((await storage.expect(1, project, 'push')).stderr, /remote-refused[^]*mounted read-only/);
      spawnSync('mount', ['-o', 'remount,rw', disk]);
      writeFileSync(join(disk, 'filler'), 'x'.repeat(2 << 20));
      assert.match(
        (await storage.expect(1, project, 'push')).stderr,
        /remote-failed[^]*no space is left there[^]*free some space there/,
      );
      rmSync(join(disk, 'filler'));
      await storage.expect(0, project, 'push');
      assertTrueObjects(disk);
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  },
);

test(
  'wrong bytes there: said, not kept; of another length they are replaced',
  { timeout: 120_000 },
  async (t) => {
    const storage = makeStorage(t);
    const project = await makeProject(t, 'rclone://store', folderPipeline);
    await storage.expect(0, project, 'push');
    const digest = objectsIn(storage.folder).find((name) => !name.endsWith('.dir'))!;
    const object = join(storage.folder, `objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`);
    rmSync(object);
    writeFileSync(object, 'xxx\n');
    assert.match((await storage.expect(1, cloneOf(t, project), 'pull')).stderr, /remote-corrupt/);
    await storage.expect(0, project, 'push', '--force');
    assertTrueObjects(storage.folder);
    truncateSync(object, 1);
    assert.match((await storage.expect(1, cloneOf(t, project), 'pull')).stderr, /remote-corrupt/);
    await storage.expect(0, project, 'push');
    assertTrueObjects(storage.folder);
    rmSync(object);
    assert.match((await storage.expect(1, cloneOf(t, project), 'pull')).stderr, /remote-missing/);
  },
);

const many = `stages:
  many:
    cmd: mkdir many && for i in $(seq 300); do echo $i > many/$i; done && head -c 20000000 /dev/urandom > many/big
    outs: [many]
    deps: [in.txt]
`;

test('many and large, from two machines at once, a large one streamed', { timeout: 120_000 }, async (t) => {
  const storage = makeStorage(t);
  const project = makeWorkspace(t, { 'pipeline.yaml': many + config('rclone://store/x'), 'in.txt': 'x\n' });
  await project.repro();
  const there = join(storage.folder, 'x');
  await Promise.all([storage.expect(0, project, 'push'), storage.expect(0, project, 'push', '--force')]);
  assert.equal(objectsIn(there).length, 302);
  assertTrueObjects(there);
  const clone = cloneOf(t, project);
  clone.remove('many');
  await storage.expect(0, clone, 'pull', '-j', '20');
  assert.equal(readdirSync(clone.path('many')).length, 301);
  assertTrueObjects(clone.path('cache'));
  assert.deepEqual(leftovers(clone), []);
});

test('no reader sees a part of a file, and nothing is left aside', { timeout: 120_000 }, async (t) => {
  const storage = makeStorage(t);
  const project = makeWorkspace(t, { 'pipeline.yaml': many + config('rclone://store/x'), 'in.txt': 'x\n' });
  await project.repro();
  const there = join(storage.folder, 'x');
  const digest = createHash('sha256')
    .update(readFileSync(project.path('many/big')))
    .digest('hex');
  const path = join(there, 'objects/sha256', digest.slice(0, 2), digest.slice(2));
  mkdirSync(dirname(path), { recursive: true });
  const whole: boolean[] = [];
  const watcher = watch(dirname(path), () => {
    if (existsSync(path))
      whole.push(createHash('sha256').update(readFileSync(path)).digest('hex') === digest);
  });
  // A second for the large one.
  Object.assign(storage.env, { RCLONE_BWLIMIT: '20M' });
  await storage.expect(0, project, 'push');
  watcher.close();
  assert.deepEqual([...new Set(whole)], [true]);
  assert.equal(objectsIn(there).length, 302);
  assertTrueObjects(there);
  assert.deepEqual(readdirSync(join(there, 'tmp')), []);
});

for (const command of ['push', 'fetch'] as const)
  test(`a ${command} killed at every step: the next one completes it`, { timeout: 300_000 }, async (t) => {
    const storage = makeStorage(t);
    const project = await makeProject(t, 'rclone://store', folderPipeline);
    if (command === 'fetch') await storage.expect(0, project, 'push');
    let kills = 0;
    for (let at = 1; ; at += 1) {
      if (command === 'push') rmSync(join(storage.folder, 'objects'), { recursive: true, force: true });
      const worker = command === 'push' ? project : cloneOf(t, project);
      const { signal, code } = await runPipe(worker.root, [command, '-j1'], {
        ...storage.env,
        PIPE_FAULT_AT: String(at),
      });
      if (signal === null) assert.equal(code, 0);
      else kills += 1;
      await storage.expect(0, worker, command);
      assert.equal(objectsIn(storage.folder).length, 3);
      assertTrueObjects(storage.folder);
      assertTrueObjects(worker.path('cache'));
      assert.deepEqual(
        leftovers(worker).filter((path) => path.includes('rclone')),
        [],
      );
      if (signal === null) break;
    }
    assert.ok(kills >= 3, String(kills));
  });

test(
  "DVC's layout: what pipe pushes by rclone DVC finds, and the other way round",
  { timeout: 300_000 },
  async (t) => {
    const storage = makeStorage(t);
    const repository = makeRepository(t, { data: 'one\n' });
    const dvc = (...args: readonly string[]): string => {
      const { code, output } = repository.dvc(...args);
      assert.equal(code, 0, `dvc ${args.join(' ')}\n${output}`);
      return output;
    };
    dvc('add', 'data');
    dvc('remote', 'add', 'cloud', 'gs://bucket/dvc');
    dvc('remote', 'add', '-d', 'same', join(storage.folder, 'bucket/dvc'));
    repository.write('cache/config.yaml', 'remote: cloud\nremotes: {cloud: {rclone: store}}\n');
    const lose = (): void => {
      for (const name of ['.dvc/cache', 'data']) repository.remove(name);
      rmSync(join(dirname(repository.root), 'site'), { recursive: true, force: true });
    };
    await storage.expect(0, repository, 'push');
    lose();
    dvc('pull');
    assert.equal(repository.read('data'), 'one\n');
    repository.write('data', 'two\n');
    dvc('add', 'data');
    dvc('push');
    lose();
    await storage.expect(0, repository, 'pull');
    assert.equal(repository.read('data'), 'two\n');
  },
);
