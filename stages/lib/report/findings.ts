// The sections of the report about the test set and the choice of the configuration.
import { comparisonPanel } from '../figures/grid-comparison.ts';
import { inlineSvg } from '../figures/svg.ts';
import { classFigure, methodsFigure } from '../figures/test-figures.ts';
import { curvePanels } from '../figures/training-curves.ts';
import { escape } from '../figures/markup.ts';
import { errorText, shareText } from '../tables/number-text.ts';
import type { Results } from '../measure/results.ts';
import { differenceTable } from '../tables/difference-table.ts';
import { gridTable } from '../tables/grid-table.ts';
import type { TableGroup } from '../tables/table.ts';
import { testTable } from '../tables/test-table.ts';
import { figureData, figureHtml, figureLinks, tableHtml, tablesHtml, type Places } from './html.ts';
import type { Section } from './opening.ts';

export function testResults({ levels }: Results, places: Places): Section {
  const measures = (['mse', 'ssim', 'reading_accuracy'] as const).map((measure) => {
    const figure = methodsFigure(levels, measure);
    return figureHtml(figure, figureLinks(places, figure.name, [figureData(places, 'test_results')]));
  });
  const classes = levels.map((level) => {
    const figure = classFigure(level);
    const data = figureData(places, `classes_noise${level.name}`);
    return figureHtml(figure, figureLinks(places, figure.name, [data]));
  });
  return {
    id: 'test',
    title: 'Test results',
    content: `<p>The final models, each trained on ${trainedOn(levels)}. No test image was opened before the configurations were chosen.</p>
${tablesHtml(testTable(levels), places)}<h3>The model against each rival</h3>${tablesHtml(differenceTable(levels), places)}<h3>Method by method</h3><div class="row">${measures.join('')}</div><h3>Digit by digit</h3>${classes.join('')}`,
  };
}

function trainedOn(levels: Results['levels']): string {
  const isAll = levels.every(({ chosen }) => chosen.configuration.train_on === 'all');
  return isAll
    ? 'all training images of its noise level'
    : 'as many training images as its configuration says';
}

export function selection({ levels, overall }: Results, places: Places): Section {
  const best =
    levels.length > 1
      ? ` The lowest loss of all, and so <code>best_model_final</code>, is that of <code>${escape(overall.name)}</code>; losses at different noise levels are not like for like.`
      : '';
  const figures = levels.map((level) => {
    const figure = comparisonPanel(level);
    return figureHtml(
      figure,
      figureLinks(places, 'grid_comparison', [figureData(places, 'grid_comparison')]),
    );
  });
  return {
    id: 'selection',
    title: 'Which configuration',
    content: `<p>Every configuration was trained on each fold of a stratified cross-validation. The choice is by validation loss alone.${best}</p>
${figures.join('')}${tablesHtml(gridTable(levels), places)}`,
  };
}

const LEGEND = `<div class="legend" aria-hidden="true">
<span><svg class="drawing" viewBox="0 0 28 12"><polyline class="mean" points="1,6 27,6"/></svg>validation, mean of the folds</span>
<span><svg class="drawing" viewBox="0 0 28 12"><polyline class="fold" points="1,6 27,6"/></svg>validation, each fold</span>
<span><svg class="drawing" viewBox="0 0 28 12"><polyline class="training" points="1,6 27,6"/></svg>training, mean of the folds</span>
<span><svg class="drawing" viewBox="0 0 28 12"><circle class="best" cx="14" cy="6" r="4"/></svg>lowest mean</span></div>`;

export function curves({ levels }: Results, places: Places): Section {
  const parts = levels.map((level) => {
    const panels = curvePanels(level).map((panel) => `<div class="panel">${inlineSvg(panel)}</div>`);
    const name = `training_curves_noise${level.name}`;
    return `<h3>Noise σ = ${escape(level.name)}</h3><figure><div class="charts">${panels.join('')}</div>
<figcaption>Training curves, σ = ${escape(level.name)}, the best configuration first. ${figureLinks(places, name, [figureData(places, name)])}</figcaption></figure>`;
  });
  return {
    id: 'curves',
    title: 'Training curves',
    content: `<p>Mean squared error per epoch, on a logarithmic scale; each noise level has scales of its own.</p>${LEGEND}${parts.join('')}`,
  };
}

/** The models of the folds on the test set. */
export function record({ levels }: Results): Section {
  const columns = [
    { title: 'Run', number: false },
    { title: 'Fold', number: true },
    { title: 'Test MSE', number: true },
    { title: 'Test SSIM', number: true },
  ];
  const tables = levels.map(({ name, foldModels }) => {
    const group: TableGroup = {
      level: name,
      rows: foldModels.map(({ run, fold, test_mse, test_ssim }) => ({
        cells: [run, String(fold), errorText(test_mse), shareText(test_ssim)],
        best: [],
      })),
    };
    return tableHtml(columns, group);
  });
  const count = levels.reduce((sum, { foldModels }) => sum + foldModels.length, 0);
  return {
    id: 'record',
    title: 'For the record',
    content: `<p>The models of the cross-validation on the test set: measured after the choice, and no part of it.</p>
<details><summary>${count} fold models</summary>${tables.join('')}</details>`,
  };
}
