// What is made of the measurements: results, tables, and the record for a tracking server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readIdx } from '../../../stages/lib/data/idx.ts';
import { readNpy } from '../../../stages/lib/data/npy.ts';
import { test } from 'node:test';
import { parseRecord } from '@pipe-engine/mlflow';
import { RIVAL_METHODS, settingsText } from '../../../stages/lib/rivals/rivals.ts';
import type { Quality } from '../../../stages/lib/measure/metrics.ts';
import { readResults, type Sources } from '../../../stages/lib/measure/results.ts';
import { rankConfigurations, type Ranked } from '../../../stages/lib/measure/selection.ts';
import type {
  Baseline,
  ClassifierMetrics,
  Evaluation,
  Filters,
  Reading,
} from '../../../stages/lib/measure/test-metrics.ts';
import { readRuns, type TrainingMetrics } from '../../../stages/lib/measure/training-metrics.ts';
import type { Timings } from '../../../stages/lib/training/timings.ts';
import { passes } from '../run-stage.ts';
import { finalModel, FOLDS, inRoot, json, results, root, trackFlags } from '../tiny-chain.ts';

test('results for tables, figures and the report are of the chosen configuration', () => {
  const { levels, overall, testImages } = readResults({
    ...Object.fromEntries(Object.entries(results).map(([name, folder]) => [name, inRoot(folder)])),
    runs: inRoot('train'),
    retrain: inRoot('retrain'),
    classifier: inRoot('classifier'),
  } as unknown as Sources);
  const chosen = json('select/selection_noise0.4.json') as Ranked;
  assert.equal(testImages, 20);
  assert.deepEqual(overall, json('select/selection_overall.json'));
  const [level, ...others] = levels;
  assert.deepEqual(others, []);
  assert.deepEqual([level!.name, level!.chosen], ['0.4', chosen]);
  assert.deepEqual(
    level!.ranked.map(({ rank }) => rank),
    [1, 2],
  );
  assert.deepEqual([level!.runs.length, level!.foldModels.length, level!.classes.length], [4, 4, 10]);
  assert.deepEqual(level!.final, json('retrain/noise0.4/final_training_metrics.json'));
});

