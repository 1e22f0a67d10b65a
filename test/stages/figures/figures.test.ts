// Figures: well-formed SVG whose marks are inside, images that stay crisp, PNGs of the same bytes each time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from 'fast-png';
import { errorColour } from '../../../stages/lib/figures/colour-map.ts';
import { DARK, LIGHT, type Palette } from '../../../stages/lib/figures/palette.ts';
import { comparisonFigure } from '../../../stages/lib/figures/grid-comparison.ts';
import { denoisingFigure, errorFigure, errorImages } from '../../../stages/lib/figures/image-grid.ts';
import { rasterise } from '../../../stages/lib/figures/png.ts';
import { epochTicks, linearTicks, logScale, logTicks } from '../../../stages/lib/figures/scales.ts';
import { learningCsv, learningFigure, learningPanels } from '../../../stages/lib/figures/learning-curves.ts';
import { inlineSvg, standaloneSvg, type Figure } from '../../../stages/lib/figures/svg.ts';
import { classFigure, methodsFigure } from '../../../stages/lib/figures/test-figures.ts';
import { curvePanels, curvesFigure } from '../../../stages/lib/figures/training-curves.ts';
import { drawnMethodsOf } from '../../../stages/lib/measure/methods.ts';
import { sampleCurves, sampleImages, sampleResults } from '../sample-results.ts';

const { levels } = sampleResults();
const [level] = levels;
const samples = sampleImages();
const figures: readonly Figure[] = [
  comparisonFigure(levels),
  curvesFigure(level!),
  methodsFigure(levels, 'mse'),
  methodsFigure(levels, 'reading_accuracy'),
  classFigure(level!),
  learningFigure(sampleCurves().levels)!,
  denoisingFigure(level!, samples),
  errorFigure(level!, samples),
];

/** Every element is closed by its own end. @returns the names of the elements */
function elementsOf(svg: string): readonly string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [, end, name, rest] of svg.matchAll(/<(\/?)([a-z]+)([^>]*)>/gi)) {
    if (end === '/') assert.equal(open.pop(), name);
    else {
      names.push(name!);
      if (!rest!.endsWith('/')) open.push(name!);
    }
  }
  assert.deepEqual(open, []);
  return names;
}

for (const figure of figures)
  test(`${figure.name}: well-formed, described, nothing undefined`, () => {
    for (const svg of [standaloneSvg(figure), inlineSvg(figure)]) {
      elementsOf(svg);
      assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
      assert.ok(svg.includes('role="img"'));
    }
    assert.ok(figure.description.length > 40, figure.description);
    const file = standaloneSvg(figure);
    assert.doesNotMatch(file, /var\(/);
    for (const [, element, name] of figure.content.matchAll(/<(\w+) class="(\w+)"/g))
      assert.match(
        file,
        new RegExp(`^ (?:${element})?\\.${name} \\{`, 'm'),
        `${element} of class ${name} has a look`,
      );
  });

test('curves of all folds, their mean, and the training, are inside their panel', () => {
  const { content, width, height } = curvesFigure(level!);
  const lines = [...content.matchAll(/<polyline class="(\w+)" points="([^"]*)"/g)];
  const count = (kind: string): number => lines.filter(([, name]) => name === kind).length;
  // One of each is the legend's.
  assert.deepEqual([count('fold'), count('mean'), count('training')], [4 + 1, 2 + 1, 2 + 1]);
  for (const [, , points] of lines)
    for (const point of points!.split(' ')) {
      const [x, y] = point.split(',').map(Number);
      assert.ok(x! >= 0 && x! <= width && y! >= 0 && y! <= height, point);
    }
});

test('a curve falls as its losses do, inside the axes, with the mark at the lowest mean', () => {
  const [panel] = curvePanels(level!);
  const lines = [...panel!.content.matchAll(/<polyline class="(\w+)" points="([^"]*)"/g)].map(
    ([, kind, points]) => ({
      kind,
      points: points!.split(' ').map((point) => point.split(',').map(Number) as [number, number]),
    }),
  );
  for (const { points } of lines) {
    assert.deepEqual([points[0]![0], points.at(-1)![0]], [44, 370], 'from the first epoch to the last');
    assert.ok(points.every(([, y]) => y >= 30 && y <= 236 - 32));
    // Losses of the sample: each lower than the one before, but for the last. Down is larger.
    const [a, b, c, d] = points.map(([, y]) => y) as [number, number, number, number];
    assert.ok(a < b && b < c && d < c, String(points));
  }
  const mean = lines.find(({ kind }) => kind === 'mean')!.points[2]!;
  assert.ok(panel!.content.includes(`<circle class="best" cx="${mean[0]}" cy="${mean[1]}"`));
  const training = lines.find(({ kind }) => kind === 'training')!.points[2]!;
  assert.ok(training[1] < mean[1], 'a training loss that is higher is drawn higher');
});

