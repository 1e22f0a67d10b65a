// What ends a training whose numbers are none any more.
import { StageError } from '../stage/fail.ts';

/**
 * The loss of a step is of the weights before it: whether the last step left numbers, only the weights say.
 * @param parameter to lower
 * @throws StageError
 */
export function checkWeights(weights: ReadonlyMap<string, Float32Array>, parameter: string): void {
  for (const [name, values] of weights)
    if (!values.every(Number.isFinite))
      throw new StageError(`training diverged: ${name} holds values that are no numbers; lower ${parameter}`);
}
