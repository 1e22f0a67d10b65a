// The version and the help are printed without the engine, as the engine prints them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace, pipeBin, runPipe } from '../workspace.ts';

for (const flag of ['--version', '-V', '--help', '-h'])
  test(`pipe ${flag} is the same with and without the fast answer`, (t) => {
    const { root } = makeWorkspace(t, { 'dvc.yaml': 'stages: {}\n', '.dvc/config': '' });
    const run = (env: NodeJS.ProcessEnv): { stdout: string; stderr: string; status: number | null } => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [pipeBin, flag], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
      return { stdout, stderr, status };
    };
    const fast = run({});
    assert.deepEqual(fast, run({ PIPE_NO_FAST_ANSWER: '1' }));
    assert.equal(fast.status, 0);
    assert.notEqual(fast.stdout, '');
  });

/** A pipe that is nearly full takes the first bytes of a write; the rest waits for its reader. */
const FULL_PIPE = `
  const fs = process.getBuiltinModule('node:fs');
  const { writeSync } = fs;
  fs.writeSync = (descriptor, bytes) => writeSync(descriptor, bytes.subarray(0, 100));
`;

test('a text that the system took in part is printed to its end', (t) => {
  const { root } = makeWorkspace(t, {});
  const help = (...options: readonly string[]): string =>
    spawnSync(process.execPath, [...options, pipeBin, '--help'], { cwd: root, encoding: 'utf8' }).stdout;
  assert.equal(help('--import', `data:text/javascript,${encodeURIComponent(FULL_PIPE)}`), help());
});

test('the answer that all is up to date has colours where the run itself would have them', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': 'stages:\n  s: {cmd: echo > o, outs: [o]}\n' });
  await workspace.expect(0, 'repro');
  // Kept once the times of all files are old enough.
  while (!existsSync(workspace.path('cache/state/verdict'))) await workspace.expect(0, 'repro');
  const shown = async (env: NodeJS.ProcessEnv): Promise<ReadonlySet<string>> => {
    const texts = new Set<string>();
    for (const PIPE_NO_FAST_ANSWER of ['', '1']) {
      const { stdout } = await runPipe(workspace.root, ['repro'], { ...env, PIPE_NO_FAST_ANSWER });
      texts.add(stdout.split(' 1 fresh')[0]!);
    }
    return texts;
  };
  const text = 'Everything is up to date.';
  assert.deepEqual(await shown({ FORCE_COLOR: '1' }), new Set([`\u001b[32m${text}\u001b[39m`]));
  for (const env of [{ FORCE_COLOR: '0' }, { FORCE_COLOR: 'false' }, { FORCE_COLOR: '1', NO_COLOR: '1' }])
    assert.deepEqual(await shown(env), new Set([text]));
});
