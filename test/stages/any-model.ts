// A model for tests, of random weights in which nothing is a constant that could hide a mistake.
import { blocks, parameters, type Architecture } from '../../stages/lib/model/architecture.ts';
import { startValues } from '../../stages/lib/model/parameters.ts';
import type { Model } from '../../stages/lib/model/model.ts';
import { random } from '../../stages/lib/data/random.ts';

export function anyModel(architecture: Architecture): Model {
  const source = random(3, 'any model');
  const any = (size: number, from: number): Float32Array =>
    Float32Array.from({ length: size }, () => from + source.uniform());
  return {
    architecture,
    weights: new Map(
      parameters(architecture).map((parameter) => {
        // Larger than at the start of a training, so that outputs differ by more than rounding.
        const values = startValues(parameter, 3).map((value) => 3 * value);
        return [
          parameter.name,
          /norm\.(?:weight|bias)$/.test(parameter.name) ? any(values.length, 0) : values,
        ];
      }),
    ),
    running: new Map(
      blocks(architecture).map(({ name, cout }) => [
        name,
        { mean: any(cout, -0.5), variance: any(cout, 0.2) },
      ]),
    ),
  };
}
