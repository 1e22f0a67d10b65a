// The backend of a stage: makes the one that its flags name the active one, and prints a line about it.
import {
  BACKENDS,
  BackendError,
  DeviceError,
  fasterThanWasm,
  useBackend as use,
} from '@pipe-engine/tensorflow';
import { StageError } from './fail.ts';
import { fallbackInUse } from './fallback.ts';
import { required } from './flags.ts';
import { say } from './progress.ts';

export const backendFlags = {
  backend: required('text', `TensorFlow.js backend: ${BACKENDS.join(', ')}`),
  threads: required('integer', 'threads of the backend'),
} as const;

/**
 * Where that has failed and another one is asked for in this case, it is the other one.
 * @param named the value of `--backend` @param threads the value of `--threads`
 * @throws StageError where the backend cannot be used, or contradicts `TFJS_BACKEND`
 */
export async function useBackend(named: string, threads: number): Promise<void> {
  check(named);
  const name = fallbackInUse() ?? named;
  const { about, device } = await use(name, { threads }).catch((error: unknown) => {
    if (!(error instanceof BackendError) || error instanceof DeviceError) throw error;
    throw new StageError(error.argument === undefined ? error.message : `--${error.message}`);
  });
  say(`backend ${name} · ${about} · device ${device} · ${threads} thread${threads === 1 ? '' : 's'}`);
  const faster = name === 'wasm' ? fasterThanWasm() : undefined;
  if (faster !== undefined) say(`note: ${faster} is installed and faster: base.backend: ${faster}`);
}

function check(name: string): void {
  if (name === 'auto')
    throw new StageError(
      `--backend: a backend is part of what a result depends on, so it is named; choose one of ${BACKENDS.join(', ')}`,
    );
  const wanted = process.env['TFJS_BACKEND'];
  if (wanted !== undefined && wanted !== '' && wanted !== name)
    throw new StageError(
      `TFJS_BACKEND=${wanted} contradicts --backend ${name}; unset the one, or change the parameter base.backend`,
    );
}