test('the record for a tracking server holds every run with its values, times and files', () => {
  const record = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8'));
  assert.equal(record.project, 'denoising-autoencoder/Data/tiny');
  assert.deepEqual(
    record.runs.map(({ key, parent }) => [key, parent]),
    [
      ...['0.001', '0.15'].flatMap((rate) => [
        [`train/${rate}`, undefined],
        ...FOLDS.map((fold) => [`train/${rate}/fold_${fold}`, `train/${rate}`]),
      ]),
      ['retrain/noise0.4', undefined],
      ['baseline/noise0.4', undefined],
      ['classifier', undefined],
      ['overall', undefined],
    ],
  );
  assert.equal(record.experiment, 'tiny_cv');
  const runOf = (key: string) => record.runs.find((run) => run.key === key)!;
  const fold = runOf('train/0.15/fold_1');
  const metrics = json('train/0.15/fold_1_training_metrics.json') as TrainingMetrics;
  const times = json('timings/train/0.15-1.json') as Timings;
  assert.deepEqual([fold.start, fold.end], [times.started, times.ended]);
  assert.deepEqual(
    fold.metrics['val_loss'],
    metrics.val_losses.map((loss, at) => [at + 1, times.epoch_ends[at], loss]),
  );
  assert.deepEqual(
    fold.metrics['train_loss']!.map(([, , loss]) => loss),
    metrics.train_losses,
  );
  for (const [name, values] of [
    ['val_mse', metrics.val_mses],
    ['val_ssim', metrics.val_ssims],
  ] as const)
    assert.deepEqual(
      fold.metrics[name]!.map(([, , value]) => value),
      values,
      name,
    );
  const last = (key: string, name: string) => runOf(key).metrics[name]?.at(-1)?.[2];
  assert.equal(last('train/0.15/fold_1', 'best_val_loss'), metrics.best_val_loss);
  assert.equal(last('train/0.15/fold_1', 'best_val_ssim'), metrics.val_ssims[metrics.best_epoch - 1]);
  const folds = json('evaluate/noise0.4/fold_models.json') as readonly {
    run: string;
    fold: number;
    test_mse: number;
  }[];
  const own = folds.find((entry) => entry.run === '0.15' && entry.fold === 1)!;
  assert.equal(last('train/0.15/fold_1', 'test_mse'), own.test_mse);
  const both = FOLDS.map((at) => runOf(`train/0.15/fold_${at}`));
  assert.equal(runOf('train/0.15').start, Math.min(...both.map(({ start }) => start)));
  assert.equal(runOf('train/0.15').end, Math.max(...both.map(({ end }) => end)));
  const mean = (json('select/configurations.json') as readonly Ranked[]).find(({ name }) => name === '0.15')!;
  assert.equal(last('train/0.15', 'mean_val_loss'), mean.mean_val_loss);
  assert.deepEqual(
    [fold.params['fold'], fold.params['learning_rate'], fold.params['filters']],
    ['1', '0.15', '2,3,4'],
  );

  const { model, model_std } = json('evaluate/noise0.4/metrics.json') as Evaluation;
  const reading = (json('reading/noise0.4/metrics.json') as Reading).reading_accuracy;
  assert.equal(last('retrain/noise0.4', 'test_mse_std'), model_std.mse);
  assert.equal(last('retrain/noise0.4', 'final_seeds'), 2);
  assert.equal(last('retrain/noise0.4', 'test_mse'), model.mse);
  assert.equal(last('retrain/noise0.4', 'test_ssim'), model.ssim);
  assert.equal(last('retrain/noise0.4', 'test_reading_accuracy'), reading.model);
  const rivals = json('baseline/noise0.4/metrics.json') as Baseline;
  for (const method of RIVAL_METHODS)
    for (const [name, value] of Object.entries({ ...rivals[method], reading_accuracy: reading[method] }))
      assert.equal(last('baseline/noise0.4', `${method}_test_${name}`), value, `${method} ${name}`);
  assert.equal(last('baseline/noise0.4', 'clean_test_reading_accuracy'), reading.clean);
  const filters = json('baseline/noise0.4/filters.json') as Filters;
  assert.deepEqual(runOf('baseline/noise0.4').params, {
    noise_level: '0.4',
    ...Object.fromEntries(
      RIVAL_METHODS.filter((method) => !method.startsWith('noisy')).map((method) => [
        method,
        settingsText(filters[method].filter),
      ]),
    ),
  });
  for (const name of ['mse', 'ssim', 'psnr', 'pixel_accuracy'] as const)
    assert.deepEqual(
      [last('retrain/noise0.4', `test_${name}`), last('retrain/noise0.4', `test_${name}_std`)],
      [model[name], model_std[name]],
      name,
    );

  const files = record.runs.flatMap(({ artifacts }) => artifacts);
  assert.ok(files.length > 20);
  for (const { file, sha256, size } of files) {
    const bytes = readFileSync(inRoot(file));
    assert.deepEqual([sha256, size], [createHash('sha256').update(bytes).digest('hex'), bytes.length], file);
  }
  const final = runOf('retrain/noise0.4');
  const trained = json('timings/retrain/noise0.4.json') as Timings;
  assert.deepEqual([final.start, final.end], [trained.started, trained.ended]);
  assert.ok(final.start < final.end);
  // Without times of their own they are the same run each time.
  assert.deepEqual(
    record.runs.filter(({ undated }) => undated).map(({ key }) => key),
    ['baseline/noise0.4', 'classifier', 'overall'],
  );
  const reader = json('classifier/classifier_metrics.json') as ClassifierMetrics;
  for (const [name, values] of [
    ['train_loss', reader.train_losses],
    ['train_accuracy', reader.train_accuracies],
  ] as const)
    assert.deepEqual(
      runOf('classifier').metrics[name]!.map(([epoch, , value]) => [epoch, value]),
      values.map((value, at) => [at + 1, value]),
    );

  const [best] = record.models;
  assert.deepEqual([best!.run, best!.path, best!.alias], ['retrain/noise0.4', 'model', 'best']);
  assert.ok(runOf(best!.run).artifacts.some(({ file }) => file === finalModel));
});

