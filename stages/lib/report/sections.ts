// What the report says, section by section, as HTML. Numbers come from results.ts and are not computed here, but for shares of them.
import { picture } from '../picture.ts';
import { barChart, lineChart, type Line } from './charts.ts';
import { countText, errorText, escape, percentText, shareText, table, type Column } from './html.ts';
import type { Level, Results } from './results.ts';
import type { Quality } from '../metrics.ts';
import type { Ranked } from '../selection.ts';

interface Method extends Quality {
  readonly name: string;
  readonly kind: string;
}

/** From nothing done to everything done. */
function methods({ baseline, model }: Level): readonly Method[] {
  const { noisy, gaussian, gaussian_ssim: forSsim, gaussian_affine: affine } = baseline;
  return [
    { name: 'Noisy input', kind: 'noisy', ...noisy },
    { ...gaussian, name: `Gaussian filter, ${gaussian.sigma} px`, kind: 'filter' },
    { ...forSsim, name: `Gaussian filter for SSIM, ${forSsim.sigma} px`, kind: 'none' },
    { ...affine, name: `Gaussian filter + calibration, ${affine.sigma} px`, kind: 'calibrated' },
    { ...model, name: 'Autoencoder', kind: 'model' },
  ];
}

export function opening({ levels, testImages, overall }: Results, dataset: string): string {
  const level = levels[Math.floor((levels.length - 1) / 2)]!;
  const { noisy, gaussian } = level.baseline;
  const [own, filter] = [level.model.mse / noisy.mse, gaussian.mse / noisy.mse];
  const configurations = levels.reduce((sum, { ranked }) => sum + ranked.length, 0);
  const runs = levels.reduce((sum, level) => sum + level.runs.length, 0);
  const { configuration } = overall;
  const facts: readonly [string, string][] = [
    [dataset === 'mnist' ? 'MNIST' : 'synthetic digits', 'data'],
    [countText(level.final.training_images), 'training images'],
    [countText(testImages), 'test images'],
    [String(configurations), 'configurations'],
    [String(runs), 'training runs'],
    [configuration.backend, 'backend'],
    [String(configuration.seed), 'seed'],
  ];
  return `<header><h1>Denoising digits with an autoencoder</h1>
<p class="lead">At noise σ&nbsp;=&nbsp;${escape(level.name)} the autoencoder leaves ${percentText(own)} of the noise's squared error on images that it has never
seen; a Gaussian filter, tuned on the same data, leaves ${percentText(filter)}.</p>
<ul class="facts">${facts.map(([value, name]) => `<li><b>${escape(value)}</b> ${name}</li>`).join('')}</ul>
<div class="results">${levels.map(remainder).join('')}</div></header>`;
}

/** What each method leaves of the noisy input's squared error. */
function remainder(level: Level): string {
  const rows = methods(level).filter(({ kind }) => kind !== 'none' && kind !== 'noisy');
  const short: { [kind: string]: string } = {
    filter: 'Gaussian',
    calibrated: '+ calibration',
    model: 'Autoencoder',
  };
  const lines = rows.map(({ kind, mse }) => {
    const share = mse / level.baseline.noisy.mse;
    return `<dt>${short[kind]}</dt><dd><div class="track"><i class="${kind}" style="width:${(100 * Math.min(1, share)).toFixed(1)}%"></i></div></dd><dd>${percentText(share)}</dd>`;
  });
  return `<section class="result"><h3>Error left at σ = ${escape(level.name)}</h3><dl class="left">${lines.join('')}</dl></section>`;
}

export function pictures({ levels }: Results): string {
  return `<section><h2>What it looks like</h2>
<p>One test image of each digit. The noise is new to every method.</p>${levels.map(strips).join('')}</section>`;
}

function strips(level: Level): string {
  const { samples, baseline, model } = level;
  const note = ({ mse, ssim }: Quality): string => `MSE ${errorText(mse)}<br>SSIM ${shareText(ssim)}`;
  const rows: readonly [string, string, Float32Array][] = [
    ['Clean', '', samples.clean],
    ['Noisy', note(baseline.noisy), samples.noisy],
    ['Gaussian filter', note(baseline.gaussian), samples.gaussian],
    ['+ calibration', note(baseline.gaussian_affine), samples.affine],
    ['Autoencoder', note(model), samples.denoised],
  ];
  const digits = samples.classes.join(', ');
  const lines = rows.map(([name, numbers, images]) => {
    const png = Buffer.from(picture([images], 2)).toString('base64');
    return `<div>${name}<small>${numbers}</small></div><img alt="${name}: the digits ${digits}" src="data:image/png;base64,${png}">`;
  });
  return `<h3>Noise σ = ${escape(level.name)}</h3><div class="strip">${lines.join('')}</div>`;
}

