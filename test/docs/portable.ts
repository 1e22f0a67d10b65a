// The programs of BusyBox in place of GNU's: options that only GNU's tools know fail with them, as they do on macOS.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns its path, or nothing where it is not installed. */
export function findBusyBox(): string | undefined {
  return which('busybox');
}

/** @param others programs besides BusyBox': paths by the names that the page calls. @returns folders for PATH */
export function portablePrograms(
  folder: string,
  busyBox: string | undefined,
  others: Readonly<Record<string, string>>,
): string[] {
  const named = join(folder, 'named');
  mkdirSync(named);
  for (const [name, path] of Object.entries(others)) {
    writeFileSync(join(named, name), `#!/bin/sh\nexec '${path}' "$@"\n`);
    chmodSync(join(named, name), 0o755);
  }
  if (busyBox === undefined) return [named, ...process.env['PATH']!.split(delimiter)];
  const tools = join(folder, 'busybox');
  mkdirSync(tools);
  const { status, stderr } = spawnSync(busyBox, ['--install', '-s', tools], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return [named, tools];
}

export function which(name: string): string | undefined {
  const { stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' });
  return stdout.trim() || undefined;
}

/** The interpreter itself, where `python3` on PATH is a script that looks for it. */
export function findPython(): string | undefined {
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  return stdout?.trim() || undefined;
}
