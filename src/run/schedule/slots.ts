// Decides which waiting stage starts: at most `jobs` at a time, within the resources of the machine and the pools, the most
// urgent first. A stage that does not fit yet lets smaller ones pass.
import type { Resources } from '../../pipeline/stage.ts';
import { GpuShares } from './gpu-shares.ts';

export interface Capacity {
  readonly jobs: number;
  /** Jobs of a batch system at a time. They use nothing of this machine but pools. */
  readonly batchJobs?: number;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Identifiers, as CUDA_VISIBLE_DEVICES names them. */
  readonly gpus: readonly string[];
  readonly pools: { readonly [pool: string]: number };
}

export interface Slot {
  /** The GPUs that only this stage uses while it runs; of a share, one that others with shares use too. */
  readonly gpus: readonly string[];
  release(): void;
}

export interface Slots {
  /** One stage runs at a time on this machine. */
  readonly isOne: boolean;
  /** Stages wait for their slots. */
  readonly hasWaiting: boolean;
  /**
   * Resolves when the stage may start. @param priority the higher, the sooner; called only where others wait too.
   * @param jobs what it takes of the jobs of a batch system: 1/8 where eight stages share one; 0 on this machine.
   */
  acquire(resources: Resources, priority: () => number, jobs?: number): Promise<Slot>;
}

export function makeSlots(capacity: Capacity): Slots {
  return new WaitingLine(capacity);
}

interface Waiting {
  readonly resources: Resources;
  readonly jobs: number;
  readonly priority: () => number;
  /** The result of `priority`, once there is another stage to compare with. */
  urgency?: number;
  readonly grant: (slot: Slot) => void;
}

class WaitingLine implements Slots {
  readonly isOne: boolean;
  readonly #free: FreeResources;
  readonly #waiting: Waiting[] = [];
  #isScheduled = false;

  constructor(capacity: Capacity) {
    this.isOne = capacity.jobs === 1;
    this.#free = new FreeResources(capacity);
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  acquire(resources: Resources, priority: () => number, jobs = 0): Promise<Slot> {
    return new Promise((grant) => {
      const own: Waiting = { resources, priority, jobs, grant };
      const [first] = this.#waiting;
      if (first) {
        own.urgency = priority();
        first.urgency ??= first.priority();
      }
      this.#insert(own);
      this.#schedule();
    });
  }

  /** The most urgent first; equals keep the order in which they came. */
  #insert(own: Waiting): void {
    const urgency = own.urgency ?? 0;
    let from = 0;
    for (let to = this.#waiting.length; from < to;) {
      const middle = (from + to) >> 1;
      if ((this.#waiting[middle]!.urgency ?? 0) < urgency) to = middle;
      else from = middle + 1;
    }
    this.#waiting.splice(from, 0, own);
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

  #grantWaiting(): void {
    for (let i = 0; i < this.#waiting.length && this.#free.any;) {
      const next = this.#waiting[i]!;
      if (!this.#free.fit(next)) i += 1;
      else {
        this.#waiting.splice(i, 1);
        next.grant(this.#take(next));
      }
    }
  }

  #take(asked: Asked): Slot {
    const gpus = this.#free.take(asked);
    let isHeld = true;
    return {
      gpus,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#free.giveBack(asked, gpus);
        this.#schedule();
      },
    };
  }
}

type Asked = Pick<Waiting, 'resources' | 'jobs'>;

/** Shares of jobs do not add up exactly. */
const TINY = 1e-6;

/** What no running stage uses. */
class FreeResources {
  #jobs: number;
  #batchJobs: number;
  #cpus: number;
  #memory: number;
  readonly #gpus: GpuShares;
  readonly #pools: { [pool: string]: number };

  constructor({ jobs, batchJobs = 0, cpus, memory, gpus, pools }: Capacity) {
    this.#jobs = jobs;
    this.#batchJobs = batchJobs;
    this.#cpus = cpus;
    this.#memory = memory;
    this.#gpus = new GpuShares(gpus);
    this.#pools = { ...pools };
  }

  /** Whether anything can start at all. */
  get any(): boolean {
    return this.#jobs >= 1 || this.#batchJobs > TINY;
  }

  fit({ resources, jobs }: Asked): boolean {
    const { cpus = 0, memory = 0, gpus = 0, pools } = resources;
    const isRoom =
      jobs > 0
        ? this.#batchJobs > jobs - TINY
        : this.#jobs >= 1 && this.#cpus >= cpus && this.#memory >= memory && this.#gpus.fits(gpus);
    return isRoom && Object.entries(pools).every(([pool, amount]) => (this.#pools[pool] ?? 0) >= amount);
  }

  /** @param asked what fits. @returns the GPUs. */
  take(asked: Asked): readonly string[] {
    this.#add(asked, -1);
    return asked.jobs > 0 ? [] : this.#gpus.take(asked.resources.gpus ?? 0);
  }

  giveBack(asked: Asked, gpus: readonly string[]): void {
    this.#add(asked, 1);
    this.#gpus.giveBack(asked.resources.gpus ?? 0, gpus);
  }

  #add({ resources, jobs }: Asked, sign: 1 | -1): void {
    const { cpus = 0, memory = 0, pools } = resources;
    if (jobs > 0) this.#batchJobs += sign * jobs;
    else {
      this.#jobs += sign;
      this.#cpus += sign * cpus;
      this.#memory += sign * memory;
    }
    for (const [pool, amount] of Object.entries(pools))
      this.#pools[pool] = this.#pools[pool]! + sign * amount;
  }
}
