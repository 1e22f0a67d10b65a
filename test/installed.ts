// The engine as npm publishes and installs it: packed from this repository, installed into a folder of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');

export interface Packed {
  readonly tarball: string;
  /** In bytes. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Packs what the last build made. */
export function packEngine(folder: string): Packed {
  const options = ['--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', folder];
  const printed = npm(['pack', ...options], repository);
  const [{ filename, size, files }] = JSON.parse(printed) as [Omit<Packed, 'tarball'> & { filename: string }];
  return { tarball: join(folder, filename), size, files };
}

/** Installs it globally below a prefix, without a network. @returns what npm printed, warnings included */
export function installEngine(tarball: string, prefix: string): string {
  const options = ['--offline', '--no-fund', '--no-audit', '--loglevel=warn', '--prefix', prefix];
  return npm(['install', '--global', ...options, tarball], prefix);
}

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  return stdout + stderr;
}
