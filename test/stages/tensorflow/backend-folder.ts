// A copy of the stages with packages of its own, to see what they say where a part of a backend is missing.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../../..');

const PROGRAM = `
import { runStage } from './stages/lib/fail.ts';
import { useBackend } from './stages/lib/tensorflow/backend.ts';
await runStage(() => useBackend(process.argv[2], 1));
`;

/** @returns its path, to be removed by the caller; it has the packages that the stages always have of TensorFlow.js */
export function makeBackendFolder(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-backend-')));
  cpSync(join(repository, 'stages'), join(root, 'stages'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'use-backend.ts'), PROGRAM);
  const packages = 'node_modules/@tensorflow';
  mkdirSync(join(root, packages), { recursive: true });
  for (const name of ['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu', 'tfjs-backend-wasm'])
    symlinkSync(join(repository, packages, name), join(root, packages, name));
  return root;
}

/** What a stage prints when it asks for that backend there. */
export function askForBackend(root: string, backend: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['use-backend.ts', backend], {
    cwd: root,
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}
