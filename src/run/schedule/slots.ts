// Decides which waiting stage may start: at most `jobs` at a time, within what the machine and the pools have, the most
// urgent first. A stage that does not fit yet lets smaller ones pass.
import type { Resources } from '../../pipeline/stage.ts';

export interface Capacity {
  readonly jobs: number;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Identifiers, as CUDA_VISIBLE_DEVICES names them. */
  readonly gpus: readonly string[];
  readonly pools: { readonly [pool: string]: number };
}

export interface Slot {
  /** The GPUs that are the stage's own while it runs. */
  readonly gpus: readonly string[];
  release(): void;
}

export interface Slots {
  /** Resolves when the stage may start. @param priority the higher, the sooner; asked for only where others wait too. */
  acquire(resources: Resources, priority: () => number): Promise<Slot>;
}

interface Waiting {
  readonly resources: Resources;
  readonly priority: () => number;
  /** What `priority` said, once there was something to compare. */
  urgency?: number;
  readonly grant: (slot: Slot) => void;
}

export function makeSlots(capacity: Capacity): Slots {
  const free = {
    jobs: capacity.jobs,
    cpus: capacity.cpus,
    memory: capacity.memory,
    gpus: [...capacity.gpus],
    pools: { ...capacity.pools },
  };
  const waiting: Waiting[] = [];

  const fits = ({ cpus = 0, memory = 0, gpus = 0, pools }: Resources): boolean =>
    free.jobs >= 1 &&
    free.cpus >= cpus &&
    free.memory >= memory &&
    free.gpus.length >= gpus &&
    Object.entries(pools).every(([pool, amount]) => (free.pools[pool] ?? 0) >= amount);

  const take = ({ cpus = 0, memory = 0, gpus = 0, pools }: Resources): Slot => {
    free.jobs -= 1;
    free.cpus -= cpus;
    free.memory -= memory;
    const own = free.gpus.splice(0, gpus);
    for (const [pool, amount] of Object.entries(pools)) free.pools[pool] = free.pools[pool]! - amount;
    let held = true;
    return {
      gpus: own,
      release() {
        if (!held) return;
        held = false;
        free.jobs += 1;
        free.cpus += cpus;
        free.memory += memory;
        free.gpus.push(...own);
        for (const [pool, amount] of Object.entries(pools)) free.pools[pool] = free.pools[pool]! + amount;
        grantWaiting();
      },
    };
  };

  // One look over those waiting, the most urgent first; equals keep the order in which they came.
  let scheduled = false;
  const grantWaiting = (): void => {
    if (scheduled) return;
    scheduled = true;
    // Stages that become ready together are compared with each other before any of them starts. They are looked at a few
    // at a time, one after the other, in one turn of the event loop.
    setImmediate(() => {
      scheduled = false;
      waiting.sort((a, b) => (b.urgency ?? 0) - (a.urgency ?? 0));
      for (let i = 0; i < waiting.length && free.jobs >= 1;) {
        const next = waiting[i]!;
        if (!fits(next.resources)) i += 1;
        else {
          waiting.splice(i, 1);
          next.grant(take(next.resources));
        }
      }
    });
  };

  return {
    acquire: (resources, priority) =>
      new Promise((grant) => {
        const own: Waiting = { resources, priority, grant };
        const [first] = waiting;
        if (first) {
          own.urgency = priority();
          // Alone until now.
          first.urgency ??= first.priority();
        }
        waiting.push(own);
        grantWaiting();
      }),
  };
}
