// A small project folder with a tracking record in it, shaped like the experiment's: configurations with folds below
// them, histories, artifacts with awkward names. For tests that need no training.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  formatRecord,
  type DatasetInput,
  type Point,
  type RecordedRun,
  type TrackingRecord,
} from '@pipe-engine/mlflow/record';

export interface Shape {
  readonly configs: number;
  readonly folds: number;
  readonly epochs: number;
  /** Bytes of each fold's model. */
  readonly modelBytes?: number;
  /** Changes the learning rate of the first configuration. */
  readonly learningRate?: number;
  readonly awkwardNames?: boolean;
  /** Default `denoising_cv`. */
  readonly experiment?: string;
}

const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
/** All runs have it: their first senders meet at the same new data set. */
const DATA: DatasetInput = {
  name: 'digits_train',
  digest: createHash('sha256').update('digits').digest('hex').slice(0, 32),
  sourceType: 'http',
  source: JSON.stringify({ url: 'https://example.com/train-images-idx3-ubyte.gz' }),
  profile: '{"features_size":47040000}',
  context: 'training',
};
const METRICS = ['train_loss', 'val_loss', 'val_mse', 'val_ssim'];

/** Writes the artifact files below `root` and `tracking.jsonl` into it. */
export function writeProject(root: string, shape: Shape): TrackingRecord {
  const runs: RecordedRun[] = [];
  for (let config = 0; config < shape.configs; config += 1) {
    const params = {
      latent_dim: String(64 << (config % 3)),
      learning_rate: String(config === 0 ? (shape.learningRate ?? 0.001) : 0.005),
      seed: String(config),
    };
    const key = `train/${Object.entries(params)
      .map(([name, value]) => `${name}=${value}`)
      .join(',')}`;
    const start = START + config * 1000;
    runs.push({
      key,
      name: `grid_search_config_${config + 1}`,
      status: 'FINISHED',
      start,
      end: start + 500_000,
      params,
      tags: { stage: 'train' },
      context: { 'mlflow.source.name': 'pipeline.yaml' },
      metrics: { mean_val_loss: [[0, start + 500_000, 0.25 / (config + 1)]] },
      artifacts: [],
      description: `Configuration ${config + 1}\n\n| learning_rate | ${params.learning_rate} |`,
    });
    for (let fold = 0; fold < shape.folds; fold += 1)
      runs.push(foldRun(root, shape, key, params, config, fold));
  }
  const best = runs.find((run) => run.parent !== undefined)!;
  const record = {
    experiment: shape.experiment ?? 'denoising_cv',
    project: 'synthetic/Data',
    runs,
    models: [{ name: 'denoising-autoencoder', run: best.key, path: 'model', alias: 'best' }],
  };
  writeFileSync(join(root, 'tracking.jsonl'), formatRecord(record));
  return record;
}

function foldRun(
  root: string,
  shape: Shape,
  parent: string,
  params: Record<string, string>,
  config: number,
  fold: number,
): RecordedRun {
  const start = START + config * 1000 + fold * 10;
  const metrics = Object.fromEntries(
    METRICS.map((name, which) => [
      name,
      Array.from({ length: shape.epochs }, (_, epoch): Point => [
        epoch,
        start + 7000 * (epoch + 1) + 3,
        1 / (epoch + 2 + which + config / 7 + fold / 3),
      ]),
    ]),
  );
  const model = Buffer.alloc(shape.modelBytes ?? 3000, `${parent}${fold}`);
  const files: [path: string, bytes: Buffer][] = [
    [`model/model_fold_${fold}.safetensors`, model],
    [`fold_${fold}_training_metrics.json`, Buffer.from(JSON.stringify(metrics))],
    [
      shape.awkwardNames ? `pictures/fold ${fold} 100% ü+:&=.png` : `fold_${fold}_results.png`,
      Buffer.from(`picture ${config} ${fold}`),
    ],
  ];
  const folder = `Data/${createHash('sha256').update(parent).digest('hex').slice(0, 8)}/fold_${fold}`;
  const artifacts = files.map(([path, bytes]) => {
    const file = `${folder}/${path}`;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), bytes);
    return { path, file, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
  });
  return {
    key: `${parent}/fold_${fold}`,
    parent,
    name: `fold_${fold}`,
    status: 'FINISHED',
    start,
    end: start + 400_000,
    params: { ...params, fold: String(fold) },
    tags: { stage: 'train', backend: 'wasm' },
    context: {},
    metrics: { ...metrics, best_val_loss: [[0, start + 400_000, 0.125]] },
    artifacts,
    inputs: [DATA],
  };
}
