// Other versions of Node than the one that runs the tests, from npm; kept for the next run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../../..');

/** The program of the newest Node of a major version. */
export function nodeOf(major: number): string {
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

/** The JavaScript of npm's command on this machine: runs on whichever `node` comes first on PATH. */
export function npmProgram(name: 'npm' | 'npx'): string {
  const found = process.env['PATH']!.split(delimiter).find((folder) => existsSync(join(folder, name)));
  return realpathSync(join(found!, name));
}

/** Of the tests, so that registries can be reached: without what npm sets for the programs that it runs. */
export function installerEnvironment(): NodeJS.ProcessEnv {
  const isSetByNpm = /^npm_(?!config_(?:registry|cafile|proxy|https_proxy|noproxy)$)|^NODE_TEST_CONTEXT$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetByNpm.test(name)));
}
