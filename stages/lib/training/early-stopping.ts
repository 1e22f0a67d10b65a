// When training stops, and which epoch was the best: a pure decision over validation losses.

export interface Best {
  /** Counted from 1; 0 before the first epoch. */
  readonly epoch: number;
  readonly loss: number;
}

export const NONE_YET: Best = { epoch: 0, loss: Infinity };

/** The first of equal epochs stays the best. */
export function better(best: Best, epoch: number, loss: number): Best {
  return loss < best.loss ? { epoch, loss } : best;
}

/** True after `patience` epochs in a row that were not better. */
export function shouldStop(best: Best, epoch: number, patience: number): boolean {
  return epoch - best.epoch >= patience;
}