test('what is called chosen is what was chosen, though another one has the lowest loss', () => {
  const ranked = level!.ranked.map((entry) => ({ ...entry, chosen: entry.rank === 2 }));
  const titles = curvePanels({ ...level!, ranked }).map(({ content }) => content.includes('· chosen'));
  assert.deepEqual(titles, [false, true]);
});

test('the comparison draws each fold, the mean between them and its deviation', () => {
  const { content } = comparisonFigure([level!]);
  const numbers = (pattern: RegExp): number[][] =>
    [...content.matchAll(pattern)].map((found) => found.slice(1).map(Number));
  const folds = numbers(/<circle class="fold" cx="([\d.]+)"/g).flat();
  const means = numbers(/<circle class="(?:chosen|rank)" cx="([\d.]+)"/g).flat();
  const lines = numbers(/<line class="(?:chosen|rank)" x1="([\d.]+)" x2="([\d.]+)"/g);
  for (const [at, [from, to]] of lines.entries()) {
    // Two folds are one deviation (over n) from their mean.
    const both = folds.slice(2 * at, 2 * at + 2).toSorted((a, b) => a - b);
    assert.ok(
      Math.abs(from! - both[0]!) < 0.2 && Math.abs(to! - both[1]!) < 0.2,
      `${from}, ${to}: ${both.join()}`,
    );
    assert.ok(Math.abs(means[at]! - (from! + to!) / 2) < 0.2);
  }
  assert.equal(lines.length, 2);
});

test('a single epoch with a single value is drawn, too', () => {
  const runs = level!.runs.map((run) => ({
    ...run,
    train_losses: [0.1],
    val_losses: [0.1],
    val_ssims: [0.5],
  }));
  assert.doesNotMatch(curvesFigure({ ...level!, runs }).content, /NaN/);
});

test('the mean of an epoch is over the folds that reached it', () => {
  const best = level!.ranked[0]!;
  const losses = [
    [0.4, 0.2],
    [0.2, 0.18, 0.16, 0.2],
  ];
  const runs = level!.runs
    .filter(({ name }) => name === best.name)
    .map((run, at) => ({ ...run, train_losses: losses[at]!, val_losses: losses[at]! }));
  const [panel] = curvePanels({ ...level!, ranked: [best], runs });
  assert.match(panel!.description, /mean 0\.3\d* after epoch 1, lowest 0\.16\d* after epoch 3$/);
});

