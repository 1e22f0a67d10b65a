// How a stage gets the values of its `params:`: as JSON in a file, and in a variable if it is not too long.
import { toJson, type Json } from '../../base/spelling.ts';
import type { Value } from '../../base/value.ts';
import type { Inputs } from '../../plan/fingerprint.ts';

/** The limit of Linux for a variable, name and final NUL included; the same on all systems, so that a stage works on all. */
const MOST_BYTES = 128 * 1024;

/** As JSON. */
export function stageParams({ params }: Pick<Inputs, 'params'>): string {
  const values = (file: ReadonlyMap<string, Value | undefined>): Json =>
    Object.fromEntries([...file].map(([key, value]) => [key, toJson(value ?? null)]));
  return JSON.stringify({
    params: Object.fromEntries([...params].map(([file, map]) => [file, values(map)])),
  });
}

/** `PIPE_PARAMS`; undefined where the system would refuse it. */
export function asVariable(json: string): string | undefined {
  return Buffer.byteLength(`PIPE_PARAMS=${json}\0`) <= MOST_BYTES ? json : undefined;
}
