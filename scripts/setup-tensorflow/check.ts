// Whether an installed backend loads and computes right: in a process of its own, which may die of what it loads.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { NativeBackend } from '../../stages/lib/tensorflow/native-install.ts';
import { say } from './step.ts';

/** Says what was found. @returns whether it is right; a GPU backend on a machine without a GPU is */
export function checkBackend(backend: NativeBackend): boolean {
  say('checking: a product and the gradients of a small model');
  const program = join(import.meta.dirname, 'self-check.ts');
  const { status } = spawnSync(process.execPath, [program, backend], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}
