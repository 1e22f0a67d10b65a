// Parameters as TensorFlow's own variables, which its Adam moves in place: one pass over the memory in place of a dozen.
import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from './native-operations.ts';
import type { Optimiser } from './optimiser.ts';
import { scoped } from './scope.ts';

/** A parameter and its two means. */
interface Variables {
  readonly value: tf.Tensor;
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
}

let made = 0;

export function nativeOptimiser(
  { run, runFor, float, shape, text }: Operations,
  start: readonly tf.Tensor[],
): Optimiser {
  const dtype = float('dtype');
  /** A variable outlives all handles, under a name of its own. */
  const variable = (value: tf.Tensor): tf.Tensor => {
    const naming = [text('container', ''), text('shared_name', `parameter-${++made}`)];
    const handle = tf.keep<tf.Tensor>(run('VarHandleOp', [dtype, shape('shape', value.shape), ...naming]));
    runFor(0, 'AssignVariableOp', [dtype], handle, value);
    return handle;
  };
  const variables = scoped(() =>
    start.map((value): Variables => ({
      value: variable(value),
      first: variable(tf.zerosLike(value)),
      second: variable(tf.zerosLike(value)),
    })),
  );
  const read = (): readonly tf.Tensor[] =>
    variables.map(({ value }) => tf.keep<tf.Tensor>(run('ReadVariableOp', [dtype], value)));
  let parameters = read();

  return {
    parameters: () => parameters,
    update: (gradients, { beta1, beta2, rate, correction, epsilon }) =>
      tf.tidy(() => {
        // Read tensors share the variables' memory, which is copied before it is written while they are there.
        tf.dispose([...parameters]);
        // TensorFlow leaves the second mean uncorrected, and so everything that it is compared with is shrunk in its place. Powers of
        // zero turn its own correction off.
        const shrink = 1 / Math.sqrt(correction);
        const [zero, ...numbers] = [0, rate * shrink, beta1, beta2, epsilon * shrink].map((number) =>
          tf.scalar(number),
        ) as [tf.Tensor, ...tf.Tensor[]];
        for (const [at, { value, first, second }] of variables.entries())
          runFor(
            0,
            'ResourceApplyAdam',
            [float()],
            value,
            first,
            second,
            zero,
            zero,
            ...numbers,
            gradients[at]!,
          );
        parameters = read();
      }),
    dispose: () => {
      for (const handle of variables.flatMap(({ value, first, second }) => [value, first, second])) {
        runFor(0, 'DestroyResourceOp', [], handle);
        handle.dispose();
      }
      tf.dispose([...parameters]);
    },
  };
}
