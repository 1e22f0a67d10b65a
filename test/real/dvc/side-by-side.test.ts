// DVC and pipe in one repository at the same time, with its settings, and where both refuse.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeRepository, makeTwins, type Repository } from './twins.ts';

const chain = `stages:
  one:
    cmd: cp in one
    deps: [in]
    outs: [one]
  two:
    cmd: mkdir -p two/sub && cp one two/sub/file
    deps: [one]
    outs: [two]
`;

test(
  'a missing dependency or parameter fails both; so does a file that git tracks',
  { timeout: 300_000 },
  async (t) => {
    const twins = makeTwins(t, { 'dvc.yaml': chain, in: 'in' });
    await twins.step('first run', 'pipe');
    await twins.step('a dependency is missing', 'pipe', (at) => {
      at.remove('in');
      at.remove('one');
    });
    const tracked = (at: Repository): void => {
      at.write('in', 'other');
      at.write('one', 'mine');
      assert.equal(spawnSync('git', ['add', '-f', 'one'], { cwd: at.root }).status, 0);
    };
    const refused = await twins.step('git tracks an output', 'pipe', tracked);
    assert.ok(refused.failed);
    assert.match(refused.output, /out-tracked-by-git/);
  },
);

test(
  'stages that always run, and links instead of copies in a cache elsewhere',
  { timeout: 300_000 },
  async (t) => {
    for (const type of ['symlink', 'hardlink']) {
      const twins = makeTwins(t, {
        'dvc.yaml': `${chain}  always:\n    cmd: cp one three\n    deps: [one]\n    outs: [three]\n    always_changed: true\n  callback:\n    cmd: echo called\n`,
        in: 'in',
        '.dvc/config': `[core]\n    analytics = false\n['remote "store"']\n    url = ../remote\n[cache]\n    dir = ../../cache # beside the repository\n    type = "${type},copy"\n`,
      });
      const isLink = (path: string): boolean => {
        const stats = lstatSync(join(twins.shared.root, path));
        return type === 'symlink' ? stats.isSymbolicLink() : stats.nlink > 1;
      };
      assert.deepEqual((await twins.step('first run', 'pipe')).ran, ['always', 'callback', 'one', 'two']);
      assert.ok(existsSync(join(twins.shared.root, '../cache/files/md5')));
      assert.ok(isLink('one') && isLink('two/sub/file'));
      assert.deepEqual((await twins.step('nothing', 'dvc')).ran, ['always', 'callback']);
      await twins.step('an output lost', 'pipe', (at) => at.remove('two/sub/file'));
      await twins.step('other input', 'pipe', (at) => at.replace('in', 'in', 'IN'));
      await twins.step('and back', 'pipe', (at) => at.replace('in', 'IN', 'in'));
      assert.ok(isLink('one') && isLink('two/sub/file'));
    }
  },
);

// The stage waits until the test writes into the pipe.
const waiting = `stages:
  slow:
    cmd: echo begun > begun && cat gate > out
    deps: [in]
    outs: [out]
  other:
    cmd: cp in other
    deps: [in]
    outs: [other]
`;

function makeWaiting(t: Parameters<typeof makeRepository>[0]): {
  repository: Repository;
  begun: Promise<void>;
} {
  const repository = makeRepository(t, { 'dvc.yaml': waiting, in: 'in' });
  assert.equal(spawnSync('mkfifo', ['gate', 'begun'], { cwd: repository.root }).status, 0);
  const reader = spawn('cat', ['begun'], { cwd: repository.root, stdio: 'ignore' });
  return { repository, begun: once(reader, 'exit').then(() => {}) };
}

test('while DVC runs a stage, we run others but not that one', { timeout: 120_000 }, async (t) => {
  const { repository, begun } = makeWaiting(t);
  const running = repository.start('repro', 'slow');
  await begun;
  const busy = await repository.repro('pipe', 'slow');
  assert.ok(busy.failed);
  assert.match(busy.output, /dvc-busy/);
  assert.deepEqual((await repository.repro('pipe', 'other')).ran, ['other']);
  writeFileSync(join(repository.root, 'gate'), 'through\n');
  assert.equal(await running, 0);
  assert.equal(repository.dvc('status').output, 'Data and pipelines are up to date.\n');
  assert.deepEqual((await repository.repro('pipe')).ran, []);
});

test('while we run a stage, DVC runs others but not that one', { timeout: 120_000 }, async (t) => {
  const { repository, begun } = makeWaiting(t);
  const running = repository.repro('pipe', 'slow');
  await begun;
  const busy = repository.dvc('repro', 'slow');
  assert.equal(busy.code, 255);
  assert.match(busy.output, /is busy, it is being blocked by:\s+\(PID \d+\): pipe repro/);
  assert.deepEqual((await repository.repro('dvc', 'other')).ran, ['other']);
  writeFileSync(join(repository.root, 'gate'), 'through\n');
  assert.deepEqual((await running).ran, ['slow']);
  assert.equal(repository.dvc('status').output, 'Data and pipelines are up to date.\n');
  assert.doesNotMatch(repository.read('.dvc/tmp/rwlock'), /pid/);
});

test(
  'where DVC holds the lock of the repository, we wait, or fail if told to',
  { timeout: 120_000 },
  async (t) => {
    const repository = makeRepository(t, { 'dvc.yaml': chain, in: 'in' });
    const holder = spawn(
      'python3',
      [
        '-c',
        `import fcntl, sys; f = open('.dvc/tmp/lock', 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()`,
      ],
      { cwd: repository.root },
    );
    await once(holder.stdout, 'data');
    const refused = await repository.repro('pipe', '--no-wait');
    assert.ok(refused.failed);
    assert.match(refused.output, /DVC is at work in this repository/);
    const waited = repository.repro('pipe');
    holder.stdin.end();
    assert.deepEqual((await waited).ran, ['one', 'two']);
  },
);
