// The losses of steps come back later, many at once: a step waits for none of them.
import type { Memory } from './memory.ts';

/** Steps whose losses are read together. */
const TOGETHER = 32;
/** Such readings under way at most: bounds how far the steps are ahead of the GPU. */
const UNDER_WAY = 3;

export interface StepLosses {
  /** Where the GPU writes them. */
  readonly buffer: GPUBuffer;
  /** Of the next step. */
  readonly slot: number;
  /** The step of that slot is recorded: adds a copy where it is the last of those that are read together. */
  recorded(encoder: GPUCommandEncoder): void;
  /** The step is submitted. @returns the losses that came since the last call, in the order of the steps */
  submitted(): Promise<readonly number[]>;
  /** Submits a copy of the rest. @returns all losses that were not returned yet */
  rest(device: GPUDevice): Promise<readonly number[]>;
}

export function startLosses(memory: Memory): StepLosses {
  const buffer = memory.bytes(4 * TOGETHER, 'losses');
  const free = Array.from({ length: UNDER_WAY + 1 }, (_, at) =>
    memory.readable(4 * TOGETHER, `losses ${at}`),
  );
  const reading: Promise<void>[] = [];
  let arrived: number[] = [];
  let slot = 0;
  let copied: { readonly to: GPUBuffer; readonly count: number } | undefined;

  const copy = (encoder: GPUCommandEncoder): void => {
    copied = { to: free.pop()!, count: slot };
    encoder.copyBufferToBuffer(buffer, 0, copied.to, 0, 4 * TOGETHER);
    slot = 0;
  };
  const read = (): void => {
    if (copied === undefined) return;
    const { to, count } = copied;
    copied = undefined;
    // In the order in which they were asked for.
    const before = reading.at(-1);
    const mapped = to.mapAsync(GPUMapMode.READ);
    const done = (async () => {
      await Promise.all([before, mapped]);
      arrived.push(...new Float32Array(to.getMappedRange()).subarray(0, count));
      to.unmap();
      free.push(to);
      void reading.shift();
    })();
    // Whoever waits for it sees the failure; until then it is not an unhandled one.
    done.catch(() => {});
    reading.push(done);
  };
  const taken = (): readonly number[] => {
    const all = arrived;
    arrived = [];
    return all;
  };

  return {
    buffer,
    get slot() {
      return slot;
    },
    recorded: (encoder) => {
      slot++;
      if (slot === TOGETHER) copy(encoder);
    },
    submitted: async () => {
      read();
      if (reading.length > UNDER_WAY) await reading[0];
      return taken();
    },
    rest: async (device) => {
      if (slot > 0) {
        const encoder = device.createCommandEncoder();
        copy(encoder);
        device.queue.submit([encoder.finish()]);
        read();
      }
      await reading.at(-1);
      return taken();
    },
  };
}
