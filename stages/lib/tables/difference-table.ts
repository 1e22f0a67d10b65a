// The model against each rival on the same test images: differences of the means with their confidence intervals.
import type { Difference } from '../measure/bootstrap.ts';
import { methodsOf, modelName } from '../measure/methods.ts';
import type { TestLevel } from '../measure/results.ts';
import { csvText } from './csv.ts';
import { countText } from './number-text.ts';
import type { Table } from './table.ts';

export function differenceTable(levels: readonly TestLevel[]): Table {
  const first = levels[0]!;
  return {
    name: 'test_differences',
    caption:
      `${[...new Set(levels.map(modelName))].join(' or ')} minus rival, image by image: mean difference over ${countText(first.testImages)} test images and its 95 % interval ` +
      '(percentile bootstrap over the images, 1,000 resamples). An MSE below zero and an SSIM above zero are in favour of the model; an image counts with its mean over the final models. ' +
      'The interval covers the choice of test images, not that of the seed, of which the deviations in the other table are a measure.',
    columns: [
      { title: 'Rival', number: false },
      { title: 'MSE: model − rival', latex: 'MSE', number: true },
      { title: 'SSIM: model − rival', latex: 'SSIM', number: true },
    ],
    groups: levels.map((level) => ({
      level: level.name,
      rows: namedComparisons(level).map(({ name, mse, ssim }) => ({
        cells: [name, differenceText(mse, 4), differenceText(ssim, 3)],
        best: [],
      })),
    })),
  };
}

export function differenceCsv(levels: readonly TestLevel[]): string {
  const columns = ['noise_level', 'rival', 'measure', 'difference', 'low', 'high'];
  const rows = levels.flatMap(({ name, comparisons }) =>
    comparisons().flatMap(({ rival, ...measures }) =>
      (['mse', 'ssim'] as const).map((measure) => {
        const { mean, low, high } = measures[measure];
        return [name, rival, measure, mean, low, high];
      }),
    ),
  );
  return csvText(columns, rows);
}

/** Such as `−0.0123 [−0.0130, −0.0116]`. */
export function differenceText({ mean, low, high }: Difference, digits: number): string {
  const number = (value: number): string => value.toFixed(digits).replace('-', '−');
  return `${number(mean)} [${number(low)}, ${number(high)}]`;
}

function namedComparisons(level: TestLevel) {
  const names = new Map(methodsOf(level).map(({ method, name }) => [method, name] as const));
  return level.comparisons().map(({ rival, mse, ssim }) => ({ name: names.get(rival)!, mse, ssim }));
}
