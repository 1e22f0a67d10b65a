// The comparison over the grid: the mean validation loss of each configuration, its deviation, and every fold as a dot.
import { configurationText, varyingKeys } from '../tables/configuration-text.ts';
import { errorText } from '../tables/number-text.ts';
import type { TestLevel } from '../measure/results.ts';
import type { Ranked } from '../measure/selection.ts';
import { csvText } from '../tables/csv.ts';
import { linearTicks } from './scales.ts';
import { round, text, tiled, type Figure } from './svg.ts';

type SelectedLevel = Pick<TestLevel, 'name' | 'ranked'>;

const WIDTH = 560;
const ROW = 24;
const TOP = 30;
const BOTTOM = 36;
const RIGHT = 16;

/** One level; the rows are ranked. */
export function comparisonPanel({ name, ranked }: SelectedLevel): Figure {
  const keys = varyingKeys(ranked);
  const labels = ranked.map((entry) => configurationText(entry, keys));
  const left = 22 + 6.8 * Math.max(...labels.map(({ length }) => length));
  const height = TOP + ranked.length * ROW + BOTTOM;
  const { low, high } = rangeOf(ranked);
  const x = (loss: number): number => left + ((loss - low) / (high - low)) * (WIDTH - left - RIGHT);
  const ticks = linearTicks(low, high, 5).map((value) => {
    const at = round(x(value));
    return (
      `<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${height - BOTTOM}"/>` +
      text(at, height - BOTTOM + 15, String(value), { anchor: 'middle' })
    );
  });
  const rows = ranked.map((entry, at) => {
    const y = TOP + (at + 0.5) * ROW;
    const kind = entry.chosen ? 'chosen' : 'rank';
    const [from, to] = [-1, 1].map((side) => round(x(entry.mean_val_loss + side * entry.std_val_loss)));
    return [
      text(left - 12, y + 4, labels[at]!, { anchor: 'end', kind: 'label' }),
      ...entry.folds.map(
        ({ best_val_loss: loss }) => `<circle class="fold" cx="${round(x(loss))}" cy="${y}" r="2.6"/>`,
      ),
      `<line class="${kind}" x1="${from}" x2="${to}" y1="${y}" y2="${y}"/>`,
      `<circle class="${kind}" cx="${round(x(entry.mean_val_loss))}" cy="${y}" r="4.6"/>`,
    ].join('');
  });
  const content = [
    text(0, 16, `Noise σ = ${name}`, { kind: 'title' }),
    ...ticks,
    ...rows,
    text(WIDTH - RIGHT, height - 4, 'validation loss: mean ± deviation, and each fold', { anchor: 'end' }),
  ].join('');
  const best = ranked[0]!;
  return {
    name: `grid_comparison_noise${name}`,
    title: `Validation loss over the grid, noise σ = ${name}`,
    description: `Validation loss of ${ranked.length} configurations at noise ${name}, lowest ${errorText(best.mean_val_loss)} for ${labels[0]}, highest ${errorText(ranked.at(-1)!.mean_val_loss)} for ${labels.at(-1)}`,
    width: WIDTH,
    height,
    content,
  };
}

/** All levels, each with a scale of its own: their losses are not like for like. */
export function comparisonFigure(levels: readonly SelectedLevel[]): Figure {
  const panels = levels.map(comparisonPanel);
  const { width, height, content } = tiled(panels, 1, 18);
  return {
    name: 'grid_comparison',
    title: 'Validation loss over the grid',
    description: panels.map(({ description }) => description).join('. '),
    width,
    height,
    content,
  };
}

/** A row for each fold. */
export function comparisonCsv(levels: readonly SelectedLevel[]): string {
  const rows = levels.flatMap(({ name, ranked }) =>
    ranked.flatMap((entry) =>
      entry.folds.map((fold) => [
        name,
        entry.rank,
        entry.name,
        fold.fold,
        fold.best_epoch,
        fold.best_val_loss,
        fold.val_ssim,
      ]),
    ),
  );
  const columns = ['noise_level', 'rank', 'configuration', 'fold', 'best_epoch', 'best_val_loss', 'val_ssim'];
  return csvText(columns, rows);
}

/** Of everything that is drawn, with some room. */
function rangeOf(ranked: readonly Ranked[]): { readonly low: number; readonly high: number } {
  const values = ranked.flatMap(({ mean_val_loss: mean, std_val_loss: std, folds }) => [
    mean - std,
    mean + std,
    ...folds.map(({ best_val_loss: loss }) => loss),
  ]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (high - low) || 0.01 * high;
  return { low: low - room, high: high + room };
}
