// Stage reading: how many test digits of one noise level the classifier reads correctly, clean, noisy, filtered and denoised.
import { join } from 'node:path';
import { readNetwork } from './lib/model/classifier-file.ts';
import { readDigits, readingAccuracy } from './lib/model/classifier.ts';
import { runStage } from './lib/stage/fail.ts';
import { readJson, writeFileIn, writeJson, type Json } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { membersOfClasses } from './lib/data/images.ts';
import { readTestSet, testSetFlags } from './lib/data/test-set.ts';
import { readModel } from './lib/model/model-file.ts';
import { allOf, denoise } from './lib/model/model.ts';
import { report, say } from './lib/stage/progress.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';
import { readingShares } from './lib/measure/reading-shares.ts';
import type { Filters, Reading } from './lib/measure/test-metrics.ts';
import { finalModels } from './lib/model/final-models.ts';
import { applyTuned, RIVAL_METHODS } from './lib/rivals/rivals.ts';

const flags = {
  classifier: required('path', 'the classifier'),
  models: required('path', 'folder of the final models of this noise level, one for each seed'),
  filters: required('path', 'tuned filters of this noise level, JSON'),
  ...testSetFlags,
  ...backendFlags,
  out: required('path', 'folder for the metrics and what was read'),
} as const;

await runStage(async () => {
  const options = readFlags('reading', 'Counts the test digits that a classifier reads correctly.', flags);
  await useBackend(options.backend, options.threads);
  const { clean, noisy, labels } = readTestSet(options);
  const network = readNetwork(options.classifier);
  const filters = readJson(options.filters) as Filters;
  const models = finalModels(options.models);
  // One after the other: a set of images is large, and its reading is small.
  const sets = new Map<string, () => Float32Array | Promise<Float32Array>>([
    ['clean', () => clean],
    ...RIVAL_METHODS.map((method) => [method, () => applyTuned(filters[method], noisy)] as const),
    ...models.map(
      ({ seed, path }) => [modelKind(seed), () => denoise(readModel(path), noisy, allOf(noisy))] as const,
    ),
  ]);
  const kinds = [...sets.keys()];
  const read = new Map<string, Uint8Array>();
  for (const [kind, images] of sets) {
    const digits = await readDigits(network, await images());
    read.set(kind, digits);
    const note = `${kind} ${(100 * readingAccuracy(digits, labels)).toFixed(1)} %`;
    report({ done: read.size, total: kinds.length, unit: 'kind of images', note });
  }
  const sharesOf = (members: ArrayLike<number>) =>
    readingShares(
      read,
      models.map(({ seed }) => modelKind(seed)),
      labels,
      members,
    );
  const all = sharesOf(allOf(noisy));
  writeJson(join(options.out, 'metrics.json'), {
    noise_level: options.noise_level.value,
    images: labels.length,
    reading_accuracy: all.accuracy,
    model_std: all.deviation,
  } satisfies Reading & Json);
  const classes = membersOfClasses(labels).map(({ class: digit, members }) => ({
    class: digit,
    images: members.length,
    ...sharesOf(members).accuracy,
  }));
  writeJson(join(options.out, 'classes.json'), classes);
  const rows = Array.from(labels, (label, image) =>
    [image, label, ...kinds.map((kind) => read.get(kind)![image]!)].join(','),
  );
  writeFileIn(
    join(options.out, 'readings.csv'),
    `${[['index', 'label', ...kinds].join(','), ...rows].join('\n')}\n`,
  );
  say(`${options.out}: ${labels.length} images, each read in ${kinds.length} ways`);
});

/** In the first line of readings.csv. */
function modelKind(seed: number): string {
  return `model_seed_${seed}`;
}
