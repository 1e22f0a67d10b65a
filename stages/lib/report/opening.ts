// The head of the report: the result in one sentence and a few bars, and links to the sections.
import { escape } from '../figures/markup.ts';
import { drawnMethodsOf, modelName } from '../measure/methods.ts';
import { countText, percentText, rateText } from '../tables/number-text.ts';
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
  const { noisy, gaussian } = level.baseline;
  const [own, filter] = [level.model.mse / noisy.mse, gaussian.mse / noisy.mse];
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
  const name = modelName(level) === 'U-Net' ? 'U-Net' : 'autoencoder';
  return `<header><h1>Denoising digits with an autoencoder</h1>
<p class="lead">At noise σ&nbsp;=&nbsp;${escape(level.name)} the ${name} leaves ${percentText(own)} of the noise's squared error on images that it has never
seen; a Gaussian filter, tuned on the same data, leaves ${percentText(filter)}. Of the noisy digits a classifier reads ${rateText(level.reading.noisy)},
of the denoised ones ${rateText(level.reading.model)}, of the clean ones ${rateText(level.reading.clean)}.</p>
<ul class="facts">${facts.map(([value, name]) => `<li><b>${escape(value)}</b> ${name}</li>`).join('')}</ul>
<p class="try"><a class="button" href="${escape(places.draw)}">Draw a digit and have it denoised</a></p>
<div class="results">${levels.map(remainder).join('')}</div>
<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => `<li><a href="#${id}">${escape(title)}</a></li>`).join('')}</ul></nav></header>`;
}

/** What each method leaves of the noisy input's squared error. */
function remainder(level: Level): string {
  const rows = drawnMethodsOf(level).filter(({ method }) => method !== 'noisy');
  const lines = rows.map(({ kind, short, mse }) => {
    const share = mse / level.baseline.noisy.mse;
    return `<dt>${escape(short)}</dt><dd><div class="track"><i class="${kind}" style="width:${(100 * Math.min(1, share)).toFixed(1)}%"></i></div></dd><dd>${percentText(share)}</dd>`;
  });
  return `<section class="result"><h2>Error left at σ = ${escape(level.name)}</h2><dl class="left">${lines.join('')}</dl></section>`;
}
