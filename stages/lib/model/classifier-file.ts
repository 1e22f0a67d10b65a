// The classifier's file: safetensors, in TensorFlow.js' layouts, with its sizes in the header.
import { readFileSync } from 'node:fs';
import { StageError } from '../stage/fail.ts';
import { writeFileIn } from '../stage/files.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { networkParameters, parameterSize, type Channels, type Network } from './classifier.ts';

export function writeNetwork(path: string, { channels, weights }: Network): void {
  const tensors = networkParameters(channels).map(({ name, shape }) => ({
    name,
    shape,
    values: weights.get(name)!,
  }));
  const metadata = { model: 'digit classifier', channels: channels.join(',') };
  writeFileIn(path, encodeSafetensors({ metadata, tensors }));
}

/** @throws StageError where the file holds no classifier */
export function readNetwork(path: string): Network {
  const { metadata, tensors } = decodeSafetensors(readFileSync(path), path);
  const channels = (metadata['channels'] ?? '').split(',').map(Number) as unknown as Channels;
  if (metadata['model'] !== 'digit classifier') throw new StageError(`${path} holds no classifier of digits`);
  const weights = new Map(tensors.map(({ name, values }) => [name, values]));
  for (const parameter of networkParameters(channels))
    if (weights.get(parameter.name)?.length !== parameterSize(parameter))
      throw new StageError(
        `${path} has no tensor ${parameter.name} of shape [${parameter.shape.join(', ')}]`,
      );
  return { channels, weights };
}
