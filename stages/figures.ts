// Stage figures: every figure of the experiment as SVG and PNG, with its data as CSV.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { writeFileIn } from './lib/stage/files.ts';
import { comparisonCsv, comparisonFigure } from './lib/figures/grid-comparison.ts';
import { learningCsv, learningFigure } from './lib/figures/learning-curves.ts';
import { denoisingFigure, errorFigure } from './lib/figures/image-grid.ts';
import { rasterise } from './lib/figures/png.ts';
import { standaloneSvg, type Figure } from './lib/figures/svg.ts';
import { classCsv, classFigure, methodsFigure } from './lib/figures/test-figures.ts';
import { curvesCsv, curvesFigure } from './lib/figures/training-curves.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { report, say } from './lib/stage/progress.ts';
import { levelFolder } from './lib/measure/level-folder.ts';
import { readResults } from './lib/measure/results.ts';
import { readSamples } from './lib/measure/samples.ts';
import { testCsv } from './lib/tables/test-table.ts';

const flags = {
  runs: required('path', 'folder of the training runs'),
  selection: required('path', 'folder of the selection'),
  retrain: required('path', 'folder of the final models'),
  evaluations: required('path', 'folder of the evaluations'),
  baselines: required('path', 'folder of the baselines'),
  classifier: required('path', 'folder of the classifier'),
  readings: required('path', 'folder of what the classifier read'),
  images: required('path', 'idx file of the clean test images'),
  labels: required('path', 'idx file of their classes'),
  noisy: required('path', 'folder of the noisy test images'),
  out: required('path', 'folder for the figures'),
} as const;

await runStage(async () => {
  const options = readFlags('figures', 'Draws every figure as SVG and PNG.', flags);
  const results = readResults(options);
  const { levels } = results;
  const documents: { readonly name: string; readonly svg: string }[] = [];
  const draw = (figure: Figure): void => {
    documents.push({ name: figure.name, svg: standaloneSvg(figure) });
  };
  const data = (name: string, csv: string): void => writeFileIn(join(options.out, `${name}.csv`), csv);

  draw(comparisonFigure(levels));
  data('grid_comparison', comparisonCsv(levels));
  const learning = learningFigure(levels);
  if (learning !== undefined) {
    draw(learning);
    data(learning.name, learningCsv(levels));
  }
  for (const measure of ['mse', 'ssim', 'reading_accuracy'] as const) draw(methodsFigure(levels, measure));
  data('test_results', testCsv(levels));
  for (const level of levels) {
    const folder = levelFolder(level.name);
    const samples = readSamples(options, level.name);
    draw(curvesFigure(level));
    data(`training_curves_${folder}`, curvesCsv(level));
    draw(denoisingFigure(level, samples));
    draw(errorFigure(level, samples));
    draw(classFigure(level));
    data(`classes_${folder}`, classCsv(level));
    const svg = readFileSync(join(options.retrain, folder, 'architecture.svg'), 'utf8');
    documents.push({ name: `architecture_${folder}`, svg });
  }
  for (const [at, { name, svg }] of documents.entries()) {
    writeFileIn(join(options.out, `${name}.svg`), svg);
    writeFileIn(join(options.out, `${name}.png`), await rasterise(svg));
    report({ done: at + 1, total: documents.length, unit: 'figure' });
  }
  say(`${options.out}: ${documents.length} figures`);
});
