import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withEnv } from '../../src/dvc/dvc.ts';
import type { LockEntry, Locks } from '../../src/lock/lock.ts';
import { makeStage } from '../show/stages.ts';

test('an environment is remembered with the entry that it belongs to', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-env-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'state/env.json');
  let recorded: LockEntry | undefined;
  const dvcLock = {
    entry: () => recorded,
    // As dvc.lock keeps it: without the environment.
    record: (_: unknown, { env: _env, ...entry }: LockEntry) => void (recorded = entry),
  } as unknown as Locks;
  const stage = makeStage('s');
  const open = (): Locks => withEnv(dvcLock, file);
  const entry: LockEntry = { cmd: 'x', deps: [], params: new Map(), outs: [] };

  open().record(stage, entry);
  assert.equal(open().entry(stage)!.env, undefined);
  open().record(stage, { ...entry, env: { A: '1' } });
  assert.deepEqual(open().entry(stage)!.env, { A: '1' });
  // Of the same name in another folder.
  const other = makeStage('s', { address: 'sub/dvc.yaml:s' as never });
  open().record(other, { ...entry, env: { A: '2' } });
  assert.deepEqual(
    [stage, other].map((one) => open().entry(one)!.env),
    [{ A: '1' }, { A: '2' }],
  );
  recorded = { ...entry, cmd: 'y' };
  assert.deepEqual(open().entry(stage)!.env, {}, 'DVC ran it meanwhile');
  recorded = entry;
  writeFileSync(file, 'cut o');
  assert.equal(open().entry(stage)!.env, undefined);
  open().record(stage, { ...entry, env: { A: '1' } });
  open().record(stage, entry);
  assert.equal(open().entry(stage)!.env, undefined, 'it sets none any more');
});
