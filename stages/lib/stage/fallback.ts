// What a stage does when its GPU fails in the middle of the work: it ends, and says which stage on which card. Where the user has asked for
// it, it starts its work again on another backend; the choice is not made for them, since the result depends on it.
import type { DeviceError } from '@pipe-engine/tensorflow/error';

/** The variable that `denoise --fallback` sets. Of the environment: a stage that did not need it is not stale. */
const VARIABLE = 'TFJS_FALLBACK';

let replacement: string | undefined;

/** @returns the backend that the user has asked for in this case; undefined where there is none, or it has failed, too */
export function startFallback(): string | undefined {
  const wanted = process.env[VARIABLE];
  if (replacement !== undefined || wanted === undefined || wanted === '') return undefined;
  replacement = wanted;
  return wanted;
}

/** The backend that computes in place of the one that the stage was called with, where that has failed. */
export const fallbackInUse = (): string | undefined => replacement;

/** For the metrics of a training: where it was computed, if not on the backend of its configuration. */
export const computedOn = (): { readonly computed_on?: string } =>
  replacement === undefined ? {} : { computed_on: replacement };

/** For the user: on lines of their own, what helps. */
export function describeDeviceError({ kind, message }: DeviceError): string {
  const stage = process.env['PIPE_STAGE'];
  const lines = [stage === undefined ? message : `${stage}: ${message}`];
  if (kind === 'memory')
    lines.push('  -j 1 runs one training at a time; base.batch_size and base.filters set the size');
  lines.push('  failed trainings once more, on the processor: denoise --fallback wasm');
  return lines.join('\n');
}
