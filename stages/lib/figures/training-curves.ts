// Training curves: for each configuration the losses of all folds, and their mean.
import { configurationText, varyingKeys } from '../tables/configuration-text.ts';
import { errorText } from '../tables/number-text.ts';
import type { Level } from '../measure/results.ts';
import type { Ranked } from '../measure/selection.ts';
import { csvText } from '../tables/csv.ts';
import { epochTicks, logScale, logTicks } from './scales.ts';
import { round, text, tiled, type Figure } from './svg.ts';

const WIDTH = 380;
const HEIGHT = 236;
const MARGIN = { left: 44, right: 10, top: 30, bottom: 32 };

/** Range of both axes, shared by neighbours so that they can be compared. */
interface Range {
  readonly epochs: number;
  readonly low: number;
  readonly high: number;
}

/** One for each configuration of the level, the best first. */
export function curvePanels(level: Level): readonly Figure[] {
  const keys = varyingKeys(level.ranked);
  const values = level.runs.flatMap(({ val_losses: validation, train_losses: training }) => [
    ...validation,
    ...training,
  ]);
  const range = {
    low: 0.95 * Math.min(...values),
    high: 1.05 * Math.max(...values),
    epochs: Math.max(...level.runs.map(({ val_losses: losses }) => losses.length)),
  };
  return level.ranked.map((entry) => panel(level, entry, configurationText(entry, keys), range));
}

/** All of a level in one. */
export function curvesFigure(level: Level): Figure {
  const panels = curvePanels(level);
  const legend = curveLegend();
  const { width, height, content } = tiled(panels, 3, 16);
  return {
    name: `training_curves_noise${level.name}`,
    title: `Training curves, noise σ = ${level.name}`,
    description: panels.map(({ description }) => description).join('. '),
    width: Math.max(width, legend.width),
    height: height + 30,
    content: `${legend.content}<g transform="translate(0 30)">${content}</g>`,
  };
}

export function curveLegend(): { readonly width: number; readonly content: string } {
  const entries: readonly [mark: string, name: string][] = [
    ['<polyline class="mean" points="0,6 26,6"/>', 'validation, mean of the folds'],
    ['<polyline class="fold" points="0,6 26,6"/>', 'validation, each fold'],
    ['<polyline class="training" points="0,6 26,6"/>', 'training, mean of the folds'],
    ['<circle class="best" cx="13" cy="6" r="4"/>', 'lowest mean'],
  ];
  let x = 0;
  const content = entries.map(([mark, name]) => {
    const part = `<g transform="translate(${x} 0)">${mark}${text(33, 10, name)}</g>`;
    x += 50 + 6.1 * name.length;
    return part;
  });
  return { width: x, content: content.join('') };
}

/** A row for each epoch of each fold. */
export function curvesCsv({ runs }: Level): string {
  const rows = runs.flatMap((run) =>
    run.val_losses.map((loss, at) => [
      run.name,
      run.fold,
      at + 1,
      run.train_losses[at]!,
      loss,
      run.val_ssims[at]!,
    ]),
  );
  return csvText(['configuration', 'fold', 'epoch', 'train_loss', 'val_loss', 'val_ssim'], rows);
}

function panel(level: Level, entry: Ranked, title: string, range: Range): Figure {
  const runs = level.runs.filter(({ name }) => name === entry.name);
  const validation = meanPerEpoch(runs.map(({ val_losses: losses }) => losses));
  const training = meanPerEpoch(runs.map(({ train_losses: losses }) => losses));
  const lowest = Math.min(...validation);
  const epoch = validation.indexOf(lowest) + 1;
  const { x, y } = axes(range);
  const line = (values: readonly number[], kind: string): string =>
    `<polyline class="${kind}" points="${values.map((value, at) => `${round(x(at + 1))},${round(y(value))}`).join(' ')}"/>`;
  const content = [
    text(MARGIN.left, 17, entry.chosen ? `${title} · chosen` : title, { kind: 'title' }),
    gridLines(range),
    ...runs.map(({ val_losses: values }) => line(values, 'fold')),
    line(training, 'training'),
    line(validation, 'mean'),
    `<circle class="best" cx="${round(x(epoch))}" cy="${round(y(lowest))}" r="4"/>`,
  ].join('');
  const description = `Validation loss of ${title}, noise ${level.name}, over ${runs.length} folds: mean ${errorText(validation[0]!)} after epoch 1, lowest ${errorText(lowest)} after epoch ${epoch}`;
  return { name: entry.name, title, description, width: WIDTH, height: HEIGHT, content };
}

function axes({ epochs, low, high }: Range): {
  readonly x: (epoch: number) => number;
  readonly y: (loss: number) => number;
} {
  const position = logScale(low, high);
  return {
    x: (epoch) =>
      MARGIN.left + ((epoch - 1) / Math.max(1, epochs - 1)) * (WIDTH - MARGIN.left - MARGIN.right),
    y: (loss) => HEIGHT - MARGIN.bottom - position(loss) * (HEIGHT - MARGIN.top - MARGIN.bottom),
  };
}

function gridLines(range: Range): string {
  const { x, y } = axes(range);
  const losses = logTicks(range.low, range.high).map((value) => {
    const at = round(y(value));
    return (
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
      text(MARGIN.left - 6, at + 4, String(value), { anchor: 'end' })
    );
  });
  const epochs = epochTicks(range.epochs).map((epoch) =>
    text(x(epoch), HEIGHT - 17, String(epoch), { anchor: 'middle' }),
  );
  const name = text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 4, 'epoch', { anchor: 'middle' });
  return [...losses, ...epochs, name].join('');
}

/** Over the folds that reached the epoch. */
function meanPerEpoch(histories: readonly (readonly number[])[]): readonly number[] {
  const longest = Math.max(...histories.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => {
    const values = histories.flatMap((history) => (at < history.length ? [history[at]!] : []));
    return values.reduce((a, b) => a + b, 0) / values.length;
  });
}
