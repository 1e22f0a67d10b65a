// Model files: a safetensors file with PyTorch's names and layouts, which says of itself how the model is built.
import { readFileSync } from 'node:fs';
import { StageError } from '../stage/fail.ts';
import { writeFileIn } from '../stage/files.ts';
import { architectureOf, biasedBlocks, blocks, parameters, type Architecture } from './architecture.ts';
import { layouts, type Layout } from './layouts.ts';
import type { Model, RunningValues } from './model.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from './safetensors.ts';

export function writeModel(path: string, model: Model): void {
  writeFileIn(path, encodeModel(model));
}

/** @throws StageError where the file is no model of this kind */
export function readModel(path: string): Model {
  return decodeModel(readFileSync(path), path);
}

/**
 * The autoencoder's convolutions before a normalisation get biases of zero, which they do not have here: PyTorch's layers have them
 * by default, and so the file loads into the reference's class as it is.
 */
export function encodeModel({ architecture, weights, running }: Model): Uint8Array {
  const orders = layoutsByName(architecture);
  const tensors = parameters(architecture).flatMap(({ name, shape }): NamedTensor[] => {
    const values = weights.get(name)!;
    const layout = orders.get(name);
    return layout === undefined
      ? [{ name, shape, values }]
      : [{ name, shape: layout.shape, values: Float32Array.from(layout.order, (at) => values[at]!) }];
  });
  for (const { name, cout } of blocks(architecture)) {
    const { mean, variance } = running.get(name)!;
    tensors.push({ name: `${name}.norm.running_mean`, shape: [cout], values: mean });
    tensors.push({ name: `${name}.norm.running_var`, shape: [cout], values: variance });
  }
  for (const { name, cout } of biasedBlocks(architecture))
    tensors.push({ name: `${name}.conv.bias`, shape: [cout], values: new Float32Array(cout) });
  const metadata = {
    format: 'pt',
    model: architecture.model,
    filters: architecture.filters.join(','),
    ...(architecture.model === 'cdae' && { latent_dim: String(architecture.latentDim) }),
  };
  return encodeSafetensors({ metadata, tensors });
}

export function decodeModel(bytes: Uint8Array, name: string): Model {
  const { metadata, tensors } = decodeSafetensors(bytes, name);
  const filters = (metadata['filters'] ?? '').split(',').map(Number);
  const latentDim = Number(metadata['latent_dim']);
  const architecture = architectureOf(metadata['model'] ?? '', filters, latentDim);
  if (architecture === undefined || (architecture.model === 'cdae' && !(latentDim > 0)))
    throw new StageError(`${name} holds no model of this experiment`);
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor.values]));
  const get = (tensor: string): Float32Array => {
    const values = found.get(tensor);
    if (values === undefined) throw new StageError(`${name} has no tensor ${tensor}`);
    return values;
  };
  const orders = layoutsByName(architecture);
  const weights = new Map(
    parameters(architecture).map((parameter): [string, Float32Array] => {
      const values = get(parameter.name);
      const layout = orders.get(parameter.name);
      return [parameter.name, layout === undefined ? values : restore(layout, values)];
    }),
  );
  const running = new Map(
    blocks(architecture).map(({ name: block }): [string, RunningValues] => [
      block,
      { mean: get(`${block}.norm.running_mean`), variance: get(`${block}.norm.running_var`) },
    ]),
  );
  return { architecture, weights, running };
}

function layoutsByName(architecture: Architecture): ReadonlyMap<string, Layout> {
  return new Map(layouts(architecture).map((layout) => [layout.name, layout]));
}

function restore({ order }: Layout, values: Float32Array): Float32Array {
  const ours = new Float32Array(values.length);
  for (const [theirs, at] of order.entries()) ours[at] = values[theirs]!;
  return ours;
}
