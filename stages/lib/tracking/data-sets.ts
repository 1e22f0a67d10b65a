// The data set of the experiment as inputs of runs, in MLflow's words: its content's digest, its source, its shape.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatasetInput } from '@pipe-engine/mlflow/record';
import type { DataSource } from '../data/download/data-set.ts';
import { SOURCE_FILES, type Part } from '../data/download/sources.ts';
import { readIdx, type IdxFile } from '../data/idx.ts';

export interface DataSets {
  readonly training: DatasetInput;
  readonly testing: DatasetInput;
}

/** @param folder of the data set, with a folder for each part */
export function dataSets(folder: string, source: DataSource): DataSets {
  return {
    training: dataSet(folder, source, 'train', 'training'),
    testing: dataSet(folder, source, 'test', 'testing'),
  };
}

function dataSet(folder: string, source: DataSource, part: Part, context: string): DatasetInput {
  const [images, labels] = SOURCE_FILES[part].map(({ name }) => readIdx(join(folder, part, name))) as [
    IdxFile,
    IdxFile,
  ];
  return {
    name: `${source.dataset}_${part}`,
    digest: createHash('sha256').update(images.values).update(labels.values).digest('hex').slice(0, 32),
    ...sourceOf(source, part),
    // In MLflow's form, which has JSON inside of JSON.
    schema: JSON.stringify({ mlflow_tensorspec: { features: spec(images), targets: spec(labels) } }),
    profile: JSON.stringify({ ...sizes('features', images), ...sizes('targets', labels) }),
    context,
  };
}

function sourceOf(
  { dataset, mirrors, seed }: DataSource,
  part: Part,
): Pick<DatasetInput, 'sourceType' | 'source'> {
  const [mirror] = mirrors;
  if (dataset !== 'mnist' || mirror === undefined)
    return {
      sourceType: 'code',
      source: JSON.stringify({
        tags: { 'mlflow.source.name': 'stages/download.ts', part, seed: String(seed) },
      }),
    };
  const { archive } = SOURCE_FILES[part][0];
  if (/^https?:/.test(mirror))
    return { sourceType: 'http', source: JSON.stringify({ url: new URL(archive, mirror).href }) };
  return { sourceType: 'local', source: JSON.stringify({ uri: join(mirror, archive) }) };
}

function spec({ shape: [, ...rest] }: IdxFile): string {
  return JSON.stringify([{ type: 'tensor', 'tensor-spec': { dtype: 'uint8', shape: [-1, ...rest] } }]);
}

const sizes = (name: string, { shape, values }: IdxFile): Record<string, unknown> => ({
  [`${name}_shape`]: shape,
  [`${name}_size`]: values.length,
  [`${name}_nbytes`]: values.length,
});
