// The engine as npm publishes and installs it: packed from this repository, installed into a folder of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');

export interface Packed {
  readonly tarball: string;
  /** In bytes. */
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** Packs what the last build made. */
export function packEngine(folder: string): Packed {
  const printed = npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], repository);
  const [{ filename, size, files }] = JSON.parse(printed) as [Omit<Packed, 'tarball'> & { filename: string }];
  return { tarball: join(folder, filename), size, files };
}

/** Installs it globally below a prefix, without a network. @returns what npm printed */
export function installEngine(tarball: string, prefix: string): string {
  return npm(
    ['install', '--global', '--offline', '--no-fund', '--no-audit', '--prefix', prefix, tarball],
    prefix,
  );
}

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}
