// Decides which waiting stage starts: at most `jobs` at a time, within the resources of the machine and the pools, the most
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
  /** The GPUs that only this stage uses while it runs. */
  readonly gpus: readonly string[];
  release(): void;
}

export interface Slots {
  /** Resolves when the stage may start. @param priority the higher, the sooner; called only where others wait too. */
  acquire(resources: Resources, priority: () => number): Promise<Slot>;
}

export function makeSlots(capacity: Capacity): Slots {
  return new WaitingLine(capacity);
}

interface Waiting {
  readonly resources: Resources;
  readonly priority: () => number;
  /** The result of `priority`, once there is another stage to compare with. */
  urgency?: number;
  readonly grant: (slot: Slot) => void;
}

class WaitingLine implements Slots {
  readonly #free: FreeResources;
  readonly #waiting: Waiting[] = [];
  #isScheduled = false;

  constructor(capacity: Capacity) {
    this.#free = new FreeResources(capacity);
  }

  acquire(resources: Resources, priority: () => number): Promise<Slot> {
    return new Promise((grant) => {
      const own: Waiting = { resources, priority, grant };
      const [first] = this.#waiting;
      if (first) {
        own.urgency = priority();
        first.urgency ??= first.priority();
      }
      this.#waiting.push(own);
      this.#schedule();
    });
  }

  /**
   * Stages that become ready together are compared before any of them starts: they are decided a few at a time, in one turn
   * of the event loop.
   */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#grantWaiting();
    });
  }

  /** Grants in one pass, the most urgent first; equals keep the order in which they came. */
  #grantWaiting(): void {
    this.#waiting.sort((a, b) => (b.urgency ?? 0) - (a.urgency ?? 0));
    for (let i = 0; i < this.#waiting.length && this.#free.jobs >= 1;) {
      const next = this.#waiting[i]!;
      if (!this.#free.fit(next.resources)) i += 1;
      else {
        this.#waiting.splice(i, 1);
        next.grant(this.#take(next.resources));
      }
    }
  }

  #take(resources: Resources): Slot {
    const gpus = this.#free.take(resources);
    let isHeld = true;
    return {
      gpus,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#free.giveBack(resources, gpus);
        this.#schedule();
      },
    };
  }
}

/** What no running stage uses. */
class FreeResources {
  jobs: number;
  #cpus: number;
  #memory: number;
  readonly #gpus: string[];
  readonly #pools: { [pool: string]: number };

  constructor({ jobs, cpus, memory, gpus, pools }: Capacity) {
    this.jobs = jobs;
    this.#cpus = cpus;
    this.#memory = memory;
    this.#gpus = [...gpus];
    this.#pools = { ...pools };
  }

  fit({ cpus = 0, memory = 0, gpus = 0, pools }: Resources): boolean {
    return (
      this.jobs >= 1 &&
      this.#cpus >= cpus &&
      this.#memory >= memory &&
      this.#gpus.length >= gpus &&
      Object.entries(pools).every(([pool, amount]) => (this.#pools[pool] ?? 0) >= amount)
    );
  }

  /** @param resources that fit. @returns the GPUs. */
  take(resources: Resources): readonly string[] {
    this.#add(resources, -1);
    return this.#gpus.splice(0, resources.gpus ?? 0);
  }

  giveBack(resources: Resources, gpus: readonly string[]): void {
    this.#add(resources, 1);
    this.#gpus.push(...gpus);
  }

  #add({ cpus = 0, memory = 0, pools }: Resources, sign: 1 | -1): void {
    this.jobs += sign;
    this.#cpus += sign * cpus;
    this.#memory += sign * memory;
    for (const [pool, amount] of Object.entries(pools))
      this.#pools[pool] = this.#pools[pool]! + sign * amount;
  }
}
