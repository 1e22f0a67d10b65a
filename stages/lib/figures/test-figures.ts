// Figures of the test results: methods by noise level, and digit by digit.
import { drawnMethodsOf } from '../measure/methods.ts';
import { errorText, percentText, rateNumber, rateText, shareText } from '../tables/number-text.ts';
import type { Level } from '../measure/results.ts';
import { csvText } from '../tables/csv.ts';
import { METHODS } from '../measure/test-metrics.ts';
import { barChart, type BarGroup } from './bars.ts';
import type { Figure } from './svg.ts';

/** `mark` is the text inside the bars, where there is little room. */
const MEASURES = {
  mse: { title: 'Mean squared error on the test images', text: errorText, mark: errorText },
  ssim: { title: 'SSIM on the test images', text: shareText, mark: shareText },
  reading_accuracy: {
    title: 'Test digits that the classifier reads',
    text: rateText,
    mark: rateNumber,
  },
} as const;

type Measure = keyof typeof MEASURES;

/** A measure of every method at every noise level. */
export function methodsFigure(levels: readonly Level[], measure: Measure): Figure {
  const { title, text, mark } = MEASURES[measure];
  const groups = levels.map((level): BarGroup => {
    const bars = drawnMethodsOf(level).map(({ short, kind, ...result }) => ({
      kind,
      name: short,
      value: result[measure],
    }));
    const clean = measure === 'reading_accuracy' ? { mark: level.reading.clean } : {};
    return { label: `σ = ${level.name}`, bars, ...clean };
  });
  const highest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const drawing = barChart({
    width: 90 + 200 * groups.length,
    groups,
    high: measure === 'mse' ? 1.1 * highest : 1,
    valueText: mark,
    axisText: measure === 'reading_accuracy' ? percentText : String,
    labelled: true,
  });
  return {
    name: `test_${measure}`,
    title,
    description: `${title}. ${groups.map(describe(text)).join('. ')}`,
    ...drawing,
  };
}

/** SSIM of every digit, method by method. */
export function classFigure(level: Level): Figure {
  const groups = level.classes.map((own, at): BarGroup => {
    const baseline = level.baselineClasses[at]!;
    const bars = drawnMethodsOf(level).map(({ method, kind, short }) => ({
      kind,
      name: short,
      value: method === 'model' ? own.ssim : baseline[method].ssim,
    }));
    return { label: String(own.class), bars };
  });
  const drawing = barChart({
    width: 680,
    groups,
    high: 1,
    valueText: shareText,
    axisText: String,
    labelled: false,
  });
  return {
    name: `ssim_per_class_noise${level.name}`,
    title: `SSIM digit by digit, noise σ = ${level.name}`,
    description: `SSIM of the test images per digit. ${groups.map(describe(shareText)).join('. ')}`,
    ...drawing,
  };
}

/** Every measure of every method, class by class. */
export function classCsv(level: Level): string {
  const rows = level.classes.flatMap((own, at) =>
    METHODS.map((method) => {
      const { mse, ssim, psnr, pixel_accuracy } =
        method === 'model' ? own : level.baselineClasses[at]![method];
      const read = level.classReadings[at]![method];
      return [own.class, own.images, method, mse, ssim, psnr, pixel_accuracy, read];
    }),
  );
  const columns = ['class', 'images', 'method', 'mse', 'ssim', 'psnr', 'pixel_accuracy', 'reading_accuracy'];
  return csvText(columns, rows);
}

function describe(text: (value: number) => string): (group: BarGroup) => string {
  return ({ label, bars, mark }) => {
    const values = bars.map(({ name, value }) => `${name} ${text(value)}`);
    if (mark !== undefined) values.push(`clean images ${text(mark)}`);
    return `${label}: ${values.join(', ')}`;
  };
}
