// The installed engine on other versions of Node: one sentence where Node is too old, no warnings on the oldest that works.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { installEngine, packEngine } from '../../installed.ts';
import { nodeOf } from './node.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-node-')));
after(() => rmSync(folder, { recursive: true }));

before(() => {
  installEngine(packEngine(folder).tarball, folder);
});

function pipe(node: string, cwd: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(node, [join(folder, 'bin/pipe'), ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: `${dirname(node)}:/usr/bin:/bin` },
  });
  return { status, stdout, stderr };
}

for (const major of [14, 16, 18, 20])
  test(`on Node ${major} it says which version it needs, in one sentence`, () => {
    const node = nodeOf(major);
    const { stdout: version } = spawnSync(node, ['-v'], { encoding: 'utf8' });
    assert.deepEqual(pipe(node, folder, 'init'), {
      status: 1,
      stdout: '',
      stderr: `pipe needs Node 22.22 or newer, and this is ${version.trim()}: install a newer one from https://nodejs.org.\n`,
    });
  });

test('on Node 22 it works without a warning', () => {
  const node = nodeOf(22);
  const project = join(folder, 'project');
  mkdirSync(project);
  for (const args of [['init'], ['repro'], ['status'], ['gc', '--help']]) {
    const { status, stdout, stderr } = pipe(node, project, ...args);
    assert.deepEqual([status, stderr], [0, ''], `pipe ${args.join(' ')}\n${stdout}${stderr}`);
  }
});
