// MLflow from PyPI in a virtual environment, made once and kept.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../node_modules/.cache/mlflow-venv');

/** @returns the folder of its programs; the first call on a machine installs (about a minute). */
export function mlflowPrograms(): string {
  const programs = join(folder, 'bin');
  if (existsSync(join(folder, 'complete'))) return programs;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  command('python3', '-m', 'venv', folder);
  command(join(programs, 'pip'), 'install', '--quiet', '--disable-pip-version-check', 'mlflow>=3');
  mkdirSync(join(folder, 'marking'));
  renameSync(join(folder, 'marking'), join(folder, 'complete'));
  return programs;
}

function command(program: string, ...args: string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed with ${error?.message ?? `status ${status}`}`);
}
