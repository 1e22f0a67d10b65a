// The learning curves as a table: what the grid's numbers of training images reach, and what the fit comes to for more.
import { learningCurves, type LearningCurve } from '../measure/learning-curves.ts';
import type { TestLevel } from '../measure/results.ts';
import { configurationText, varyingKeys } from './configuration-text.ts';
import { csvText } from './csv.ts';
import { countText, shareText } from './number-text.ts';
import type { Table, TableRow } from './table.ts';

type SelectedLevel = Pick<TestLevel, 'name' | 'ranked'>;

/** Undefined where there are no curves. */
export function learningTable(levels: readonly SelectedLevel[]): Table | undefined {
  const ranked = levels.flatMap((level) => level.ranked);
  if (levels.every((level) => learningCurves(level.ranked).length === 0)) return undefined;
  const keys = varyingKeys(ranked).filter((key) => key !== 'train_on');
  const folds = ranked[0]!.folds.length;
  const { epochs, early_stopping_patience: patience } = ranked[0]!.configuration;
  return {
    name: 'learning_curves',
    caption:
      `Learning curves: validation error over the number of training images, mean ± standard deviation (over n) of ${folds} folds, each validated on the same images whatever their number. ` +
      `Training takes at most ${epochs} epochs and stops after ${patience} without improvement: fewer images are fewer steps, too. Epochs: mean of the best ones; > where training was cut off. ` +
      'Fit: a·n^b through the points, by least squares of the logarithms (of 1 − SSIM for SSIM), continued to five times the images, each fold apart. It is no measurement, and its deviation covers the folds only.',
    columns: [
      ...(keys.length > 0 ? [{ title: 'Configuration', number: false }] : []),
      { title: 'Training images', latex: 'Images', number: true },
      { title: 'Validation MSE ↓', latex: 'MSE $\\downarrow$', number: true },
      { title: 'Validation SSIM ↑', latex: 'SSIM $\\uparrow$', number: true },
      { title: 'Epochs', number: true },
    ],
    groups: levels.map((level) => ({
      level: level.name,
      rows: learningCurves(level.ranked).flatMap((curve) => rowsOf(curve, keys)),
    })),
  };
}

function rowsOf({ points, reach }: LearningCurve, keys: readonly string[]): readonly TableRow[] {
  const name = keys.length > 0 ? [configurationText(points[0]!.entry, keys)] : [];
  const measures = ({ mse, ssim }: Pick<LearningCurve['reach'], 'mse' | 'ssim'>) => [
    { mean: mse.mean.toFixed(5), deviation: mse.std.toFixed(5) },
    { mean: shareText(ssim.mean), deviation: shareText(ssim.std) },
  ];
  return [
    ...points.map(({ images, entry, ...point }) => ({
      cells: [
        ...name,
        countText(images),
        ...measures(point),
        `${entry.unfinished_folds > 0 ? '> ' : ''}${entry.epochs}`,
      ],
      best: [],
    })),
    { cells: [...name, `fit: ${countText(reach.images)}`, ...measures(reach), ''], best: [] },
  ];
}

export function learningTableCsv(levels: readonly SelectedLevel[]): string {
  const columns = [
    'noise_level',
    'configuration',
    'kind',
    'training_images',
    'mean_val_mse',
    'std_val_mse',
    'mean_val_ssim',
    'std_val_ssim',
    'epochs',
    'unfinished_folds',
    'mse_factor',
    'mse_exponent',
    'dissimilarity_factor',
    'dissimilarity_exponent',
  ];
  const rows = levels.flatMap(({ name, ranked }) =>
    learningCurves(ranked).flatMap(({ points, reach, mse, dissimilarity }) => [
      ...points.map(({ images, entry, ...point }) => [
        name,
        entry.name,
        'measured',
        images,
        point.mse.mean,
        point.mse.std,
        point.ssim.mean,
        point.ssim.std,
        entry.epochs,
        entry.unfinished_folds,
        '',
        '',
        '',
        '',
      ]),
      [
        name,
        points.at(-1)!.entry.name,
        'fit',
        reach.images,
        reach.mse.mean,
        reach.mse.std,
        reach.ssim.mean,
        reach.ssim.std,
        '',
        '',
        mse.a,
        mse.b,
        dissimilarity.a,
        dissimilarity.b,
      ],
    ]),
  );
  return csvText(columns, rows);
}
