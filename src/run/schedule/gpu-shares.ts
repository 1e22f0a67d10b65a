// Who gets which GPU: whole ones for one stage alone, or a share of one that stages use together.

/** Of one GPU, 0 … 1. Sums of shares such as 0.1 are not exact. */
const ROUNDING = 1e-9;

export class GpuShares {
  /** What is free of each, by identifier, in the order in which they are handed out. */
  readonly #free: Map<string, number>;

  constructor(gpus: readonly string[]) {
    this.#free = new Map(gpus.map((gpu) => [gpu, 1]));
  }

  fits(asked: number): boolean {
    return this.#choose(asked).length >= Math.ceil(asked);
  }

  /** @param asked what fits. @returns the GPUs: one for a share */
  take(asked: number): readonly string[] {
    const chosen = this.#choose(asked).slice(0, Math.ceil(asked));
    this.#add(chosen, -Math.min(asked, 1));
    return chosen;
  }

  giveBack(asked: number, gpus: readonly string[]): void {
    this.#add(gpus, Math.min(asked, 1));
  }

  /** Those that have as much free; for a share the one with the most first, so that stages spread over all of them. */
  #choose(asked: number): readonly string[] {
    if (asked === 0) return [];
    const enough = [...this.#free].filter(([, free]) => free + ROUNDING >= Math.min(asked, 1));
    if (asked < 1) enough.sort(([, a], [, b]) => b - a);
    return enough.map(([gpu]) => gpu);
  }

  /** What is given back is handed out last among equals. */
  #add(gpus: readonly string[], share: number): void {
    for (const gpu of gpus) {
      const free = this.#free.get(gpu)! + share;
      if (share > 0) this.#free.delete(gpu);
      this.#free.set(gpu, Math.abs(free - 1) < ROUNDING ? 1 : free);
    }
  }
}
