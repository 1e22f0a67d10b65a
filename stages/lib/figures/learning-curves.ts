// Learning curves: validation MSE and SSIM over the number of training images, with each fold, and the fit continued as a dashed line.
import {
  learningCurves,
  valueOf,
  type CurvePoint,
  type LearningCurve,
  type Spread,
} from '../measure/learning-curves.ts';
import type { TestLevel } from '../measure/results.ts';
import { configurationText, varyingKeys } from '../tables/configuration-text.ts';
import { csvText } from '../tables/csv.ts';
import { countText, errorText, shareText } from '../tables/number-text.ts';
import { linearTicks, logScale, logTicks } from './scales.ts';
import { axisName, round, text, tiled, type Figure } from './svg.ts';

type SelectedLevel = Pick<TestLevel, 'name' | 'ranked'>;

const WIDTH = 380;
const HEIGHT = 250;
const MARGIN = { left: 70, right: 18, top: 30, bottom: 36 };

/** How a measure is drawn. */
interface Measure {
  readonly name: string;
  readonly of: (point: Pick<CurvePoint, 'mse' | 'ssim'>) => Spread;
  readonly fitted: (curve: LearningCurve, images: number) => number;
  readonly scale: (low: number, high: number) => (value: number) => number;
  readonly ticks: (low: number, high: number) => readonly number[];
  readonly show: (value: number) => string;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'validation MSE',
    of: ({ mse }) => mse,
    fitted: ({ mse }, images) => valueOf(mse, images),
    scale: logScale,
    ticks: (low, high) => (logTicks(low, high).length > 1 ? logTicks : linearTicks)(low, high, 5),
    show: errorText,
  },
  {
    name: 'validation SSIM',
    of: ({ ssim }) => ssim,
    fitted: ({ dissimilarity }, images) => 1 - valueOf(dissimilarity, images),
    scale: (low, high) => (value) => (value - low) / (high - low || 1),
    ticks: (low, high) => linearTicks(low, high, 5),
    show: shareText,
  },
];

/** Two panels for each curve of the level. */
export function learningPanels(level: SelectedLevel): readonly Figure[] {
  const curves = learningCurves(level.ranked);
  const keys = varyingKeys(level.ranked).filter((key) => key !== 'train_on');
  return curves.flatMap((curve) => {
    const name = configurationText(curve.points[0]!.entry, keys);
    return MEASURES.map((measure) => panel(level, curves, curve, name, measure));
  });
}

/** All levels in one; undefined where there are no curves. */
export function learningFigure(levels: readonly SelectedLevel[]): Figure | undefined {
  const panels = levels.flatMap(learningPanels);
  if (panels.length === 0) return undefined;
  const legend = learningLegend();
  const { width, height, content } = tiled(panels, 2, 16);
  return {
    name: 'learning_curves',
    title: 'Learning curves: what more training images bring',
    description: panels.map(({ description }) => description).join('. '),
    width: Math.max(width, legend.width),
    height: height + 30,
    content: `${legend.content}<g transform="translate(0 30)">${content}</g>`,
  };
}

export const LEGEND: readonly (readonly [mark: string, name: string])[] = [
  [
    '<line class="spread" x1="13" x2="13" y1="0" y2="12"/><circle class="chosen" cx="13" cy="6" r="4"/>',
    'mean ± deviation of the folds',
  ],
  ['<circle class="best" cx="13" cy="6" r="4"/>', 'the same, training cut off'],
  ['<circle class="fold" cx="13" cy="6" r="2.6"/>', 'each fold'],
  ['<polyline class="training" points="0,6 26,6"/>', 'fit a·nᵇ, no measurement'],
];

function learningLegend(): { readonly width: number; readonly content: string } {
  let x = 0;
  const content = LEGEND.map(([mark, name]) => {
    const part = `<g transform="translate(${x} 0)">${mark}${text(33, 10, name)}</g>`;
    x += 50 + 6.1 * name.length;
    return part;
  });
  return { width: x, content: content.join('') };
}

/** A row for each fold at each number of images. */
export function learningCsv(levels: readonly SelectedLevel[]): string {
  const rows = levels.flatMap(({ name, ranked }) =>
    learningCurves(ranked).flatMap(({ points }) =>
      points.flatMap(({ images, entry }) =>
        entry.folds.map((fold) => [
          name,
          entry.name,
          images,
          fold.fold,
          fold.best_epoch,
          String(fold.best_epoch === entry.configuration.epochs),
          fold.best_val_loss,
          fold.val_ssim,
        ]),
      ),
    ),
  );
  const columns = [
    'noise_level',
    'configuration',
    'training_images',
    'fold',
    'best_epoch',
    'cut_off',
    'val_mse',
    'val_ssim',
  ];
  return csvText(columns, rows);
}

