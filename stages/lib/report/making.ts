// The section of the report on how it was made: terms, model, parameters, seeds, backend, commit and the digests of files.
import { valueText } from '../tables/configuration-text.ts';
import { escape } from '../figures/markup.ts';
import { countText } from '../tables/number-text.ts';
import type { Loss } from '../measure/training-metrics.ts';
import { methodsOf } from '../measure/methods.ts';
import type { Level, Results } from '../measure/results.ts';
import { factsTable, figureLinks, type Places } from './html.ts';
import type { Section } from './opening.ts';

/** Milliseconds per image by method. */
export type MethodTimes = { readonly [method: string]: number };

/** What is known only when the report is written. */
export interface Circumstances {
  readonly dataset: string;
  /** Of the checked-out commit; undefined outside of a repository. */
  readonly commit: string | undefined;
  readonly program: string;
  /** Of each level. */
  readonly times: readonly MethodTimes[];
  /** SHA-256 by file. */
  readonly fingerprints: readonly (readonly [file: string, sha256: string])[];
  /** Drawing of each level's model, SVG documents. */
  readonly diagrams: readonly string[];
}

export function model({ levels }: Results, { diagrams }: Circumstances, places: Places): Section {
  // Levels whose models are built alike share one drawing.
  const groups = [...Map.groupBy(levels, (_, at) => diagrams[at]!)];
  const figures = groups.map(([svg, alike]) => {
    const names = alike.map(({ name }) => name).join(', ');
    const { parameters, configuration } = alike[0]!.chosen;
    const size = configuration.model === 'cdae' ? `, code of length ${configuration.latent_dim}` : '';
    const alt = `Layers of the final model for σ = ${names}: ${countText(parameters)} parameters${size}, from top to bottom`;
    const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    return `<figure><img class="diagram" alt="${escape(alt)}" src="${source}"><figcaption>Final model for σ = ${escape(names)}: ${countText(parameters)} parameters${size}. ${figureLinks(places, `architecture_noise${alike[0]!.name}`, [])}</figcaption></figure>`;
  });
  return { id: 'model', title: 'The model', content: figures.join('') };
}

export function making(results: Results, circumstances: Circumstances): Section {
  const { dataset, commit, program, fingerprints } = circumstances;
  const { levels, overall, classifier } = results;
  const { configuration } = overall;
  const steps = levels
    .map(({ name, final }) => `σ ${escape(name)}: ${countText(final.optimiser_steps)} optimiser steps`)
    .join('; ');
  const { seed, noise_seed: noiseSeed, backend, threads } = configuration;
  const losses = new Set(levels.map(({ chosen }) => LOSS_TEXTS[chosen.configuration.loss]));
  const minimised = [...losses].join(', or ');
  const isOnAll = levels.every(({ chosen }) => chosen.configuration.train_on === 'all');
  const { channels, ...reader } = classifier.configuration;
  const ran: readonly (readonly [string, string])[] = [
    ['data', dataset === 'mnist' ? 'MNIST' : 'synthetic digits'],
    [
      'images',
      `${countText(levels[0]!.final.training_images)} for training, ${countText(results.testImages)} for the test`,
    ],
    ['noise levels σ', levels.map(({ name }) => name).join(', ')],
    ['folds', levels[0]!.chosen.folds.map(({ fold }) => fold).join(', ')],
    ['seed', `${seed} (splits, first weights, order of the images)`],
    ['seed of the noise', `${noiseSeed} (training), ${noiseSeed + 1} (test)`],
    ['backend', `TensorFlow.js ${backend}, threads: ${threads}`],
    ['classifier', `channels ${channels.join('-')}, ${pairs(reader)}`],
    ['git commit', commit ?? 'none: not in a repository'],
    ['report written by', program],
  ];
  const parameters = levels.map((level): readonly [string, string] => [
    `σ = ${level.name}`,
    `${chosenParameters(level)}; final model ${level.chosen.epochs} epochs`,
  ]);
  return {
    id: 'making',
    title: 'How it was made',
    content: `<dl class="terms">
<dt>Noise</dt><dd>noisy = clip(clean + N(0, σ²), 0, 1), drawn once per data set from a seed.</dd>
<dt>Final models</dt><dd>The chosen configuration${isOnAll ? ' on all training images' : ''} (${steps}), trained with Adam on ${minimised}, from ${levels[0]!.seeds} seeds.</dd>
<dt>MSE</dt><dd>Mean squared error per pixel; pixels are 0 … 1.</dd>
<dt>SSIM</dt><dd>Structural similarity with scikit-image's defaults and data range 1: 7 × 7 window, mean over the images.</dd>
<dt>PSNR</dt><dd>Peak signal-to-noise ratio, mean over the images.</dd>
<dt>Pixel accuracy</dt><dd>Share of the pixels on the same side of 0.5 as in the clean image.</dd>
<dt>Reading accuracy</dt><dd>Share of the digits that a small classifier reads correctly; it was trained on clean training images (${countText(classifier.parameters)} parameters).</dd>
<dt>Calibration</dt><dd>a·x + b after the filter, least squares on training images: gives back the contrast that a blur takes.</dd>
<dt>Total variation</dt><dd>Chambolle's projection, as scikit-image computes it.</dd>
<dt>Non-local means</dt><dd>Means over patches that look alike, as scikit-image's fast mode computes them.</dd>
<dt>Learned linear filter</dt><dd>A window of weights, fitted to training images by least squares.</dd>
</dl>
${factsTable('What ran', ran)}
${factsTable('Parameters of the chosen configurations', parameters)}
${factsTable(TIMES, timesOf(levels, circumstances.times))}
${factsTable('Fingerprints: SHA-256 of files, as in the lock file', fingerprints)}
<p class="note">The commit is the one that was checked out when this page was written; what was made earlier and is unchanged was not made again.
How long each training took is in <a href="timings.csv">timings.csv</a> beside this page, apart from everything that is the same in every run.</p>`,
  };
}

const LOSS_TEXTS: { readonly [loss in Loss]: string } = {
  mse: 'the mean squared error',
  ssim: '1 − SSIM',
  mixed: 'the mean squared error + 0.1 (1 − SSIM)',
};

/** The one part of the page that differs between two equal runs. */
const TIMES = 'Time per image in milliseconds, measured when each method ran';

function timesOf(
  levels: readonly Level[],
  times: readonly MethodTimes[],
): readonly (readonly [string, string])[] {
  return methodsOf(levels[0]!).map(({ method, name }) => [
    name,
    levels.map((level, at) => `${times[at]![method]!.toPrecision(2)} (σ = ${level.name})`).join(', '),
  ]);
}

function chosenParameters({ chosen }: Level): string {
  const keys = Object.keys(chosen.configuration).filter((key) => key !== 'noise_level');
  return pairs(Object.fromEntries(keys.map((key) => [key, valueText(chosen, key)])));
}

function pairs(values: { readonly [key: string]: string | number }): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}
