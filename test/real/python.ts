// Virtual environments with packages from PyPI, for the suites that compare with programs written in Python. Made once
// and kept.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const cache = resolve(import.meta.dirname, '../../node_modules/.cache');

/**
 * @param name of the environment, for people; @param packages requirements as pip takes them.
 * @returns the folder of its programs. The first call on a machine installs, which takes about a minute.
 */
export function venv(name: string, packages: readonly string[]): string {
  const version = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 8);
  const folder = join(cache, `venv-${name}-${version}`);
  const programs = join(folder, 'bin');
  if (existsSync(join(folder, 'complete'))) return programs;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  command('python3', '-m', 'venv', folder);
  command(join(programs, 'pip'), 'install', '--quiet', '--disable-pip-version-check', ...packages);
  mkdirSync(join(folder, 'marking'));
  renameSync(join(folder, 'marking'), join(folder, 'complete'));
  return programs;
}

function command(program: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed with ${error?.message ?? `status ${status}`}`);
}
