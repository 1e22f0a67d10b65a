// The final models of one noise level: the same training from different seeds.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StageError } from '../stage/fail.ts';

const NAME = /^model_seed_(\d+)\.safetensors$/;

export const seedFile = (folder: string, seed: number): string =>
  join(folder, `model_seed_${seed}.safetensors`);

export interface FinalModel {
  readonly seed: number;
  readonly path: string;
}

/** By seed; the first one is the final model. @throws StageError where there is none */
export function finalModels(folder: string): readonly FinalModel[] {
  const found = readdirSync(folder).flatMap((name): FinalModel[] => {
    const [, seed] = NAME.exec(name) ?? [];
    return seed === undefined ? [] : [{ seed: Number(seed), path: join(folder, name) }];
  });
  if (found.length === 0) throw new StageError(`${folder} holds no final models`);
  return found.toSorted((a, b) => a.seed - b.seed);
}
