// Whether an installed backend loads and computes right: in a process of its own, which may die of what it loads.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { availableBackends } from '../../stages/lib/tensorflow/available.ts';
import type { NativeBackend } from '../../stages/lib/tensorflow/native-install.ts';
import { say } from './step.ts';

/** Says what was found. @returns whether it is right; what cannot be tried is taken to be */
export async function checkBackend(backend: NativeBackend): Promise<boolean> {
  if (backend === 'tfjs-node-gpu' && (await availableBackends()).gpus.length === 0) {
    say('not checked: nvidia-smi lists no GPU on this machine, and the backend will refuse to start here');
    return true;
  }
  say('checking: a product and the gradients of a small model');
  const program = join(import.meta.dirname, 'self-check.ts');
  const { status } = spawnSync(process.execPath, [program, backend], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}
