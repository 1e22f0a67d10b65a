// Commands and stages while DVC works in the same repository: who has DVC's lock.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openFileLocks } from '../../src/run/run.ts';
import { runInProcess } from '../open-project.ts';
import { watchRun } from '../faults/puppet-run.ts';
import { makeWorkspace, startPipe } from '../workspace.ts';

for (const [what, cmd] of [
  ['ends well', 'cat in > out'],
  ['fails', 'cat in > out; exit 1'],
] as const)
  test(`DVC may work while a stage runs, and after it ${what}: its lock and its table are given back`, async (t) => {
    const workspace = makeWorkspace(t, {
      '.dvc/config': '',
      'dvc.yaml': `stages:\n  s: {cmd: "cat gate && ${cmd}", deps: [in], outs: [out]}\n`,
      in: '1',
    });
    // The stage ends once the lock was asked for.
    execFileSync('mkfifo', [workspace.path('gate')]);
    const locks = openFileLocks()!;
    t.after(() => locks.close());
    let during: Promise<boolean> | undefined;
    const { counts } = await runInProcess(workspace.root, (event) => {
      if (event.type === 'start') {
        during = locks.lock(workspace.path('.dvc/tmp/lock'));
        void during
          .then(() => locks.unlock(workspace.path('.dvc/tmp/lock')))
          .then(() => writeFile(workspace.path('gate'), ''));
        const table = JSON.parse(workspace.read('.dvc/tmp/rwlock')) as { write: object };
        assert.deepEqual(Object.keys(table.write), [workspace.path('out')]);
      }
    });
    assert.equal(counts.ran + counts.failed, 1);
    assert.equal(await during, true, 'while the stage ran');
    assert.equal(await locks.lock(workspace.path('.dvc/tmp/lock')), true, 'after the run');
    assert.equal(workspace.read('.dvc/tmp/rwlock'), '{"write":{},"read":{}}');
  });

test('a command that changes a DVC repository waits for DVC, and so does a run', async (t) => {
  const locks = openFileLocks();
  if (!locks) return t.skip('neither perl nor python3 is installed');
  t.after(() => locks.close());
  const workspace = makeWorkspace(t, { '.dvc/config': '', 'dvc.yaml': 'stages: {}\n', '.dvc/tmp/lock': '' });
  const lock = workspace.path('.dvc/tmp/lock');
  assert.ok(await locks.lock(lock));
  const command = watchRun(startPipe(workspace.root, ['commit']));
  await command.said(/waiting for DVC/);
  await locks.unlock(lock);
  assert.equal((await command.end).code, 0);
  // So does a run, before a stage reads what DVC may be writing.
  workspace.write('dvc.yaml', 'stages:\n  s: {cmd: echo > o, outs: [o]}\n');
  assert.ok(await locks.lock(lock));
  await assert.rejects(runInProcess(workspace.root), /DVC is at work/);
  assert.ok(!existsSync(workspace.path('o')));
});

// Each prints where it is: what is found along PATH may be a script that needs others.
for (const [program, ...where] of [
  ['perl', '-e', 'print $^X'],
  ['python3', '-c', 'import sys; print(sys.executable)'],
] as const)
  test(
    `with ${program}: DVC's lock is one program's until it lets go of it, or ends`,
    { timeout: 30_000 },
    async (t) => {
      const { status, stdout } = spawnSync(program, where, { encoding: 'utf8' });
      if (status !== 0) return t.skip(`${program} is not installed`);
      const workspace = makeWorkspace(t, {
        [`bin/${program}`]: `#!/bin/sh\nexec ${stdout.trim()} "$@"\n`,
      });
      chmodSync(workspace.path(`bin/${program}`), 0o755);
      const before = process.env['PATH'];
      t.after(() => (process.env['PATH'] = before));
      process.env['PATH'] = workspace.path('bin');
      const [one, other] = [openFileLocks()!, openFileLocks()!];
      for (const locks of [one, other]) t.after(() => locks.close());
      const [a, b] = ["a 'lock'", 'b'].map((name) => workspace.path(name)) as [string, string];
      const taken = async (): Promise<readonly boolean[]> => [await other.lock(a), await other.lock(b)];
      assert.deepEqual([await one.lock(a), await one.lock(b)], [true, true]);
      assert.deepEqual(await taken(), [false, false]);
      await one.unlock(a);
      assert.deepEqual(await taken(), [true, false]);
      assert.equal(await one.lock(a), false);
      await assert.rejects(one.lock(workspace.path('none/lock')), /DVC's lock cannot be taken/);
      one.close();
      while (!(await other.lock(b)));
    },
  );

test(
  "whoever asks for DVC's lock learns that the program which takes it has ended, or is not there",
  { timeout: 30_000 },
  async (t) => {
    const workspace = makeWorkspace(t, {
      'bin/perl': '#!/bin/sh\n[ "$1" = -e ] || exit 0\nread -r line\n',
    });
    chmodSync(workspace.path('bin/perl'), 0o755);
    const before = process.env['PATH'];
    t.after(() => (process.env['PATH'] = before));
    process.env['PATH'] = workspace.path('bin');
    const locks = openFileLocks()!;
    const asked = [1, 2].map(() => locks.lock(workspace.path('lock')));
    for (const one of await Promise.allSettled(asked)) {
      assert.equal(one.status, 'rejected');
      assert.match(String(one.reason), /DVC's lock cannot be taken/);
    }
    await assert.rejects(locks.lock(workspace.path('lock')), /DVC's lock cannot be taken/);
    await locks.unlock(workspace.path('lock'));
    locks.close();
    process.env['PATH'] = workspace.root;
    assert.equal(openFileLocks(), undefined);
  },
);
