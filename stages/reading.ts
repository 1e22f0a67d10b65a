// Stage reading: how many test digits of one noise level the classifier reads correctly, clean, noisy, filtered and denoised.
import { join } from 'node:path';
import { applyAffine } from './lib/measure/affine-fit.ts';
import { readNetwork } from './lib/model/classifier-file.ts';
import { readDigits, readingAccuracy } from './lib/model/classifier.ts';
import { runStage } from './lib/stage/fail.ts';
import { readJson, writeFileIn, writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { gaussianFilter } from './lib/measure/gaussian-filter.ts';
import { membersOfClasses, SIZE } from './lib/data/images.ts';
import { readTestSet, testSetFlags } from './lib/data/test-set.ts';
import { readModel } from './lib/model/model-file.ts';
import { allOf, denoise } from './lib/model/model.ts';
import { report, say } from './lib/stage/progress.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';
import type { Baseline, ReadingAccuracy } from './lib/measure/test-metrics.ts';

const flags = {
  classifier: required('path', 'the classifier'),
  model: required('path', 'final model of this noise level'),
  baseline: required('path', 'metrics of the filters of this noise level, JSON'),
  ...testSetFlags,
  ...backendFlags,
  out: required('path', 'folder for the metrics and what was read'),
} as const;

await runStage(async () => {
  const options = readFlags('reading', 'Counts the test digits that a classifier reads correctly.', flags);
  await useBackend(options.backend, options.threads);
  const { clean, noisy, labels } = readTestSet(options);
  const network = readNetwork(options.classifier);
  const { gaussian, gaussian_ssim, gaussian_affine } = readJson(options.baseline) as Baseline;
  const blurred = (sigma: number): Float32Array => gaussianFilter(noisy, SIZE, sigma);
  // One after the other: a set of images is large, and its reading is small.
  const sets: { readonly [kind in keyof ReadingAccuracy]: () => Float32Array | Promise<Float32Array> } = {
    clean: () => clean,
    noisy: () => noisy,
    gaussian: () => blurred(gaussian.sigma),
    gaussian_ssim: () => blurred(gaussian_ssim.sigma),
    gaussian_affine: () => applyAffine(gaussian_affine, blurred(gaussian_affine.sigma)),
    model: () => denoise(readModel(options.model), noisy, allOf(noisy)),
  };
  const kinds = Object.keys(sets) as readonly (keyof ReadingAccuracy)[];
  const read: Uint8Array[] = [];
  for (const kind of kinds) {
    const digits = await readDigits(network, await sets[kind]());
    read.push(digits);
    const note = `${kind} ${(100 * readingAccuracy(digits, labels)).toFixed(1)} %`;
    report({ done: read.length, total: kinds.length, unit: 'kind of images', note });
  }
  const accuracy = (members: ArrayLike<number>): ReadingAccuracy =>
    Object.fromEntries(
      kinds.map((kind, at) => {
        const own = Uint8Array.from(members, (image) => read[at]![image]!);
        return [
          kind,
          readingAccuracy(
            own,
            Uint8Array.from(members, (image) => labels[image]!),
          ),
        ];
      }),
    ) as ReadingAccuracy;
  writeJson(join(options.out, 'metrics.json'), {
    noise_level: options.noise_level.value,
    images: labels.length,
    reading_accuracy: accuracy(labels.keys().toArray()),
  });
  const classes = membersOfClasses(labels).map(({ class: digit, members }) => ({
    class: digit,
    images: members.length,
    ...accuracy(members),
  }));
  writeJson(join(options.out, 'classes.json'), classes);
  const rows = Array.from(labels, (label, image) =>
    [image, label, ...read.map((digits) => digits[image]!)].join(','),
  );
  writeFileIn(
    join(options.out, 'readings.csv'),
    `${[['index', 'label', ...kinds].join(','), ...rows].join('\n')}\n`,
  );
  say(`${options.out}: ${labels.length} images, each read in ${kinds.length} ways`);
});
