// The model that is best overall, as the model registry gets it: with what it was chosen by, so that versions compete fairly.
import type { DatasetInput, RecordedModel } from '@pipe-engine/mlflow/record';
import type { Ranked } from '../measure/selection.ts';
import type { Run } from '../measure/training-metrics.ts';
import { MODEL_FOLDER } from './model-package.ts';
import { finalKey } from './test-runs.ts';

/**
 * @param validated the runs of its folds @param name of the registered model @param data that it was trained and validated on
 */
export function bestModel(
  best: Ranked,
  validated: readonly Run[],
  name: string,
  data: DatasetInput,
): RecordedModel {
  const { configuration, noise_name: level, epochs, mean_val_loss: loss } = best;
  const images = validated.reduce((sum, run) => sum + run.validation_images, 0);
  return {
    name,
    run: finalKey(level),
    path: MODEL_FOLDER,
    alias: 'best',
    description: `${best.name} at σ ${level}, mean validation loss ${loss.toFixed(5)}; trained on all images for ${epochs} epochs`,
    criterion: {
      metric: 'mean_val_loss',
      value: loss,
      measuredOn: `${images} validation images of ${data.name} ${data.digest.slice(0, 12)} with noise σ ${configuration.noise_level} of seed ${configuration.noise_seed}`,
    },
  };
}