test('of several noise levels, each run has what is of its own', async () => {
  const LEVELS = ['0.4', '0.7'];
  const write = (path: string, content: unknown): void =>
    writeFileSync(inRoot(`two/${path}`), JSON.stringify(content));
  for (const [at, level] of LEVELS.entries()) {
    const folder = `noise${level}`;
    for (const stage of ['retrain', 'evaluate', 'baseline', 'reading'])
      cpSync(inRoot(`${stage}/noise0.4`), inRoot(`two/${stage}/${folder}`), { recursive: true });
    cpSync(inRoot('train/0.15'), inRoot(`two/train/a-${level}`), { recursive: true });
    cpSync(inRoot('timings/retrain/noise0.4.json'), inRoot(`two/timings/retrain/${folder}.json`));
    for (const fold of FOLDS) {
      const metrics = json(`train/0.15/fold_${fold}_training_metrics.json`) as TrainingMetrics;
      const configuration = { ...metrics.configuration, noise_level: Number(level) };
      write(`train/a-${level}/fold_${fold}_training_metrics.json`, {
        ...metrics,
        noise_name: level,
        configuration,
        best_val_loss: metrics.best_val_loss + at,
      });
      cpSync(inRoot(`timings/train/0.15-${fold}.json`), inRoot(`two/timings/train/a-${level}-${fold}.json`));
    }
    write(
      `evaluate/${folder}/fold_models.json`,
      FOLDS.map((fold) => ({ run: `a-${level}`, fold, test_mse: 10 * at + fold, test_ssim: at })),
    );
    for (const stage of ['evaluate', 'baseline', 'reading'])
      write(`${stage}/${folder}/metrics.json`, {
        ...(json(`${stage}/noise0.4/metrics.json`) as object),
        images: 20 + at,
      });
  }
  const ranked = rankConfigurations(readRuns(inRoot('two/train')));
  mkdirSync(inRoot('two/select'));
  write('select/configurations.json', ranked);
  write('select/selection_overall.json', ranked[0]);
  await passes(root, 'track', {
    ...trackFlags,
    runs: 'two/train',
    models: 'two/retrain',
    timings: 'two/timings',
    packages: 'two/mlflow',
    out: 'two/tracking.jsonl',
    selection: 'two/select',
    evaluations: 'two/evaluate',
    baselines: 'two/baseline',
    readings: 'two/reading',
    results: ['two/select'],
  });
  const { runs, models } = parseRecord(readFileSync(inRoot('two/tracking.jsonl'), 'utf8'));
  const runOf = (key: string) => runs.find((run) => run.key === key)!;
  const last = (key: string, name: string) => runOf(key).metrics[name]?.at(-1)?.[2];
  for (const [at, level] of LEVELS.entries()) {
    const [train, final, baseline] = [`train/a-${level}`, `retrain/noise${level}`, `baseline/noise${level}`];
    assert.deepEqual(
      FOLDS.map((fold) => last(`${train}/fold_${fold}`, 'test_mse')),
      FOLDS.map((fold) => 10 * at + fold),
    );
    assert.match(runOf(train).description!, new RegExp(`: rank 1 of 1 at σ ${level}, \\*\\*chosen\\*\\*\\.`));
    assert.deepEqual([last(final, 'test_images'), last(baseline, 'test_images')], [20 + at, 20 + at]);
    for (const key of [train, final, baseline])
      assert.deepEqual(
        [
          ...runOf(key).artifacts,
          ...FOLDS.flatMap((fold) => (key === train ? runOf(`${key}/fold_${fold}`).artifacts : [])),
        ]
          .filter(({ file }) => !file.includes(`-${level}/`) && !file.includes(`noise${level}/`))
          .map(({ file }) => file),
        [],
        key,
      );
    assert.equal(last('overall', `noise${level}/mean_val_loss`), ranked[at]!.mean_val_loss);
  }
  assert.equal(models[0]!.run, 'retrain/noise0.4');
  assert.match(models[0]!.criterion!.measuredOn, /^40 validation images /);
});