export function testResults({ levels, testImages }: Results): string {
  const caption = (level: Level): string =>
    `σ = ${escape(level.name)}: means over ${countText(testImages)} test images. The filters' widths and the calibration were fitted on training images.`;
  const columns: readonly Column<Method>[] = [
    { title: 'Method', cell: ({ name, kind }) => `<span class="key ${kind}"></span>${escape(name)}` },
    { title: 'MSE ↓', number: true, cell: ({ mse }) => errorText(mse) },
    { title: 'SSIM ↑', number: true, cell: ({ ssim }) => shareText(ssim) },
    { title: 'PSNR ↑', number: true, cell: ({ psnr }) => `${psnr.toFixed(2)} dB` },
    { title: 'Pixel accuracy ↑', number: true, cell: (method) => percentWithPlace(method.pixel_accuracy) },
  ];
  const tables = levels.map((level) =>
    table(caption(level), methods(level), columns, ({ kind }) => (kind === 'model' ? 'model' : '')),
  );
  return `<section><h2>Test results</h2>
<p>The final models, each trained on all training images of its noise level. No test image was opened before the configurations were chosen.</p>
${tables.join('\n')}${levels.map(classBars).join('')}</section>`;
}

function percentWithPlace(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

function classBars(level: Level): string {
  const groups = level.classes.map(({ class: digit, ssim }) => ({ label: String(digit), values: [ssim] }));
  const text = level.classes.map(({ class: digit, ssim }) => `${digit}: ${shareText(ssim)}`).join(', ');
  return `<h3>SSIM digit by digit, σ = ${escape(level.name)}</h3><figure>${barChart(`SSIM of the denoised test images per digit. ${text}`, groups, ['model'])}</figure>`;
}

export function selection({ levels, overall }: Results): string {
  const varying = varyingKeys(levels.flatMap(({ ranked }) => ranked));
  const columns: readonly Column<Ranked>[] = [
    { title: 'Rank', number: true, cell: ({ rank }) => String(rank) },
    ...varying.map((key) => ({ title: key, number: true, cell: (entry: Ranked) => valueText(entry, key) })),
    { title: 'parameters', number: true, cell: ({ parameters }) => countText(parameters) },
    {
      title: 'validation loss ↓',
      number: true,
      cell: (entry) => `${errorText(entry.mean_val_loss)} ± ${errorText(entry.std_val_loss)}`,
    },
    {
      title: 'validation SSIM ↑',
      number: true,
      cell: (entry) => `${shareText(entry.mean_val_ssim)} ± ${shareText(entry.std_val_ssim)}`,
    },
    { title: 'epochs', number: true, cell: ({ epochs }) => String(epochs) },
  ];
  const tables = levels.map(({ name, ranked }) =>
    table(
      `σ = ${escape(name)}: mean ± standard deviation over ${ranked[0]!.folds.length} folds, at each fold's best epoch. Epochs: the folds' mean, which the final model trains for.`,
      ranked,
      columns,
      ({ rank }) => (rank === 1 ? 'chosen' : ''),
    ),
  );
  const best =
    levels.length > 1
      ? ` The lowest loss of all, and so <code>best_model_final</code>, is that of <code>${escape(overall.name)}</code>; losses at different noise levels are not like for like.`
      : '';
  return `<section><h2>Which configuration</h2>
<p>Every configuration was trained on each fold of a stratified cross-validation. The choice is by validation loss alone.${best}</p>${tables.join('')}</section>`;
}

/** Keys that are not the same in all configurations, but for the noise level, which has tables of its own. */
function varyingKeys(ranked: readonly Ranked[]): readonly string[] {
  const [first] = ranked;
  const keys = Object.keys(first!.configuration).filter((key) => key !== 'noise_level');
  const varying = keys.filter((key) =>
    ranked.some((entry) => valueText(entry, key) !== valueText(first!, key)),
  );
  return varying.length > 0 ? varying : ['latent_dim', 'learning_rate'];
}

function valueText({ configuration }: Ranked, key: string): string {
  const value = (configuration as { readonly [key: string]: unknown })[key];
  return Array.isArray(value) ? value.join('-') : String(value);
}

const LEGEND = `<div class="legend">
<span><svg viewBox="0 0 28 12"><polyline class="mean" points="1,6 27,6"/></svg>validation, mean of the folds</span>
<span><svg viewBox="0 0 28 12"><polyline class="fold" points="1,6 27,6"/></svg>validation, each fold</span>
<span><svg viewBox="0 0 28 12"><polyline class="training" points="1,6 27,6"/></svg>training, mean of the folds</span>
<span><svg viewBox="0 0 28 12"><circle class="best" cx="14" cy="6" r="4"/></svg>lowest mean</span></div>`;

export function curves({ levels }: Results): string {
  const panels = levels.map((level) => {
    const values = level.runs.flatMap(({ val_losses: validation, train_losses: training }) => [
      ...validation,
      ...training,
    ]);
    const epochs = Math.max(...level.runs.map(({ val_losses: losses }) => losses.length));
    const range = { low: 0.95 * Math.min(...values), high: 1.05 * Math.max(...values), epochs };
    return `<h3>Noise σ = ${escape(level.name)}</h3><div class="charts">${level.ranked.map((entry) => panel(level, entry, range)).join('')}</div>`;
  });
  return `<section><h2>Training curves</h2><p>Mean squared error per epoch, on a logarithmic scale; each noise level has scales of its own.</p>${LEGEND}${panels.join('')}</section>`;
}

function panel(level: Level, entry: Ranked, range: { low: number; high: number; epochs: number }): string {
  const names = new Set(entry.folds.map(({ run }) => run));
  const runs = level.runs.filter(({ name }) => names.has(name));
  const validation = meanPerEpoch(runs.map(({ val_losses: losses }) => losses));
  const lines: readonly Line[] = [
    ...runs.map(({ val_losses: values }): Line => ({ values, kind: 'fold' })),
    { values: meanPerEpoch(runs.map(({ train_losses: losses }) => losses)), kind: 'training' },
    { values: validation, kind: 'mean' },
  ];
  const lowest = Math.min(...validation);
  const epoch = validation.indexOf(lowest) + 1;
  const { latent_dim: latent, learning_rate: rate } = entry.configuration;
  const title = `latent ${latent} · learning rate ${rate}${entry.rank === 1 ? ' · <b>chosen</b>' : ''}`;
  const description = `Validation loss of ${entry.name}: mean ${errorText(validation[0]!)} after epoch 1, lowest ${errorText(lowest)} after epoch ${epoch}`;
  return lineChart({ title, description, lines, ...range, marked: { epoch, value: lowest } });
}

/** Over the folds that reached the epoch. */
function meanPerEpoch(histories: readonly (readonly number[])[]): readonly number[] {
  const longest = Math.max(...histories.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => {
    const values = histories.flatMap((history) => (at < history.length ? [history[at]!] : []));
    return values.reduce((a, b) => a + b, 0) / values.length;
  });
}

export function record({ levels }: Results): string {
  const tables = levels.map((level) =>
    table(`σ = ${escape(level.name)}: models of the folds on the test set.`, level.foldModels, [
      { title: 'Run', cell: ({ run }) => `<code>${escape(run)}</code>` },
      { title: 'Fold', number: true, cell: ({ fold }) => String(fold) },
      { title: 'test MSE', number: true, cell: (model) => errorText(model.test_mse) },
      { title: 'test SSIM', number: true, cell: (model) => shareText(model.test_ssim) },
    ]),
  );
  return `<section><h2>For the record</h2><p>The models of the cross-validation on the test set: measured after the choice, and no part of it.</p>
<details><summary>${levels.reduce((sum, { foldModels }) => sum + foldModels.length, 0)} fold models</summary>${tables.join('')}</details></section>`;
}

export function making({ levels, overall }: Results): string {
  const { configuration } = overall;
  const parameters = Object.keys(configuration).map(
    (key) => `<dt><code>${key}</code></dt><dd>${escape(valueText(overall, key))}</dd>`,
  );
  const steps = levels
    .map(({ name, final }) => `σ ${escape(name)}: ${countText(final.optimiser_steps)} optimiser steps`)
    .join('; ');
  return `<section><h2>How it was made</h2>
<dl class="terms">
<dt>Noise</dt><dd>noisy = clip(clean + N(0, σ²), 0, 1), drawn once per data set from a seed.</dd>
<dt>Model</dt><dd>Three blocks of convolution, batch normalisation, ReLU and pooling down to a short code, and three transposed ones back up. Trained with Adam on the mean squared error.</dd>
<dt>Final models</dt><dd>The chosen configuration on all training images (${steps}).</dd>
<dt>MSE</dt><dd>Mean squared error per pixel; pixels are 0 … 1.</dd>
<dt>SSIM</dt><dd>Structural similarity with scikit-image's defaults and data range 1: 7 × 7 window, mean over the images.</dd>
<dt>PSNR</dt><dd>Peak signal-to-noise ratio, mean over the images.</dd>
<dt>Pixel accuracy</dt><dd>Share of the pixels on the same side of 0.5 as in the clean image.</dd>
<dt>Calibration</dt><dd>a·x + b after the filter, least squares on training images: gives back the contrast that a blur takes.</dd>
</dl>
<details><summary>Parameters of the overall best configuration</summary><dl class="terms">${parameters.join('')}</dl></details>
<p class="soft">How long each training took is in <a href="timings.csv">timings.csv</a> beside this page, apart from everything that is the same in every run.</p></section>`;
}
