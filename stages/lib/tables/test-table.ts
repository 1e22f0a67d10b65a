// The results on the test set: the final models beside the noisy input and the filters.
import { methodsOf, type MethodResult } from '../measure/methods.ts';
import { accuracyNumber, accuracyText, countText, decibelText, errorText, shareText } from './number-text.ts';
import type { TestLevel } from '../measure/results.ts';
import { csvText } from './csv.ts';
import type { Table, TableColumn } from './table.ts';

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
      `Means over ${countText(first!.testImages)} test images. The filters' widths and the calibration were fitted on training images; ` +
      'the final models were trained on all of these. PSNR in dB, accuracies in %. Pixel accuracy: pixels on the right side of 0.5. Reading accuracy: digits that ' +
      `a classifier reads correctly; of the clean images it reads ${accuracyText(first!.reading.clean)}.`,
    columns: COLUMNS,
    groups: levels.map((level) => {
      const methods = methodsOf(level);
      const best = MEASURES.map(({ key, sign }) => Math.max(...methods.map((method) => sign * method[key])));
      return {
        level: level.name,
        rows: methods.map((method) => ({
          cells: [nameOf(method), ...MEASURES.map(({ key, text }) => text(method[key]))],
          best: MEASURES.flatMap(({ key, sign }, at) => (sign * method[key] === best[at] ? [at + 1] : [])),
          marked: method.method === 'model',
          ...(method.kind === undefined ? {} : { kind: method.kind }),
        })),
      };
    }),
  };
}

function nameOf({ name, sigma }: MethodResult): string {
  return sigma === undefined ? name : `${name}, ${sigma} px`;
}

/** The same with numbers in full, and a row for the clean images, of which only the reading means anything. */
export function testCsv(levels: readonly TestLevel[]): string {
  const columns = ['noise_level', 'method', 'filter_sigma', ...MEASURES.map(({ key }) => key)];
  const rows = levels.flatMap((level) => [
    [level.name, 'clean', '', '', '', '', '', level.reading.clean],
    ...methodsOf(level).map((method) => [
      level.name,
      method.method,
      method.sigma ?? '',
      ...MEASURES.map(({ key }) => method[key]),
    ]),
  ]);
  return csvText(columns, rows);
}
