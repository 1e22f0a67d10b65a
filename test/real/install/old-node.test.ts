// The installed engine on other versions of Node: one sentence where Node is too old, no warnings on the oldest that works.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { installEngine, packEngine } from '../../installed.ts';

const repository = resolve(import.meta.dirname, '../../..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-node-')));
after(() => rmSync(folder, { recursive: true }));

before(() => {
  installEngine(packEngine(folder).tarball, folder);
});

/** The newest Node of a major version, from npm; kept for the next run. */
function nodeOf(major: number): string {
  const home = join(repository, `node_modules/.cache/node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(home, 'node_modules', name, 'bin/node');
  if (existsSync(program)) return program;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${major}`];
  const { status, stderr } = spawnSync('npm', args, { cwd: home, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return program;
}

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