test('the record says of each run which data it used, how it is configured and what its machine did', () => {
  const record = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8'));
  const runOf = (key: string) => record.runs.find((run) => run.key === key)!;
  const digest = (part: 'train' | 'test'): string => {
    const [images, labels] = ['images', 'labels'].map((kind) => readIdx(inRoot(`${part}-${kind}`)).values);
    return createHash('sha256').update(images!).update(labels!).digest('hex').slice(0, 32);
  };
  const inputsOf = (key: string) =>
    (runOf(key).inputs ?? []).map(({ name, digest, context }) => [name, digest, context]);
  const [training, testing] = [
    ['digits_train', digest('train'), 'training'],
    ['digits_test', digest('test'), 'testing'],
  ];
  for (const key of ['train/0.15', 'train/0.15/fold_1', 'classifier'])
    assert.deepEqual(inputsOf(key), [training], key);
  for (const key of ['retrain/noise0.4', 'baseline/noise0.4', 'overall'])
    assert.deepEqual(inputsOf(key), [training, testing], key);
  const [data] = runOf('overall').inputs!;
  assert.deepEqual(JSON.parse(data!.profile!), {
    features_shape: [40, 28, 28],
    features_size: 40 * 784,
    features_nbytes: 40 * 784,
    targets_shape: [40],
    targets_size: 40,
    targets_nbytes: 40,
  });

  const ranked = json('select/configurations.json') as readonly Ranked[];
  for (const { name, rank, chosen } of ranked) {
    const description = runOf(`train/${name}`).description!;
    assert.ok(description.includes(`| learning_rate | ${name} |`), description);
    assert.ok(description.includes(`rank ${rank} of 2 at σ 0.4`), description);
    assert.equal(description.includes('**chosen**'), chosen);
  }

  const { epoch_ends: ends, system } = json('timings/train/0.15-1.json') as Timings;
  const fold = runOf('train/0.15/fold_1');
  for (const name of [
    'cpu_utilization_percentage',
    'system_memory_usage_megabytes',
    'process_memory_usage_megabytes',
  ])
    assert.deepEqual(
      fold.metrics[`system/${name}`],
      system.map((sample, at) => [at + 1, ends[at], sample[name]]),
      name,
    );
  assert.equal(system.length, ends.length);

  const overall = runOf('overall');
  const chosen = ranked.find((entry) => entry.chosen)!;
  assert.equal(overall.metrics['noise0.4/mean_val_loss']![0]![2], chosen.mean_val_loss);
  assert.deepEqual(overall.metrics['noise0.4/test_mse'], [
    [0, overall.end, runOf('retrain/noise0.4').metrics['test_mse']![0]![2]],
  ]);
  const paths = overall.artifacts.map(({ path }) => path);
  for (const path of ['tables/test_results.csv', 'select/selection_overall.json'])
    assert.ok(paths.includes(path), path);
});

test('the model is packaged as MLflow loads it, with the first noisy images as its example', () => {
  const { artifacts } = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8')).runs.find(
    ({ key }) => key === 'retrain/noise0.4',
  )!;
  assert.deepEqual(
    artifacts.map(({ path }) => path).filter((path) => path.startsWith('model/')),
    [
      'MLmodel',
      'requirements.txt',
      'conda.yaml',
      'python_env.yaml',
      'input_example.json',
      'serving_input_example.json',
      'code/denoising_autoencoder.py',
      'model_final.safetensors',
      'tfjs/model.json',
      'tfjs/weights.bin',
    ].map((path) => `model/${path}`),
  );
  const example = json('mlflow/noise0.4/input_example.json') as number[][][];
  const { values } = readNpy(inRoot('baseline/noise0.4/samples/noisy.npy'));
  assert.deepEqual([example.length, example[0]!.length, example[0]![0]!.length], [2, 28, 28]);
  for (const [at, value] of example.flat(2).entries())
    assert.ok(Math.abs(value - values[at]!) <= 0.5e-4, `${at}: ${value}`);
  assert.deepEqual(json('mlflow/noise0.4/serving_input_example.json'), { inputs: example });
  const description = readFileSync(inRoot('mlflow/noise0.4/MLmodel'), 'utf8');
  for (const side of ['inputs', 'outputs'])
    assert.ok(
      description.includes(
        `  ${side}: '[{"type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,28,28]}}]'\n`,
      ),
      description,
    );
});

