// The history of a training while it runs, in a file that others may follow. It disappears with the end of the training:
// all that it said is in the training's outputs then.
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Configuration } from './training-metrics.ts';

/** The first line. */
export interface LiveHead {
  readonly fold: number;
  readonly configuration: Configuration;
  /** Milliseconds since 1970. */
  readonly started: number;
}

/** A line per epoch. */
export interface LiveEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  /** End of the epoch, milliseconds since 1970. */
  readonly time: number;
  /** As the record will name them: train_loss, val_loss, val_mse, val_ssim. */
  readonly values: Readonly<Record<string, number>>;
}

export interface LiveHistory {
  add(epoch: LiveEpoch): void;
  end(): void;
}

/** @param folder of the training's outputs */
export function startLiveHistory(folder: string, head: LiveHead): LiveHistory {
  const path = join(folder, `fold_${head.fold}_live.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(head)}\n`);
  return {
    add: (epoch) => appendFileSync(path, `${JSON.stringify(epoch)}\n`),
    end: () => rmSync(path, { force: true }),
  };
}
