// The head of the report: the result in one sentence and a few bars, and links to the sections.
import { escape } from '../figures/markup.ts';
import type { Difference } from '../measure/bootstrap.ts';
import { drawnMethodsOf, strongestRival } from '../measure/methods.ts';
import { differenceText } from '../tables/difference-table.ts';
import { countText, errorText, percentText, rateText } from '../tables/number-text.ts';
import type { Level, Results } from '../measure/results.ts';
import type { Places } from './html.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** HTML. */
  readonly content: string;
}

/** @param dataset `mnist` or `digits` */
export function opening(
  { levels, testImages, overall }: Results,
  dataset: string,
  sections: readonly Section[],
  places: Places,
): string {
  const level = levels[Math.floor((levels.length - 1) / 2)]!;
  const configurations = levels.reduce((sum, { ranked }) => sum + ranked.length, 0);
  const runs = levels.reduce((sum, level) => sum + level.runs.length, 0);
  const facts: readonly [string, string][] = [
    [dataset === 'mnist' ? 'MNIST' : 'synthetic digits', 'data'],
    [countText(level.final.training_images), 'training images'],
    [countText(testImages), 'test images'],
    [String(configurations), 'configurations'],
    [String(runs), 'training runs'],
    [overall.configuration.backend, 'backend'],
  ];
  return `<header><h1>Denoising digits with an autoencoder</h1>
<p class="lead">Does a small network, trained on noisy digits, restore new ones better than the best method that needs no network? ${levels.map(verdict).join(' ')}</p>
<p>${finished(levels)} Of the noisy digits (σ&nbsp;=&nbsp;${escape(level.name)}) a classifier reads ${rateText(level.reading.noisy)}, of the denoised ones ${rateText(level.reading.model)}, of the clean ones ${rateText(level.reading.clean)}.</p>
<ul class="facts">${facts.map(([value, name]) => `<li><b>${escape(value)}</b> ${name}</li>`).join('')}</ul>
<p class="try"><a class="button" href="${escape(places.draw)}">Draw a digit and have it denoised</a></p>
<div class="results">${levels.map(remainder).join('')}</div>
<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => `<li><a href="#${id}">${escape(title)}</a></li>`).join('')}</ul></nav></header>`;
}

/** The answer at one noise level: the model against the strongest rival, in squared error and in SSIM. HTML. */
function verdict(level: Level): string {
  const rival = strongestRival(level);
  const { mse, ssim } = level.comparisons().find((comparison) => comparison.rival === rival.method)!;
  const sides = [judge(mse, -1), judge(ssim, 1)];
  const answer = sides.every((side) => side > 0)
    ? 'Yes'
    : sides.every((side) => side < 0)
      ? 'No'
      : 'Not clearly';
  const spread = level.seeds > 1 ? `&nbsp;±&nbsp;${errorText(level.modelStd.mse)}` : '';
  return `<b>${answer}</b> at noise σ&nbsp;=&nbsp;${escape(level.name)}: the mean squared error is ${errorText(level.model.mse)}${spread}, with the strongest rival (${escape(inSentence(rival.name))}) ${errorText(rival.mse)};
the difference is ${escape(differenceText(mse, 4))} in error and ${escape(differenceText(ssim, 3))} in SSIM (95&nbsp;% intervals).`;
}

/** 1 in favour of the model, -1 against it, 0 where the interval holds zero. */
function judge({ low, high }: Difference, sign: 1 | -1): number {
  return low > 0 ? sign : high < 0 ? -sign : 0;
}

function finished(levels: readonly Level[]): string {
  const cut = levels.filter(({ chosen }) => chosen.unfinished_folds > 0);
  if (cut.length === 0)
    return 'Training was finished: in every fold of the chosen configurations the best epoch came before the last one allowed.';
  const parts = cut.map(
    ({ name, chosen }) =>
      `σ&nbsp;=&nbsp;${escape(name)}: ${chosen.unfinished_folds} of ${chosen.folds.length} folds`,
  );
  return `<b>Training was not finished</b>: the best epoch was the last one allowed (${parts.join('; ')}). More epochs may lower the error further.`;
}

/** In the middle of a sentence; Gauss keeps his capital. */
const inSentence = (name: string): string =>
  name.startsWith('Gauss') ? name : `${name[0]!.toLowerCase()}${name.slice(1)}`;

/** What each method leaves of the noisy input's squared error. */
function remainder(level: Level): string {
  const rows = drawnMethodsOf(level).filter(({ method }) => method !== 'noisy');
  const lines = rows.map(({ kind, short, mse }) => {
    const share = mse / level.baseline.noisy.mse;
    return `<dt>${escape(short)}</dt><dd><div class="track"><i class="${kind}" style="width:${(100 * Math.min(1, share)).toFixed(1)}%"></i></div></dd><dd>${percentText(share)}</dd>`;
  });
  return `<section class="result"><h2>Error left at σ = ${escape(level.name)}, filters calibrated</h2><dl class="left">${lines.join('')}</dl></section>`;
}
