// Operations with a gradient of their own: a typed form of TensorFlow.js' `customGrad`.
import * as tf from '@tensorflow/tfjs-core';

export interface WithSaved<T extends tf.Tensor> {
  readonly value: T;
  /** Tensors that the gradient needs; inputs and the value may be among them. */
  readonly saved: readonly tf.Tensor[];
}

/**
 * @param forward computes the value from the inputs
 * @param backward gets dL/dvalue and the saved tensors; returns dL/dinput for each input, in order
 */
export function ownGradient<T extends tf.Tensor, I extends readonly tf.Tensor[]>(
  inputs: I,
  forward: (...inputs: I) => WithSaved<T>,
  backward: (dy: T, ...saved: tf.Tensor[]) => tf.Tensor[],
): T {
  const operation = (...args: (tf.Tensor | tf.GradSaveFunc)[]): GradientResult<T> => {
    const save = args.pop() as tf.GradSaveFunc;
    const { value, saved } = forward(...(args as unknown as I));
    save([...saved]);
    return { value, gradFunc: (dy, kept) => backward(dy, ...kept) };
  };
  return tf.customGrad(operation as unknown as Parameters<typeof tf.customGrad>[0])(...inputs) as T;
}

interface GradientResult<T extends tf.Tensor> {
  readonly value: T;
  readonly gradFunc: (dy: T, saved: tf.Tensor[]) => tf.Tensor[];
}
