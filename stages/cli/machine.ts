// Asks this machine what the choice of a backend depends on. Drivers may crash or wait for ever, so each question has a process of its own
// and a time limit.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { listAdapters, type AdapterList } from '@pipe-engine/tensorflow/adapters';
import type { BackendName } from '@pipe-engine/tensorflow/available';
import { remembered, speedsOf, type Trial } from './trial.ts';

/** How a machine answers. Each question takes up to some seconds, so it is asked only where the answer can matter. */
export interface Machine {
  /** Loads a backend and says what went wrong; undefined where nothing did. */
  readonly tryBackend: (name: string) => string | undefined;
  readonly listAdapters: () => AdapterList;
  /** Trains for a moment on WebGPU and on the processor. */
  readonly tryTraining: (adapter: string, processor: BackendName) => Trial;
}

/** Milliseconds for loading a backend and checking its gradients. */
const PATIENCE = 120_000;

/** @returns why loading it failed, or undefined */
export function tryBackend(name: string): string | undefined {
  const source = `const { useBackend } = await import(process.argv[1]); await useBackend(process.argv[2], 1); process.exit();`;
  const module = join(import.meta.dirname, '../lib/stage/backend.ts');
  const { status, signal, stderr, error } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', source, module, name],
    {
      encoding: 'utf8',
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
      env: { ...process.env, TFJS_BACKEND: name },
    },
  );
  if (status === 0) return undefined;
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT')
    return `loading it took more than ${PATIENCE / 1000} s`;
  if (signal !== null) return `a driver crashed (${signal})`;
  const said = stderr.split('\n').filter((line) => /^\s*(?:\w*Error|error)\b/.test(line));
  return error?.message ?? said[0]?.trim() ?? `loading ${name} ended with status ${status}`;
}

export const MACHINE: Machine = {
  tryBackend,
  listAdapters,
  tryTraining: (adapter, processor) => remembered(adapter, processor, () => speedsOf(processor)),
};
