// Which adapters WebGPU has on this machine. Loads nothing into this process.
import { spawnSync } from 'node:child_process';
import { extname, join } from 'node:path';
import type { AdapterDescription, AdapterKind } from './adapter-kind.ts';
import { findPackage, webGpuFolder } from './dawn.ts';
import { missingDriver } from './drivers.ts';

export { webGpuFolder };

export interface Adapter extends AdapterDescription {
  readonly kind: AdapterKind;
  /** How many of this name there are; WebGPU cannot distinguish them. */
  readonly count: number;
}

export interface AdapterList {
  /** The strongest first. */
  readonly adapters: readonly Adapter[];
  /** Where there is none: why, and what would help. */
  readonly why?: string;
}

/** Milliseconds that drivers may take to load. */
const PATIENCE = 30_000;

/** Takes some tenths of a second where Dawn is installed, else none. */
export function listAdapters(): AdapterList {
  if (findPackage('webgpu') === undefined)
    return { adapters: [], why: 'the npm package webgpu is not installed' };
  const program = join(import.meta.dirname, `list-adapters${extname(import.meta.filename)}`);
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  const failed = (why: string): AdapterList => ({ adapters: [], why });
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT')
    return failed(`the drivers did not answer within ${PATIENCE / 1000} s`);
  if (signal !== null) return failed(`a driver crashed (${signal})`);
  if (status !== 0) return failed(`Dawn does not load: ${lastWords(stderr)}`);
  const adapters = JSON.parse(stdout.trim().split('\n').at(-1)!) as readonly Adapter[];
  return adapters.length > 0 ? { adapters } : failed(missingDriver(stderr));
}

/** The line of an error that names it. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(?:\w*Error)\b/.test(line)) ??
    lines.findLast((line) => line !== '') ??
    'no message'
  );
}
