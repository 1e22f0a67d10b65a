// Which adapter of WebGPU trains, if one does: a card with memory of its own, else one that a short training has shown to be faster than
// the processor with all its cores.
import type { Adapter, AdapterList } from '@pipe-engine/tensorflow/adapters';
import type { BackendName } from '@pipe-engine/tensorflow/available';
import type { Machine } from './machine.ts';

export interface Judged extends AdapterList {
  readonly taken?: Adapter;
  /** Why the first one is not taken, or none is there. */
  readonly refusal?: string | undefined;
}

/** The stages ask Dawn for its strongest adapter, the first one here: no other is considered. */
export function judgeAdapters(
  list: AdapterList,
  processor: BackendName,
  machine: Pick<Machine, 'tryBackend' | 'tryTraining'>,
): Judged {
  const [first] = list.adapters;
  if (first === undefined) return { ...list, refusal: list.why };
  const refusal = whyNot(first, processor, machine);
  return refusal === undefined ? { ...list, taken: first } : { ...list, refusal };
}

function whyNot(
  { name, kind }: Adapter,
  processor: BackendName,
  machine: Pick<Machine, 'tryBackend' | 'tryTraining'>,
): string | undefined {
  switch (kind) {
    case 'software':
      return 'it computes on the processor';
    case 'discrete':
      return machine.tryBackend('webgpu');
    case 'integrated':
    case 'unknown': {
      const trial = machine.tryTraining(name, processor);
      if ('failure' in trial) return trial.failure;
      const [gpu, all] = [trial.gpu, trial.processor * trial.cores];
      return gpu > all
        ? undefined
        : `it trains ${gpu.toFixed(0)} images/s, ${processor} on ${trial.cores} cores ${all.toFixed(0)}`;
    }
  }
}

/** For `info`: each adapter with what it is, and whether and why it is taken. */
export function describeAdapters({ adapters, why, taken, refusal }: Judged): readonly string[] {
  if (adapters.length === 0) return [`WebGPU: no adapter: ${why}`];
  return adapters.map(({ name, vendor, kind, driver, count }, at) => {
    const verdict =
      at > 0
        ? 'not taken: an adapter before it is; WEBGPU_ADAPTER names another'
        : taken !== undefined
          ? 'taken'
          : `not taken: ${refusal}`;
    return `WebGPU: ${count > 1 ? `${count} × ` : ''}${name} · ${vendor} · ${kind} · ${driver} · ${verdict}`;
  });
}
