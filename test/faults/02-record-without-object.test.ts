// Lines 2 and 4: what lies between a stored output and its record, and between two states of the lock file.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { sampleOf, stepNumbers } from '../amount.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';
import { assertConverges, reproUntil } from './crash.ts';

const pipeline = `
stages:
  a: {cmd: echo a > a.txt, outs: [a.txt]}
  b: {cmd: echo b > b.txt, deps: [a.txt], outs: [b.txt]}
`;
const expected = { 'a.txt': 'a\n', 'b.txt': 'b\n' };

const steps = new Map<When, number>();
type When = (workspace: TestWorkspace) => boolean;

/** A workspace whose run died at the first step at which this is so. It stays so, so that the step is found by halving. */
async function diedWhen(t: TestContext, when: When): Promise<TestWorkspace> {
  let so = steps.get(when) ?? Infinity;
  let not = so === Infinity ? 0 : so - 1;
  let found: TestWorkspace | undefined;
  while (found === undefined || so - not > 1) {
    const at = so === Infinity ? 2 * not + 8 : Math.ceil((not + so) / 2);
    const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
    const { signal } = await reproUntil(at, workspace, '-j1');
    if (when(workspace)) [so, found] = [at, signal === 'SIGKILL' ? workspace : undefined];
    else {
      assert.equal(signal, 'SIGKILL', 'there is such a step');
      not = at;
    }
    assert.ok(found !== undefined || so - not > 1, 'there is such a step');
  }
  steps.set(when, so);
  return found;
}

const bHasRun: When = ({ path }) => existsSync(path('b.txt'));

const journals = ({ path }: TestWorkspace): string[] =>
  existsSync(path('cache/state/journal'))
    ? readdirSync(path('cache/state/journal'))
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => path(`cache/state/journal/${name}`))
    : [];
const isStored: When = ({ path }) =>
  existsSync(path('cache/objects/sha256')) &&
  readdirSync(path('cache/objects/sha256'), { recursive: true, encoding: 'utf8' }).some((name) =>
    /^..\/[0-9a-f]{62}$/.test(name),
  );

test('2: killed between storing and recording: the stage is taken up again, and no record lacks its object', async (t) => {
  const workspace = await diedWhen(t, isStored);
  assert.deepEqual(journals(workspace), []);
  assert.equal(existsSync(workspace.path('pipeline.lock')), false);
  await assertConverges(workspace, expected);
});

test('2: what was recorded before a death counts, though the lock file was not written', async (t) => {
  const workspace = await diedWhen(t, bHasRun);
  assert.equal(existsSync(workspace.path('pipeline.lock')), false);
  assert.match((await workspace.expect(0, 'status', '-v')).stdout, /a: fresh/);
  assert.deepEqual((await workspace.repro()).ran, ['b']);
});

const damages = [
  ['cut off in its last line', (file: string) => truncateSync(file, readFileSync(file).length - 7)],
  ['cut off in its first line', (file: string) => truncateSync(file, 5)],
  ['empty', (file: string) => truncateSync(file, 0)],
  ['ended by what a crash left of another line', (file: string) => appendFileSync(file, '\n"stages:')],
] as const;
for (const [what, damage] of sampleOf(damages, 3)) {
  test(`4: a journal that is ${what} loses at most what was being written`, async (t) => {
    const workspace = await diedWhen(t, bHasRun);
    for (const file of journals(workspace)) damage(file);
    await assertConverges(workspace, expected);
  });
}

test('4: the lock file is the old one or the new one, whole, at every step of its writing', async (t) => {
  const done = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  await done.repro();
  const before = done.read('pipeline.lock');
  done.write('pipeline.yaml', pipeline.replace('echo b', 'echo c'));
  const origin = makeWorkspace(t, {});
  cpSync(done.root, origin.root, { recursive: true, preserveTimestamps: true });
  await done.repro();
  const after = done.read('pipeline.lock');
  const seen = new Set<string>();
  for (const at of stepNumbers(14)) {
    const workspace = makeWorkspace(t, {});
    cpSync(origin.root, workspace.root, { recursive: true, preserveTimestamps: true });
    const { signal } = await reproUntil(at, workspace);
    const text = workspace.read('pipeline.lock');
    assert.ok(text === before || text === after, text);
    seen.add(text);
    workspace.remove('.');
    if (signal === null) break;
  }
  assert.equal(seen.size, 2);
});
