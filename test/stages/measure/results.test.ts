// Results by noise level: each level has the files of its own folders, and its own configurations and runs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { writePerImage } from '../../../stages/lib/measure/per-image.ts';
import { readResults } from '../../../stages/lib/measure/results.ts';
import { RIVAL_METHODS } from '../../../stages/lib/rivals/rivals.ts';
import { sampleResults } from '../sample-results.ts';

test('each noise level has what is its own', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-results-'));
  t.after(() => rmSync(root, { recursive: true }));
  const write = (path: string, content: unknown): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  };
  const { levels, overall } = sampleResults();
  write(
    'select/configurations.json',
    levels.flatMap(({ ranked }) => ranked),
  );
  write('select/selection_overall.json', overall);
  write('classifier/classifier_metrics.json', { parameters: 3 });
  for (const [at, { name, runs }] of levels.entries()) {
    const marked = (what: string) => ({ what, at });
    const level = `noise${name}`;
    write(`evaluate/${level}/metrics.json`, {
      images: 20 + at,
      model: marked('model'),
      model_std: marked('std'),
      seeds: [1, 2, 3].slice(at),
    });
    write(`evaluate/${level}/fold_models.json`, marked('folds'));
    write(`evaluate/${level}/classes.json`, marked('classes'));
    write(`baseline/${level}/metrics.json`, marked('baseline'));
    write(`baseline/${level}/filters.json`, marked('filters'));
    write(`baseline/${level}/classes.json`, marked('baselineClasses'));
    write(`reading/${level}/metrics.json`, { reading_accuracy: marked('reading'), model_std: at });
    write(`reading/${level}/classes.json`, marked('classReadings'));
    write(`retrain/${level}/final_training_metrics.json`, marked('final'));
    // The first image is better by 1, the second by 3 or 5, than with the first rival; the others are further away.
    const images = (...mse: readonly number[]) => ({
      mse: Float32Array.from(mse),
      ssim: new Float32Array(2),
    });
    writePerImage(join(root, `evaluate/${level}/per_image.npy`), [images(0, at), images(0, -at)]);
    writePerImage(
      join(root, `baseline/${level}/per_image.npy`),
      RIVAL_METHODS.map((_, rival) => images(1 + rival, 3 + rival + 2 * at)),
    );
    for (const run of runs) write(`train/${run.name}/fold_${run.fold}_training_metrics.json`, run);
  }
  const found = readResults({
    selection: join(root, 'select'),
    evaluations: join(root, 'evaluate'),
    baselines: join(root, 'baseline'),
    readings: join(root, 'reading'),
    runs: join(root, 'train'),
    retrain: join(root, 'retrain'),
    classifier: join(root, 'classifier'),
  });
  assert.deepEqual([found.overall, found.testImages, found.classifier], [overall, 20, { parameters: 3 }]);
  for (const [at, { comparisons, ranked, runs, ...own }] of found.levels.entries()) {
    const { name, chosen, ranked: all, runs: trained } = levels[at]!;
    const marked = (what: string) => ({ what, at });
    assert.deepEqual(own, {
      name,
      chosen,
      testImages: 20 + at,
      model: marked('model'),
      modelStd: { ...marked('std'), reading_accuracy: at },
      seeds: 3 - at,
      baseline: marked('baseline'),
      filters: marked('filters'),
      reading: marked('reading'),
      final: marked('final'),
      foldModels: marked('folds'),
      classes: marked('classes'),
      baselineClasses: marked('baselineClasses'),
      classReadings: marked('classReadings'),
    });
    assert.deepEqual(
      comparisons().map(({ rival, mse, ssim }) => [rival, mse.mean, ssim.mean]),
      RIVAL_METHODS.map((rival, place) => [rival, -2 - place - at, 0]),
    );
    assert.deepEqual(ranked, all);
    assert.deepEqual(
      runs.map((run) => `${run.name} ${run.fold}`).toSorted(),
      trained.map((run) => `${run.name} ${run.fold}`).toSorted(),
    );
  }
  assert.equal(found.levels.length, 2);
});
