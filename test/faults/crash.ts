// Kills a run where the test says, and holds what must be true whenever a run was killed: the cache and the records are
// sound, `status` tells what `repro` then does, and `repro` ends with the bytes of a run that nothing disturbed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseLock } from '../../src/own/own.ts';
import { stepNumbers } from '../amount.ts';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../workspace.ts';

/** Runs `repro` so that it dies before its step number `at` that changes the file system. */
export function reproUntil(at: number, { root }: TestWorkspace, ...args: readonly string[]): Promise<Ran> {
  return runPipe(root, ['repro', '-q', ...args], { PIPE_FAULT_AT: String(at) });
}

/**
 * Kills a run before its first step, another before its second, and so on until one comes to its end.
 * @param prepare makes the workspace that such a run starts from; @param expected texts of files after it, by path.
 * @param steps a sample of them. @returns how many steps the run has, or the last of the sample.
 */
export async function killAtEveryStep(
  t: TestContext,
  pipeline: string,
  prepare: (workspace: TestWorkspace) => Promise<unknown>,
  expected: Readonly<Record<string, string>>,
  steps: Iterable<number> = stepNumbers(1),
): Promise<number> {
  const origin = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  await prepare(origin);
  let last = 0;
  for (const at of steps) {
    const workspace = makeWorkspace(t, {});
    cpSync(origin.root, workspace.root, { recursive: true, preserveTimestamps: true });
    const { signal, code, stderr } = await reproUntil(at, workspace);
    if (signal === null) assert.equal(code, 0, stderr);
    else assert.equal(signal, 'SIGKILL');
    await assertConverges(workspace, expected);
    workspace.remove('.');
    if (signal === null) break;
    last = at;
  }
  return last;
}

/** @param expected texts of files, by path. */
export async function assertConverges(
  workspace: TestWorkspace,
  expected: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<void> {
  assertSoundCache(workspace);
  const status = JSON.parse((await workspace.expect(0, 'status', '--json')).stdout) as {
    stages: { name: string; decision: string }[];
  };
  const { ran, restored } = await workspace.repro(...args);
  for (const { name, decision } of status.stages) {
    const done = ran.includes(name) ? 'run' : restored.includes(name) ? 'restore' : 'fresh';
    if (decision !== 'blocked') assert.equal(done, decision, `status said of '${name}': ${decision}`);
  }
  for (const [path, text] of Object.entries(expected)) assert.equal(workspace.read(path), text, path);
  assertSoundCache(workspace);
  assert.deepEqual(leftBehind(workspace), [], 'nothing of a dead run stays');
}

/** Every object has the bytes of its name; every recorded output is kept, or lies in the workspace. */
export function assertSoundCache({ root }: TestWorkspace): void {
  const objects = join(root, 'cache/objects/sha256');
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  for (const path of globSync('*/*', { cwd: objects })) {
    if (path.endsWith('.tmp')) continue;
    assert.equal(sha256(join(objects, path)), path.replace('/', '').replace(/\.dir$/, ''));
  }
  const lock = join(root, 'pipeline.lock');
  if (!existsSync(lock)) return;
  for (const [name, { outs }] of parseLock(readFileSync(lock, 'utf8'), lock).entries)
    for (const { path, content } of outs)
      assert.ok(
        existsSync(join(objects, content.digest.slice(0, 2), content.digest.slice(2))),
        `'${path}' of '${name}' is recorded without its object`,
      );
}

/** Temporary files, apart from those in the cache that garbage collection sees to. */
function leftBehind({ root }: TestWorkspace): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      !/^cache\/(?:objects|runs|tmp|placing)\//.test(path) &&
      /\.tmp$|\.new$/.test(path) &&
      statSync(join(root, path)).isFile(),
  );
}
