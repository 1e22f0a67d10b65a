// How a signal ends the program while it works.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { testInWhole } from '../amount.ts';
import { makeSpace } from '../hash/space.ts';

const src = (name: string): string => JSON.stringify(join(import.meta.dirname, '../../src', name));

testInWhole('a signal ends the program while the system copies, however long the copy takes', (t) => {
  const space = makeSpace(t);
  execFileSync('mkfifo', [space.path('from')]);
  // Nothing ever writes to the pipe: the system never begins.
  const script = `
    import { endedBySignals } from ${src('session/stop-signals.ts')};
    import { copyBySystem } from ${src('disk/disk.ts')};
    await endedBySignals(async () => {
      const copy = copyBySystem(${JSON.stringify(space.path('from'))}, ${JSON.stringify(space.path('to'))}, 0);
      process.kill(process.pid, 'SIGTERM');
      await copy;
    });`;
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(signal, 'SIGTERM', stderr);
});
