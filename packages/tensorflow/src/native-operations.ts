// TensorFlow's operations by their own names, for layers that TensorFlow.js' operations do not reach.
import type * as tf from '@tensorflow/tfjs-core';

/** An attribute of an operation, as the backend wants it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What is used of the backend beyond the common interface. */
export interface NativeBackendInstance extends tf.KernelBackend {
  readonly binding: NativeBinding;
  executeSingleOutput(operation: string, attributes: readonly Attribute[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly Attribute[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

export interface NativeBinding {
  readonly TF_Version: string;
  readonly isUsingGpuDevice: () => boolean;
  readonly TF_FLOAT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

export interface Operations {
  readonly run: (name: string, attributes: readonly Attribute[], ...inputs: tf.Tensor[]) => tf.Tensor4D;
  readonly runFor: (
    outputs: number,
    name: string,
    attributes: readonly Attribute[],
    ...inputs: tf.Tensor[]
  ) => tf.Tensor[];
  /** The type of the tensors is 32-bit floats. */
  readonly float: (name?: string) => Attribute;
  readonly integers: (name: string, value: readonly number[]) => Attribute;
  readonly text: (name: string, value: string) => Attribute;
  readonly number: (name: string, value: number) => Attribute;
  readonly flag: (name: string, value: boolean) => Attribute;
  readonly shape: (name: string, value: readonly number[]) => Attribute;
}

export function operationsOf(backend: NativeBackendInstance): Operations {
  const { binding } = backend;
  return {
    run: (name, attributes, ...inputs) =>
      backend.executeSingleOutput(name, attributes, inputs) as tf.Tensor4D,
    runFor: (outputs, name, attributes, ...inputs) =>
      backend.executeMultipleOutputs(name, attributes, inputs, outputs),
    float: (name = 'T') => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }),
    integers: (name, value) => ({ name, type: binding.TF_ATTR_INT, value }),
    text: (name, value) => ({ name, type: binding.TF_ATTR_STRING, value }),
    number: (name, value) => ({ name, type: binding.TF_ATTR_FLOAT, value }),
    flag: (name, value) => ({ name, type: binding.TF_ATTR_BOOL, value }),
    shape: (name, value) => ({ name, type: binding.TF_ATTR_SHAPE, value }),
  };
}
