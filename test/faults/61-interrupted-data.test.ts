// A command on data that gets a signal: it ends at once with the code of the signal, leaves neither temporary files nor the run lock, and
// what it did not do is as before.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../workspace.ts';

/** Large enough to be read by a thread, so that the signal is heard before the next step. */
const FILES = { one: '1'.repeat(5 << 20), two: '2'.repeat(5 << 20) };

const signalled = (
  { root }: TestWorkspace,
  signal: NodeJS.Signals,
  at: number,
  ...args: string[]
): Promise<Ran> => runPipe(root, args, { PIPE_FAULT_AT: String(at), PIPE_FAULT_ERROR: signal });

/** As a shell reports it: where the system copies a file, the signal itself ends the process. */
const codeOf = ({ code, signal }: Ran): number => code ?? 128 + constants.signals[signal!];

function assertNothingLeft({ root, path }: TestWorkspace): void {
  const left = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.tmp'),
  );
  assert.deepEqual(left, []);
  assert.equal(existsSync(path('cache/state/run.owner.json')), false);
}

test('a signal ends add and checkout at once, and the next command works as after any other', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n', ...FILES });
  const added = await signalled(workspace, 'SIGINT', 15, 'add', 'one', 'two');
  assert.equal(codeOf(added), 130, added.stderr);
  assertNothingLeft(workspace);
  assert.equal(workspace.read('pipeline.yaml'), 'stages: {}\n');
  assert.equal((await workspace.expect(0, 'add', 'one', 'two')).stderr, '');
  workspace.remove('one');
  workspace.remove('two');
  const placed = await signalled(workspace, 'SIGTERM', 5, 'checkout');
  assert.equal(codeOf(placed), 143, placed.stderr);
  assertNothingLeft(workspace);
  assert.ok(workspace.read('one') === FILES.one && !existsSync(workspace.path('two')));
});

for (const [index, [command, before]] of (
  [
    ['add one two'],
    ['checkout -f', ['add one two', 'change']],
    ['commit', ['add one two', 'change']],
    ['move one there', ['add one two']],
    ['remove --outs one two', ['add one two', 'change']],
    ['import-url outside/folder there'],
    ['update', ['import-url outside/folder there', 'change']],
    ['gc -w', ['add one two', 'remove one two']],
  ] as const
).entries())
  testInWhole(`a signal at every step of pipe ${command}`, async (t) => {
    const origin = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n', ...FILES });
    const outside = makeWorkspace(t, { 'folder/a': FILES.one, 'folder/b': FILES.two });
    const argsOf = (text: string): string[] => text.replace('outside', outside.root).split(' ');
    for (const step of before ?? [])
      if (step !== 'change') await origin.expect(0, ...argsOf(step));
      else {
        origin.write('two', '3'.repeat(6 << 20));
        outside.write('folder/c', '4'.repeat(6 << 20));
      }
    let interrupted = 0;
    for (let at = 1 + (index % 3); at < 40; at += 3) {
      const workspace = makeWorkspace(t, {});
      cpSync(origin.root, workspace.root, { recursive: true, preserveTimestamps: true });
      const state = async (): Promise<string> => (await workspace.expect(0, 'status', '--json')).stdout;
      const start = await state();
      const ended = await signalled(workspace, 'SIGINT', at, ...argsOf(command));
      const [code, { stderr }] = [codeOf(ended), ended];
      assertNothingLeft(workspace);
      assert.ok(code === 0 || code === 130, `step ${at}: ${stderr}`);
      interrupted += code === 130 ? 1 : 0;
      // All or nothing, where the command is about one thing.
      if (code === 130 && /^(?:add|move|remove|import)/.test(command))
        assert.equal(await state(), start, `step ${at}`);
      if (code === 130)
        assert.equal((await workspace.expect(0, ...argsOf(command))).stderr.includes('normally'), false);
      await state();
      workspace.remove('.');
    }
    // Short work can be done before the signal is heard.
    assert.ok(interrupted > 0 || /^(?:move|remove|gc)/.test(command), 'no signal was heard in time');
  });
