// The results on the test set: the final models beside the noisy input and the filters.
import { methodsOf, type MethodResult } from '../measure/methods.ts';
import { accuracyNumber, accuracyText, countText, decibelText, errorText, shareText } from './number-text.ts';
import type { TestLevel } from '../measure/results.ts';
import { csvText } from './csv.ts';
import type { Cell, Table, TableColumn } from './table.ts';

/** The measures in the order of the columns; `sign` turns larger into better. */
const MEASURES = [
  { key: 'mse', sign: -1, text: errorText },
  { key: 'ssim', sign: 1, text: shareText },
  { key: 'psnr', sign: 1, text: decibelText },
  { key: 'pixel_accuracy', sign: 1, text: accuracyNumber },
  { key: 'reading_accuracy', sign: 1, text: accuracyNumber },
] as const;

const COLUMNS: readonly TableColumn[] = [
  { title: 'Method', number: false },
  { title: 'MSE ↓', latex: 'MSE $\\downarrow$', number: true },
  { title: 'SSIM ↑', latex: 'SSIM $\\uparrow$', number: true },
  { title: 'PSNR in dB ↑', latex: 'PSNR $\\uparrow$', number: true },
  { title: 'Pixel accuracy in % ↑', latex: 'Pixels $\\uparrow$', number: true },
  { title: 'Reading accuracy in % ↑', latex: 'Reading $\\uparrow$', number: true },
];

export function testTable(levels: readonly TestLevel[]): Table {
  const [first] = levels;
  return {
    name: 'test_results',
    caption:
      `Means over ${countText(first!.testImages)} test images. Every filter and calibration was fitted on training images (settings: in the CSV); ` +
      `the final models were trained on ${trainedOn(levels)}, ${seedsText(first!.seeds)}. PSNR in dB, accuracies in %. Pixel accuracy: pixels on the right side of 0.5. Reading accuracy: digits that ` +
      `a classifier reads correctly; of the clean images it reads ${accuracyText(first!.reading.clean)}. Bold: the best of each column.`,
    columns: COLUMNS,
    groups: levels.map((level) => {
      const methods = methodsOf(level);
      const best = MEASURES.map(({ key, sign }) => Math.max(...methods.map((method) => sign * method[key])));
      return {
        level: level.name,
        rows: methods.map((method) => ({
          cells: [nameOf(method), ...MEASURES.map((measure) => cellOf(method, measure))],
          best: MEASURES.flatMap(({ key, sign }, at) => (sign * method[key] === best[at] ? [at + 1] : [])),
          kind: method.kind,
        })),
      };
    }),
  };
}

/** Of the training images. */
function trainedOn(levels: readonly TestLevel[]): string {
  const numbers = new Set(levels.map(({ chosen }) => chosen.configuration.train_on));
  const [first] = numbers;
  if (numbers.size > 1) return 'as many of these as each configuration says';
  return typeof first === 'number' ? `${countText(first)} of these` : 'all of these';
}

function seedsText(seeds: number): string {
  return seeds === 1 ? 'from one seed' : `from ${seeds} seeds each: mean ± standard deviation (over n)`;
}

/** A calibrated rival comes right after the same without calibration. */
function nameOf({ method, kind, name }: MethodResult): string {
  return method === `${kind}_affine` ? '+ calibration' : name;
}

function cellOf(method: MethodResult, { key, text }: (typeof MEASURES)[number]): Cell {
  const mean = text(method[key]);
  return method.std === undefined ? mean : { mean, deviation: text(method.std[key]) };
}

/** The same with numbers in full, and a row for the clean images, of which only the reading means anything. */
export function testCsv(levels: readonly TestLevel[]): string {
  const keys = MEASURES.map(({ key }) => key);
  const columns = ['noise_level', 'method', 'settings', ...keys, ...keys.map((key) => `${key}_std`)];
  const none = keys.map(() => '');
  const rows = levels.flatMap((level) => [
    [level.name, 'clean', '', ...none.slice(1), level.reading.clean, ...none],
    ...methodsOf(level).map((method) => [
      level.name,
      method.method,
      method.settings,
      ...keys.map((key) => method[key]),
      ...keys.map((key) => method.std?.[key] ?? ''),
    ]),
  ]);
  return csvText(columns, rows);
}
