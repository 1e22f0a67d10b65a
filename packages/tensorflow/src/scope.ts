// A scope of tensors for results that are no tensors: TensorFlow.js' `tidy` admits only containers that it can search.
import * as tf from '@tensorflow/tfjs-core';

/** Runs `compute` and disposes of every tensor that it made and did not `tf.keep`. */
export function scoped<T>(compute: () => T): T {
  let result: { readonly value: T } | undefined;
  tf.tidy(() => {
    result = { value: compute() };
  });
  return result!.value;
}
