// A command on data is killed before every step that changes the file system: each file is in the workspace, in the cache or among what was
// saved, the project still loads, and adding again brings it in order.
import assert from 'node:assert/strict';
import { cpSync, globSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { stepNumbers, testInWhole } from '../amount.ts';
import { makeWorkspace, runPipe, type TestWorkspace } from '../workspace.ts';

const FILES = { 'raw/a': 'bytes of a' };
const config = (links: string): string => `config: {cache: {links: [${links}]}}\nstages: {}\n`;

/** Some file below the root has these bytes. */
function isSomewhere({ root }: TestWorkspace, bytes: string): boolean {
  return globSync('{*,.*}/**', { cwd: root })
    .concat(globSync('*', { cwd: root }))
    .some((path) => {
      const stats = lstatSync(join(root, path));
      return stats.isFile() && readFileSync(join(root, path), 'utf8') === bytes;
    });
}

/**
 * @param first where a sample of the steps starts. @param prepare makes the state that the command starts from.
 * @returns how many steps it has, or the last of the sample.
 */
async function killAtEveryStep(
  t: TestContext,
  links: string,
  first: number,
  command: readonly string[],
  expected: readonly string[],
  prepare: (workspace: TestWorkspace) => Promise<unknown> = () => Promise.resolve(),
): Promise<number> {
  const origin = makeWorkspace(t, { 'pipeline.yaml': config(links), ...FILES });
  await prepare(origin);
  let last = 0;
  for (const at of stepNumbers(15, first)) {
    const workspace = makeWorkspace(t, {});
    cpSync(origin.root, workspace.root, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    const { signal, code, stderr } = await runPipe(workspace.root, command, { PIPE_FAULT_AT: String(at) });
    if (signal === null) assert.equal(code, 0, stderr);
    for (const bytes of expected) assert.ok(isSomewhere(workspace, bytes), `step ${at}: '${bytes}' is lost`);
    if (command[0] !== 'add') await workspace.expect(0, 'status');
    else {
      await workspace.expect(0, ...command);
      assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
      for (const [name, text] of Object.entries(FILES))
        if (name.startsWith('raw/')) assert.equal(workspace.read(name), text);
    }
    workspace.remove('.');
    if (signal === null) break;
    last = at;
  }
  return last;
}

const ALL = Object.values(FILES);

void suite('killed at every step', () => {
  for (const [index, links] of ['copy', 'hardlink', 'symlink'].entries())
    (links === 'copy' ? test : testInWhole)(`pipe add with ${links}`, async (t) => {
      const steps = await killAtEveryStep(t, links, 1 + 3 * index, ['add', 'raw'], ALL);
      assert.ok(steps > 8, `${steps} steps`);
    });

  testInWhole('pipe add of a part', async (t) => {
    const steps = await killAtEveryStep(
      t,
      'copy',
      2,
      ['add', 'raw/sub/c'],
      [...ALL, 'bytes of c'],
      async (workspace) => {
        await workspace.expect(0, 'add', 'raw');
        workspace.write('raw/sub/c', 'bytes of c');
      },
    );
    assert.ok(steps > 4, `${steps} steps`);
  });

  test('pipe move', async (t) => {
    const steps = await killAtEveryStep(
      t,
      'copy',
      3,
      ['move', 'raw', 'there/raw'],
      [...ALL, 'not recorded'],
      async (workspace) => {
        await workspace.expect(0, 'add', 'raw');
        workspace.write('raw/new', 'not recorded');
      },
    );
    assert.ok(steps > 4, `${steps} steps`);
  });

  test('pipe remove --outs of data that was changed', async (t) => {
    const steps = await killAtEveryStep(
      t,
      'copy',
      4,
      ['remove', '--outs', 'raw'],
      [...ALL, 'not recorded'],
      async (workspace) => {
        await workspace.expect(0, 'add', 'raw');
        workspace.write('raw/new', 'not recorded');
      },
    );
    assert.ok(steps > 4, `${steps} steps`);
  });
});
