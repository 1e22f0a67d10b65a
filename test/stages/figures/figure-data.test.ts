// The data beside figures, and the values that bars show.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonCsv } from '../../../stages/lib/figures/grid-comparison.ts';
import { learningCsv } from '../../../stages/lib/figures/learning-curves.ts';
import type { Figure } from '../../../stages/lib/figures/svg.ts';
import { classCsv, classFigure, methodsFigure } from '../../../stages/lib/figures/test-figures.ts';
import { curvesCsv } from '../../../stages/lib/figures/training-curves.ts';
import { drawnMethodsOf } from '../../../stages/lib/measure/methods.ts';
import type { Level } from '../../../stages/lib/measure/results.ts';
import { METHODS } from '../../../stages/lib/measure/test-metrics.ts';
import { RIVAL_METHODS, RIVALS } from '../../../stages/lib/rivals/rivals.ts';
import { sampleCurves, sampleResults } from '../sample-results.ts';

const { levels } = sampleResults();
const [level] = levels;

test('the data of each figure is beside it', () => {
  const lines = (csv: string): number => csv.trim().split('\n').length - 1;
  assert.equal(lines(comparisonCsv(levels)), 2 * 2 * 2);
  assert.equal(lines(curvesCsv(level!)), 4 * 4);
  assert.equal(lines(classCsv(level!)), 2 * 13);
  assert.match(
    curvesCsv(level!),
    /^configuration,fold,epoch,train_loss,val_loss,val_ssim\n64-0\.001-0\.3,0,1,/,
  );
});

/** Rows of a CSV text, by the names of its columns. */
function rowsOf(csv: string): readonly Readonly<Record<string, string>>[] {
  const [head, ...rows] = csv
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(head!.map((name, at) => [name, row[at]!])));
}

const textsOf = (row: object): object =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));

test('each value of the data is that of its row and column', () => {
  const runs = level!.runs.map((run, at) => ({
    ...run,
    train_losses: run.train_losses.map((loss) => loss + at),
    val_ssims: [0.1, 0.2, 0.3, 0.4].map((ssim) => ssim + at),
  }));
  const curves = runs.flatMap(({ name, fold, train_losses, val_losses, val_ssims }) =>
    val_losses.map((val_loss, at) => ({
      configuration: name,
      fold,
      epoch: at + 1,
      train_loss: train_losses[at],
      val_loss,
      val_ssim: val_ssims[at],
    })),
  );
  assert.deepEqual(rowsOf(curvesCsv({ ...level!, runs })), curves.map(textsOf));
  const apart = levels.map(({ ranked, ...level }) => ({
    ...level,
    ranked: ranked.map((entry) => ({
      ...entry,
      folds: entry.folds.map((one) => ({ ...one, val_ssim: 0.5 + one.fold / 8 })),
    })),
  }));
  assert.deepEqual(
    rowsOf(comparisonCsv(apart)),
    apart.flatMap(({ name, ranked }) =>
      ranked.flatMap((entry) =>
        entry.folds.map(({ fold, best_epoch, best_val_loss, val_ssim }) =>
          textsOf({
            noise_level: name,
            rank: entry.rank,
            configuration: entry.name,
            fold,
            best_epoch,
            best_val_loss,
            val_ssim,
          }),
        ),
      ),
    ),
  );
  assert.deepEqual(
    rowsOf(classCsv(unlike)),
    unlike.classes.flatMap(({ class: digit, images }, at) =>
      METHODS.map((method) => {
        const { mse, ssim, psnr, pixel_accuracy } =
          method === 'model' ? unlike.classes[at]! : unlike.baselineClasses[at]![method];
        const reading_accuracy = unlike.classReadings[at]![method];
        return textsOf({ class: digit, images, method, mse, ssim, psnr, pixel_accuracy, reading_accuracy });
      }),
    ),
  );
  assert.deepEqual(
    rowsOf(learningCsv(sampleCurves().levels)).filter(({ cut_off: cut }) => cut === 'true'),
    sampleCurves().levels.map(({ name, ranked }) => {
      const entry = ranked.find(({ training_images: images }) => images === 2)!;
      const { best_val_loss, val_ssim } = entry.folds[1]!;
      return textsOf({
        noise_level: name,
        configuration: entry.name,
        training_images: 2,
        fold: 1,
        best_epoch: 4,
        cut_off: true,
        val_mse: best_val_loss,
        val_ssim,
      });
    }),
  );
});

