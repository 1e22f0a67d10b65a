// The classes of the training images, for folds: from the data set that is here, else from its source.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPartLabels } from '../lib/data/download/data-set.ts';
import { SOURCE_FILES } from '../lib/data/download/sources.ts';
import { readIdx } from '../lib/data/idx.ts';
import { CommandError } from './command-error.ts';
import { valueAt, type Values } from './parameters.ts';

/** @param values the parameters as they will be used @throws CommandError, StageError */
export async function trainingLabels(root: string, values: Values): Promise<Uint8Array> {
  const count = Number(valueAt(values, 'data.train_images'));
  if (!Number.isInteger(count) || count < 1)
    throw new CommandError(
      `data.train_images ${String(valueAt(values, 'data.train_images'))}: must be at least 1`,
    );
  const file = join(root, String(valueAt(values, 'paths.root')), 'dataset/train', SOURCE_FILES.train[1].name);
  if (existsSync(file)) {
    const { values: labels } = readIdx(file);
    // Another number of images: it is from before the parameters changed.
    if (labels.length === count) return labels;
  }
  const mirrors = valueAt(values, 'data.source.mirrors');
  return readPartLabels(
    {
      dataset: String(valueAt(values, 'data.source.dataset')),
      mirrors: Array.isArray(mirrors) ? mirrors.map(String) : [],
      seed: Number(valueAt(values, 'data.source.seed')),
    },
    'train',
    count,
  );
}
