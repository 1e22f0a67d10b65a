// Whether an installed backend loads and computes correctly. In a process of its own, because loading it may crash.
import { spawnSync } from 'node:child_process';
import { extname, join } from 'node:path';
import { availableBackends } from '../available.ts';
import type { NativeBackend } from '../native-install.ts';
import { say } from './step.ts';

/** Prints what it finds. @returns whether the backend is correct; true where it cannot be tried here */
export async function checkBackend(backend: NativeBackend | 'webgpu'): Promise<boolean> {
  if (backend === 'tfjs-node-gpu' && (await availableBackends()).gpus.length === 0) {
    say('not checked: nvidia-smi lists no GPU on this machine, and the backend will refuse to start here');
    return true;
  }
  say('checking: a product and the gradients of a small model');
  const program = join(import.meta.dirname, `self-check${extname(import.meta.filename)}`);
  const { status } = spawnSync(process.execPath, [program, backend], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}