/** @param curves of the level: they share the axes, to be compared */
function panel(
  level: SelectedLevel,
  curves: readonly LearningCurve[],
  curve: LearningCurve,
  name: string,
  measure: Measure,
): Figure {
  const { x, y, low, high } = axes(curves, measure);
  const { points, reach } = curve;
  const first = points[0]!;
  const fitted = logSteps(first.images, reach.images).map(
    (images) => `${round(x(images))},${round(y(measure.fitted(curve, images)))}`,
  );
  const marks = points.map((point) => {
    const { folds, mean, std } = measure.of(point);
    const at = round(x(point.images));
    const kind = point.entry.unfinished_folds > 0 ? 'best' : 'chosen';
    return [
      ...folds.map((value) => `<circle class="fold" cx="${at}" cy="${round(y(value))}" r="2.6"/>`),
      `<line class="spread" x1="${at}" x2="${at}" y1="${round(y(mean - std))}" y2="${round(y(mean + std))}"/>`,
      `<circle class="${kind}" cx="${at}" cy="${round(y(mean))}" r="4"/>`,
    ].join('');
  });
  const line = points.map((point) => `${round(x(point.images))},${round(y(measure.of(point).mean))}`);
  const title = `σ = ${level.name}${curves.length > 1 ? ` · ${name}` : ''}`;
  const content = [
    text(MARGIN.left, 17, title, { kind: 'title' }),
    ...measure.ticks(low, high).map((value) => {
      const at = round(y(value));
      return (
        `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
        text(MARGIN.left - 6, at + 4, String(value), { anchor: 'end' })
      );
    }),
    ...imageTicks(curve).map((images) =>
      text(x(images), HEIGHT - 20, countText(images), { anchor: 'middle' }),
    ),
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 4, 'training images', { anchor: 'middle' }),
    axisName(12, (MARGIN.top + HEIGHT - MARGIN.bottom) / 2, measure.name),
    `<polyline class="training" points="${fitted.join(' ')}"/>`,
    `<polyline class="mean" points="${line.join(' ')}"/>`,
    ...marks,
  ].join('');
  const [from, to] = [points[0]!, points.at(-1)!].map((point) => measure.show(measure.of(point).mean));
  return {
    name: `learning_curve_noise${level.name}`,
    title: `${title}: ${measure.name}`,
    description: `${measure.name} of ${name === '' ? 'the configuration' : name}, noise ${level.name}: ${from} with ${countText(first.images)} training images, ${to} with ${countText(points.at(-1)!.images)}; the fit comes to ${measure.show(measure.fitted(curve, reach.images))} with ${countText(reach.images)}`,
    width: WIDTH,
    height: HEIGHT,
    content,
  };
}

function axes(
  curves: readonly LearningCurve[],
  measure: Measure,
): {
  readonly x: (images: number) => number;
  readonly y: (value: number) => number;
  readonly low: number;
  readonly high: number;
} {
  const numbers = curves.flatMap(({ points, reach }) => [
    ...points.map(({ images }) => images),
    reach.images,
  ]);
  const values = curves.flatMap((curve) => [
    ...curve.points.flatMap((point) => {
      const { folds, mean, std } = measure.of(point);
      return [...folds, mean - std, mean + std];
    }),
    ...[curve.points[0]!, curve.reach].map(({ images }) => measure.fitted(curve, images)),
  ]);
  const room = 0.06 * (Math.max(...values) - Math.min(...values));
  const low = Math.max(Math.min(...values) - room, 0.9 * Math.min(...values));
  const high = Math.max(...values) + room;
  const [across, up] = [logScale(Math.min(...numbers), Math.max(...numbers)), measure.scale(low, high)];
  return {
    x: (images) => MARGIN.left + 14 + across(images) * (WIDTH - MARGIN.left - MARGIN.right - 28),
    y: (value) => HEIGHT - MARGIN.bottom - up(value) * (HEIGHT - MARGIN.top - MARGIN.bottom),
    low,
    high,
  };
}

/** Those of the points and of the fit's end; the first, the last and the end where they would not fit beside each other. */
function imageTicks({ points, reach }: LearningCurve): readonly number[] {
  const all = [...new Set(points.map(({ images }) => images))];
  return [...(all.length <= 5 ? all : [all[0]!, all.at(-1)!]), reach.images];
}

/** Numbers from `from` to `to`, even on a logarithmic scale. */
function logSteps(from: number, to: number): readonly number[] {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, at) => from * (to / from) ** (at / steps));
}