/** A level in which no two numbers are the same. */
const unlike: Level = (() => {
  let next = 0;
  const any = (): number => ++next / 1000;
  const quality = () => ({ mse: any(), ssim: any(), psnr: any(), pixel_accuracy: any() });
  const digits = [3, 7].map((digit) => ({ class: digit, images: 10 + digit }));
  const of = <T>(make: () => T) =>
    Object.fromEntries(RIVAL_METHODS.map((method) => [method, make()] as const));
  return {
    ...level!,
    model: quality(),
    baseline: { images: 20, ...of(quality) } as Level['baseline'],
    reading: { clean: any(), ...of(any), model: any() } as Level['reading'],
    classes: digits.map((digit) => ({ ...digit, ...quality() })),
    baselineClasses: digits.map((digit) => ({ ...digit, ...of(quality) }) as Level['baselineClasses'][0]),
    classReadings: digits.map(
      (digit) => ({ ...digit, clean: any(), ...of(any), model: any() }) as Level['classReadings'][0],
    ),
  };
})();

test('bars have the values of their method: of a level, and of each digit', () => {
  const drawn = ['noisy', ...RIVALS.slice(1).map((rival) => `${rival}_affine` as const)] as const;
  const titles = ({ content }: Figure): readonly string[] =>
    [...content.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title!);
  const names = drawnMethodsOf(unlike).map(({ short }) => short);
  for (const [measure, text] of [
    ['mse', (value: number) => value.toFixed(4)],
    ['ssim', (value: number) => value.toFixed(3)],
  ] as const)
    assert.deepEqual(
      titles(methodsFigure([unlike], measure)),
      [...drawn.map((method) => unlike.baseline[method as 'noisy'][measure]), unlike.model[measure]].map(
        (value, at) => `σ = 0.3, ${names[at]}: ${text(value)}`,
      ),
    );
  // The highest bar takes the height but for a tenth of it, and each other its share.
  const heights = [...methodsFigure([unlike], 'mse').content.matchAll(/height="([\d.]+)" rx="1.5"/g)].map(
    ([, height]) => Number(height),
  );
  const errors = [...drawn.map((method) => unlike.baseline[method as 'noisy'].mse), unlike.model.mse];
  for (const [at, error] of errors.entries())
    assert.ok(Math.abs(heights[at]! - ((error / Math.max(...errors)) * 176) / 1.1) < 0.11, names[at]);
  const axis = [...methodsFigure([unlike], 'ssim').content.matchAll(/text-anchor="end">([^<]*)</g)];
  assert.deepEqual(
    axis.map(([, text]) => text),
    ['0', '0.2', '0.4', '0.6', '0.8', '1'],
  );
  assert.deepEqual(
    titles(methodsFigure([unlike], 'reading_accuracy')),
    [...drawn, 'model' as const].map(
      (method, at) => `σ = 0.3, ${names[at]}: ${(100 * unlike.reading[method as 'noisy']).toFixed(1)}`,
    ),
  );
  // What is possible is a line of each level; the first one belongs to the legend.
  const better = { ...unlike, reading: { ...unlike.reading, clean: 0.9 } };
  const { content } = methodsFigure([unlike, better], 'reading_accuracy');
  const marks = [...content.matchAll(/<line class="clean" [^>]*y1="([\d.]+)"/g)].map(([, y]) => Number(y));
  assert.equal(marks.length, 3);
  assert.ok(Math.abs(marks[1]! - marks[2]! - (0.9 - unlike.reading.clean) * 176) < 0.2, String(marks));
  assert.deepEqual(
    titles(classFigure(unlike)),
    unlike.classes.flatMap((own, at) =>
      [...drawn.map((method) => unlike.baselineClasses[at]![method as 'noisy'].ssim), own.ssim].map(
        (value, index) => `${own.class}, ${names[index]}: ${value.toFixed(3)}`,
      ),
    ),
  );
});