test('the registered model is named after its data, and says by what it was chosen', () => {
  const [best] = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8')).models;
  const chosen = json('select/selection_overall.json') as Ranked;
  const train = readIdx(inRoot('train-images')).values;
  const digest = createHash('sha256')
    .update(train)
    .update(readIdx(inRoot('train-labels')).values)
    .digest('hex');
  assert.equal(best!.name, 'tiny-digits');
  assert.deepEqual(best!.criterion, {
    metric: 'mean_val_loss',
    value: chosen.mean_val_loss,
    // Each image is validated on in one of the two folds.
    measuredOn: `40 validation images of digits_train ${digest.slice(0, 12)} with noise σ 0.4 of seed 11`,
  });
});

test('the report shows the digests of files, and the times of the stages', () => {
  const html = readFileSync(inRoot('report/report.html'), 'utf8');
  for (const file of ['best.safetensors', 'splits.csv'])
    assert.ok(
      html.includes(
        createHash('sha256')
          .update(readFileSync(inRoot(file)))
          .digest('hex'),
      ),
      file,
    );
  const {
    seconds,
    seconds_per_epoch: epochs,
    images_per_second: rate,
  } = json('timings/train/0.15-1.json') as Timings;
  const [head, ...rows] = readFileSync(inRoot('report/timings.csv'), 'utf8').trim().split('\n');
  assert.equal(head, 'stage,name,epochs,seconds,images_per_second');
  assert.deepEqual(
    rows.map((row) => row.split(',').slice(0, 2).join()),
    ['train,0.001-0', 'train,0.001-1', 'train,0.15-0', 'train,0.15-1', 'retrain,noise0.4'],
  );
  assert.equal(rows[3], ['train', '0.15-1', epochs.length, seconds, rate].join());
  const times = (stage: string) =>
    (json(`timings/${stage}/noise0.4.json`) as { milliseconds_per_image: Readonly<Record<string, number>> })
      .milliseconds_per_image;
  for (const time of [times('evaluate')['model']!, times('baseline')['tv_affine']!])
    assert.ok(html.includes(`${time.toPrecision(2)} (σ = 0.4)`));
});

const valuesOf = ({ mse, ssim, psnr, pixel_accuracy }: Quality): string =>
  [mse, ssim, psnr, pixel_accuracy].join(',');

test('the tables hold the numbers of the measurements', () => {
  const rows = readFileSync(inRoot('tables/test_results.csv'), 'utf8').trim().split('\n');
  const { model, model_std: std } = json('evaluate/noise0.4/metrics.json') as Evaluation;
  const { reading_accuracy: read, model_std: readStd } = json('reading/noise0.4/metrics.json') as Reading;
  assert.equal(rows.at(-1), `0.4,model,,${valuesOf(model)},${read.model},${valuesOf(std)},${readStd}`);
  assert.equal(rows.length, 1 + 1 + RIVAL_METHODS.length + 1);
  const differences = readFileSync(inRoot('tables/test_differences.csv'), 'utf8').trim().split('\n');
  const baseline = json('baseline/noise0.4/metrics.json') as Baseline;
  for (const [at, method] of RIVAL_METHODS.entries()) {
    const [level, rival, measure, mean, low, high] = differences[1 + 2 * at]!.split(',');
    assert.deepEqual([level, rival, measure], ['0.4', method, 'mse']);
    assert.ok(Math.abs(Number(mean) - (model.mse - baseline[method].mse)) < 1e-8, method);
    assert.ok(Number(low) <= Number(mean) && Number(mean) <= Number(high));
  }
  const grid = readFileSync(inRoot('tables/grid_search_val_loss.csv'), 'utf8').trim().split('\n');
  assert.deepEqual(
    grid.slice(1).map((row) => row.split(',').slice(0, 2).join()),
    (json('select/configurations.json') as readonly Ranked[]).map(({ rank, name }) => `${rank},${name}`),
  );
});