test('learning curves: a mark for each number of images, hollow where training was cut off, the fit to five times as many', () => {
  assert.equal(learningFigure(levels), undefined, 'one number of images makes no curve');
  const curves = sampleCurves().levels;
  const [mse, ssim] = learningPanels(curves[0]!);
  for (const { content, width, height } of [mse!, ssim!]) {
    const marks = [...content.matchAll(/<circle class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"/g)];
    assert.deepEqual(
      marks.filter(([, kind]) => kind !== 'fold').map(([, kind]) => kind),
      ['best', 'chosen', 'chosen'],
    );
    assert.equal(marks.filter(([, kind]) => kind === 'fold').length, 3 * 2);
    for (const [, , x, y] of marks)
      assert.ok(Number(x) > 0 && Number(x) < width && Number(y) > 0 && Number(y) < height);
    const [fit, mean] = ['training', 'mean'].map((kind) =>
      new RegExp(`class="${kind}" points="([^"]*)"`)
        .exec(content)![1]!
        .split(' ')
        .map((point) => point.split(',').map(Number)),
    ) as [number[][], number[][]];
    assert.deepEqual(
      mean,
      marks.filter(([, kind]) => kind !== 'fold').map(([, , x, y]) => [Number(x), Number(y)]),
    );
    assert.ok(fit.at(-1)![0]! > Number(marks.at(-1)![2]), 'behind the last point');
    // The sample's values follow the fit: it begins at the first mark. Twice the images are as far each time.
    const [one, two, three] = marks
      .filter(([, kind]) => kind !== 'fold')
      .map(([, , x, y]) => [Number(x), Number(y)] as const);
    assert.ok(Math.abs(fit[0]![0]! - one![0]) < 0.2 && Math.abs(fit[0]![1]! - one![1]) < 0.2);
    assert.ok(Math.abs(two![0] - one![0] - (three![0] - two![0])) < 0.3);
    assert.match(content, />40<.*>training images<.*rotate\(-90\)"><text[^>]*>validation (?:MSE|SSIM)</);
  }
  const [header, first, , , , ...rest] = learningCsv(curves).trim().split('\n');
  assert.equal(header, 'noise_level,configuration,training_images,fold,best_epoch,cut_off,val_mse,val_ssim');
  assert.match(first!, /^0\.3,64-0\.001-0\.3-2,2,0,3,false,0\.0/);
  assert.equal(rest.length, 2 * 3 * 2 - 4);
});

test('bars never go below zero, and say their values', () => {
  const bad = { ...level!, model: { ...level!.model, ssim: -0.2 } };
  const { content } = methodsFigure([bad], 'ssim');
  const heights = [...content.matchAll(/height="([-\d.]+)" rx="1.5"/g)].map(([, height]) => Number(height));
  assert.equal(heights.length, 7);
  assert.equal(heights.at(-1), 0);
  assert.ok(Math.min(...heights) >= 0);
  assert.match(content, />-0\.200</);
});

test('an image in a figure is the image, pixel by pixel, in the figure and in its PNG', async () => {
  const { content } = denoisingFigure(level!, samples);
  const embedded = /base64,([^"]+)"/.exec(content)![1]!;
  const image = decode(Buffer.from(embedded, 'base64'));
  assert.deepEqual([image.width, image.height], [112, 112]);
  const grey = (value: number): number => Math.round(255 * value);
  for (const [x, y] of [
    [0, 0],
    [1, 0],
    [27, 27],
    [13, 5],
  ] as const)
    for (const inside of [0, 3])
      assert.equal(
        image.data[3 * ((4 * y + inside) * 112 + 4 * x + inside)],
        grey(samples.clean[y * 28 + x]!),
      );
  const drawn = decode(await rasterise(standaloneSvg(denoisingFigure(level!, samples))));
  const own = /<image x="(\d+)" y="(\d+)"/.exec(content)!;
  // Two pixels per unit; the figure is 14 from the left and 40 from the top of its document.
  const [left, top] = [2 * (14 + Number(own[1])), 2 * (40 + Number(own[2]))];
  for (let y = 0; y < 112; y++)
    for (let x = 0; x < 112; x++)
      assert.equal(
        drawn.data[drawn.channels * ((top + y) * drawn.width + left + x)],
        image.data[3 * (y * 112 + x)],
        `${x}, ${y}`,
      );
});

test('the comparison has room for deviations that go further than every fold', () => {
  const ranked = level!.ranked.map((entry) => ({ ...entry, std_val_loss: entry.mean_val_loss / 2 }));
  const { content, width } = comparisonFigure([{ name: '0.3', ranked }]);
  const ends = [...content.matchAll(/<line class="(?:chosen|rank)" x1="([\d.-]+)" x2="([\d.-]+)"/g)];
  assert.equal(ends.length, ranked.length);
  for (const [, from, to] of ends) assert.ok(Number(from) > 0 && Number(to) < width - 16, `${from} to ${to}`);
});

test('error maps: absolute errors, then the root of the mean over all images', () => {
  const errors = errorImages(samples, 'model');
  assert.equal(errors.length, 3 * 784);
  for (const value of errors) assert.ok(Math.abs(value - 0.05) < 1e-6);
  for (const value of errorImages(samples, 'noisy')) assert.ok(Math.abs(value - 0.3) < 1e-6);
  const notes = [...errorFigure(level!, samples).content.matchAll(/>RMSE ([\d.]+)</g)].map(
    ([, note]) => note,
  );
  assert.deepEqual([notes.length, notes.at(-1)], [7, '0.1000']);
  const { description } = errorFigure(level!, samples);
  for (const [at, { short }] of drawnMethodsOf(level!).entries())
    assert.ok(description.includes(`${short}, RMSE ${notes[at]}`), description);
});

test('the colours of errors get lighter and lighter, and end where values end', () => {
  const lightness = Array.from({ length: 101 }, (_, at) => {
    const [red, green, blue] = errorColour(at / 100);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  for (const [at, value] of lightness.entries())
    if (at > 0) assert.ok(value >= lightness[at - 1]!, String(at));
  assert.deepEqual(errorColour(-1), errorColour(0));
  assert.deepEqual(errorColour(2), [252, 255, 164]);
});

test('a PNG is made of the same bytes each time, at two pixels per unit, with its text', async () => {
  const [first, second] = [
    await rasterise(standaloneSvg(figures[0]!)),
    await rasterise(standaloneSvg(figures[0]!)),
  ];
  assert.deepEqual(first, second);
  const { width, height, data, channels } = decode(first);
  assert.deepEqual([width, height], [2 * (figures[0]!.width + 28), 2 * (figures[0]!.height + 54)]);
  const heading = Array.from({ length: 60 * width }, (_, at) => data[channels * at]!);
  assert.ok(
    heading.some((value) => value < 60),
    'the title is drawn',
  );
});

test('ticks are round numbers inside their range', () => {
  assert.deepEqual(linearTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(0.0219, 0.0231, 5), [0.022, 0.0225, 0.023]);
  assert.deepEqual(linearTicks(3, 3, 5), [3]);
  assert.deepEqual(logTicks(0.01, 0.1), [0.01, 0.02, 0.05, 0.1]);
  assert.deepEqual(logTicks(2.5, 6.5), [3, 4, 5, 6], 'one tick is no scale');
  assert.deepEqual(epochTicks(50), [1, 10, 20, 30, 40, 50]);
  assert.deepEqual([logScale(1, 100)(10), logScale(1, 100)(0.1), logScale(1, 1)(1)], [0.5, 0, 0]);
});

/** WCAG 2's contrast of two colours, 1 … 21. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

for (const [name, palette] of Object.entries({ LIGHT, DARK }))
  test(`${name}: text and marks have enough contrast`, () => {
    const pairs: readonly (readonly [keyof Palette, keyof Palette, number])[] = [
      ['ink', 'paper', 7],
      ['ink', 'tint', 7],
      ['soft', 'paper', 4.5],
      ['soft', 'panel', 4.5],
      ['model', 'paper', 4.5],
      ['panel', 'model', 4.5],
      ...(['noisy', 'gaussian', 'median', 'tv', 'nlm', 'linear', 'model', 'clean'] as const).flatMap(
        (mark) => [[mark, 'paper', 3] as const, ['panel', mark, 3] as const],
      ),
    ];
    for (const [front, back, least] of pairs) {
      const found = contrast(palette[front], palette[back]);
      assert.ok(found >= least, `${front} on ${back}: ${found.toFixed(2)}`);
    }
  });
