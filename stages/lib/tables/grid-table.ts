// The results of the grid search: configurations of each noise level, ranked by their mean validation loss over the folds.
import { valueText, varyingKeys } from './configuration-text.ts';
import { countText, shareText } from './number-text.ts';
import type { TestLevel } from '../measure/results.ts';
import type { Ranked } from '../measure/selection.ts';
import { csvText } from './csv.ts';
import type { Cell, Table } from './table.ts';

type SelectedLevel = Pick<TestLevel, 'name' | 'ranked'>;

export function gridTable(levels: readonly SelectedLevel[]): Table {
  const keys = varyingKeys(levels.flatMap(({ ranked }) => ranked));
  const folds = levels[0]!.ranked[0]!.folds.length;
  const columns = [
    { title: 'Rank', number: true },
    ...keys.map((key) => ({ title: key, ...latexName(key), number: true })),
    { title: 'Parameters', latex: 'Weights', number: true },
    { title: 'Validation loss ↓', latex: 'Loss $\\downarrow$', number: true },
    { title: 'Validation SSIM ↑', latex: 'SSIM $\\uparrow$', number: true },
    { title: 'To the best', latex: '$\\Delta$', number: true },
    { title: 'Epochs', number: true },
  ];
  const [loss, ssim] = [columns.length - 4, columns.length - 3];
  return {
    name: 'grid_search_val_loss',
    caption:
      `Grid search: mean ± standard deviation (over n) of ${folds} folds, at the epoch of each fold's lowest validation loss. ` +
      'To the best: mean paired difference of the loss over the folds; ≈ where its 95 % interval (Student; in the CSV) holds zero, and the two cannot be distinguished. ' +
      'Epochs: the mean of these, which the final model trains for; > where the best epoch of a fold was the last one allowed, and training was not finished. The choice, printed bold in the first column, is by validation loss alone, for each noise level σ.',
    columns,
    groups: levels.map(({ name, ranked }) => {
      const highest = Math.max(...ranked.map(({ mean_val_ssim }) => mean_val_ssim));
      return {
        level: name,
        rows: ranked.map((entry) => ({
          cells: cellsOf(entry, keys),
          best: [
            ...(entry.chosen ? [0] : []),
            ...(entry.rank === 1 ? [loss] : []),
            ...(entry.mean_val_ssim === highest ? [ssim] : []),
          ],
        })),
      };
    }),
  };
}

/** In print, where room is scarce. */
const LATEX_NAMES: { readonly [key: string]: string } = {
  latent_dim: 'Latent',
  learning_rate: 'Rate',
  batch_size: 'Batch',
  model: 'Model',
  learning_rate_schedule: 'Schedule',
  loss: 'Minimised',
  train_on: 'Images',
};

function latexName(key: string): { readonly latex?: string } {
  const latex = LATEX_NAMES[key];
  return latex === undefined ? {} : { latex };
}

function cellsOf(entry: Ranked, keys: readonly string[]): readonly Cell[] {
  return [
    String(entry.rank),
    ...keys.map((key) => valueText(entry, key)),
    countText(entry.parameters),
    { mean: entry.mean_val_loss.toFixed(5), deviation: entry.std_val_loss.toFixed(5) },
    { mean: shareText(entry.mean_val_ssim), deviation: shareText(entry.std_val_ssim) },
    differenceText(entry),
    `${entry.unfinished_folds > 0 ? '> ' : ''}${entry.epochs}`,
  ];
}

function differenceText({ rank, difference: { mean, distinguished } }: Ranked): string {
  if (rank === 1) return '';
  return `${distinguished ? '' : '≈ '}${mean.toFixed(4)}`;
}

/** The same with every parameter, and numbers in full. */
export function gridCsv(levels: readonly SelectedLevel[]): string {
  const all = levels.flatMap(({ ranked }) => ranked);
  const keys = Object.keys(all[0]!.configuration);
  const columns = [
    'rank',
    'name',
    ...keys,
    'parameters',
    'mean_val_loss',
    'std_val_loss',
    'mean_val_ssim',
    'std_val_ssim',
    'final_epochs',
    'unfinished_folds',
    'loss_to_best',
    'loss_to_best_half_width',
    'distinguished',
    'chosen',
  ];
  const rows = all.map((entry) => [
    entry.rank,
    entry.name,
    ...keys.map((key) => valueText(entry, key)),
    entry.parameters,
    entry.mean_val_loss,
    entry.std_val_loss,
    entry.mean_val_ssim,
    entry.std_val_ssim,
    entry.epochs,
    entry.unfinished_folds,
    entry.difference.mean,
    entry.difference.half_width ?? '',
    String(entry.difference.distinguished),
    String(entry.chosen),
  ]);
  return csvText(columns, rows);
}
