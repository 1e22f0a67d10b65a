// A copy of the package with node_modules of its own, to see what it says where a part of a backend is missing.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = dirname(import.meta.dirname);

const PROGRAM = `
import { useBackend } from './packages/tensorflow/src/index.ts';
try {
  const { about } = await useBackend(process.argv[2]);
  console.log(about);
} catch (error) {
  console.log(error.name + ': ' + error.message);
}
`;

/** @returns its path, to be removed by the caller; the packages that the package depends on are installed there */
export function makeBackendFolder(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-backend-')));
  cpSync(join(folder, 'src'), join(root, 'packages/tensorflow/src'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'use-backend.ts'), PROGRAM);
  mkdirSync(join(root, 'node_modules/@tensorflow'), { recursive: true });
  for (const name of ['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu', 'tfjs-backend-wasm']) {
    const installed = realpathSync(join(folder, '../../node_modules/@tensorflow', name));
    symlinkSync(installed, join(root, 'node_modules/@tensorflow', name));
  }
  return root;
}

/** What the program prints when it asks for that backend there. */
export function askForBackend(root: string, backend: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['use-backend.ts', backend], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout + stderr;
}
