// Installed with npm, and used on a bare machine by a user without rights.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installEngine, packEngine } from '../../installed.ts';
import { makeBare } from './bare.ts';
import { useFirst } from './first-use.ts';
import { installerEnvironment } from './node.ts';

const bare = makeBare();
after(bare.remove);
const { tarball } = packEngine(bare.folder);
/** A Node that the user may run, wherever the one of the tests is. */
const nodes = join(bare.folder, 'node');
mkdirSync(nodes);
copyFileSync(process.execPath, join(nodes, 'node'));

test('npm install --global', () => {
  const prefix = join(bare.folder, 'npm');
  mkdirSync(prefix);
  installEngine(tarball, prefix);
  const PATH = `${join(prefix, 'bin')}:${nodes}:${bare.programs}`;
  useFirst(bare, bare.project('project'), { PATH }, 'pipe');
});

test('npm install in a project, and npx', () => {
  const project = join(bare.folder, 'local');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  const run = (program: string, ...args: readonly string[]): string => {
    const options = { cwd: project, encoding: 'utf8', env: installerEnvironment() } as const;
    const { status, stdout, stderr } = spawnSync(program, args, options);
    assert.deepEqual([status, stderr], [0, ''], `${program} ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  };
  run('npm', 'install', '--offline', '--no-fund', '--no-audit', '--loglevel=warn', tarball);
  run('npx', 'pipe', 'init');
  assert.match(run('npx', 'pipe', 'repro'), /^2 ran\b/m);
  const pipe = join(project, 'node_modules/.bin/pipe');
  useFirst(bare, bare.project('another project'), { PATH: `${nodes}:${bare.programs}` }, pipe);
});
