// The history of a training while it runs, in a file that others may follow. The training removes it at its end: its outputs then
// have the same values.
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Configuration } from '../measure/training-metrics.ts';

/** The first line. A killed training leaves its file behind: host and process show whether the writer still runs. */
export interface LiveHead extends Training {
  readonly host: string;
  readonly process: number;
}

interface Training {
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

/** @param path named after the training's folder, with .jsonl; outside of all outputs, since it may outlive a killed training */
export function startLiveHistory(path: string, training: Training): LiveHistory {
  const head: LiveHead = { ...training, host: hostname(), process: process.pid };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(head)}\n`);
  return {
    add: (epoch) => appendFileSync(path, `${JSON.stringify(epoch)}\n`),
    end: () => rmSync(path, { force: true }),
  };
}
