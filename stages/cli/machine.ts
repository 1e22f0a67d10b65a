// Asks this machine what the choice of a backend depends on. Drivers may crash or wait for ever, so each question has a process of its own
// and a time limit.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { listAdapters } from '@pipe-engine/tensorflow/adapters';
import type { Machine } from './backend-choice.ts';
import { remembered, speedsOf } from './trial.ts';

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
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
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
