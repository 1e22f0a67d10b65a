// The report: a page for every reader, whose links name files, and pieces of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from 'fast-png';
import { escape } from '../../../stages/lib/figures/markup.ts';
import { DARK, LIGHT } from '../../../stages/lib/figures/palette.ts';
import { colourPicture, picture } from '../../../stages/lib/figures/picture.ts';
import { factsTable, tableHtml } from '../../../stages/lib/report/html.ts';
import type { Comparison } from '../../../stages/lib/measure/comparisons.ts';
import type { Level } from '../../../stages/lib/measure/results.ts';
import { opening as openingOf } from '../../../stages/lib/report/opening.ts';
import { page } from '../../../stages/lib/report/page.ts';
import { METHODS } from '../../../stages/lib/measure/test-metrics.ts';
import { learning } from '../../../stages/lib/report/learning.ts';
import { sampleCurves, sampleImages, sampleResults } from '../sample-results.ts';

const results = sampleResults();
const places = { figures: '../figures', tables: '../tables', draw: 'draw.html' };
const html = page(
  results,
  results.levels.map((level) => ({
    level,
    samples: sampleImages(),
    folders: { evaluation: '../evaluate', baseline: '../baseline' },
  })),
  {
    dataset: 'digits',
    commit: 'c0ffee',
    program: 'Node.js',
    times: results.levels.map(() => Object.fromEntries(METHODS.map((method, at) => [method, at + 0.5]))),
    fingerprints: [['a/model', 'ab'.repeat(32)]],
    diagrams: ['<svg xmlns="http://www.w3.org/2000/svg"/>', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  },
  places,
);

test('every picture has a text, every table a caption and headers, every drawing a description', () => {
  const images = html.match(/<img [^>]*>/g)!;
  assert.equal(images.length, 2 * (8 + 7) + 1, 'levels that are built alike share a diagram');
  for (const image of images) assert.match(image, / alt="[^"]{10,}"/);
  // Every method has its own images and its own errors; both levels have the same samples.
  assert.equal(new Set(images.map((image) => / src="([^"]+)"/.exec(image)![1])).size, 8 + 7 + 1);
  assert.match(html, /alt="The digits 0, 1, clean"/);
  for (const table of html.match(/<table[^]*?<\/table>/g)!)
    assert.match(table, /<caption>.+<\/caption>.*scope="row"/s);
  for (const drawing of html.match(/<svg class="drawing" style[^>]*>/g)!)
    assert.match(drawing, /role="img" aria-label="[^"]{20,}"/);
});

test('headings go down one step at a time, and the contents name every section', () => {
  const depths = [...html.matchAll(/<h([1-6])[ >]/g)].map(([, depth]) => Number(depth));
  for (const [at, depth] of depths.entries()) assert.ok(depth <= (depths[at - 1] ?? 0) + 1, `heading ${at}`);
  const sections = [...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
  const contents = [...html.matchAll(/<li><a href="#(\w+)"/g)].map(([, id]) => id);
  assert.deepEqual(contents, sections);
});

test('it asks nothing of any network, and says what ran', () => {
  assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//);
  assert.doesNotMatch(html, /NaN|undefined|\[object/);
  for (const [name, colour] of [LIGHT, DARK].flatMap((palette) => Object.entries(palette)))
    assert.match(html, new RegExp(`--${name}: ${colour};`));
  for (const part of ['c0ffee', 'ab'.repeat(32), 'latent_dim 64', 'channels 2-2', '43 (test)', '95.0\u00a0%'])
    assert.ok(html.includes(part), part);
});

test('learning curves have a section where the grid has several numbers of images, with their table', () => {
  assert.doesNotMatch(html, /What more images bring/);
  const [section] = learning(sampleCurves(), places);
  for (const part of ['fit: 40', '&#62; 4<', 'learning_curves.csv', 'validation MSE'])
    assert.ok(section!.content.includes(part), part);
});

test('how it was made: images, steps, seeds and folds of the results', () => {
  for (const part of [
    '16 for training, 1,234 for the test',
    'σ 0.3: 4 optimiser steps',
    '0, 1',
    '42 (splits',
  ])
    assert.ok(html.includes(part), part);
});

test('each noise level has its own numbers, pictures and times, and none is left out', () => {
  const [first, second] = results.levels;
  const { chosen } = second!;
  const configuration = { ...chosen.configuration, loss: 'ssim' as const, train_on: 1000, latent_dim: 9 };
  const other: Level = {
    ...second!,
    chosen: { ...chosen, configuration, parameters: 7777, epochs: 2 },
    final: { ...second!.final, optimiser_steps: 9 },
    classes: second!.classes.map((own) => ({ ...own, ssim: 0.123 })),
    foldModels: second!.foldModels.slice(0, 3).map((own) => ({ ...own, test_mse: 0.0456, test_ssim: 0.789 })),
  };
  const text = page(
    { ...results, levels: [first!, other] },
    [first!, other].map((level) => ({
      level,
      samples: sampleImages(),
      folders: { evaluation: '../evaluate', baseline: '../baseline' },
    })),
    {
      dataset: 'digits',
      commit: undefined,
      program: 'Node.js',
      times: [0.5, 9.5].map((time) => Object.fromEntries(METHODS.map((method) => [method, time]))),
      fingerprints: [],
      diagrams: ['<svg/>', '<svg><g/></svg>'],
    },
    places,
  );
  for (const part of [
    'as many training images as its configuration says',
    'σ 0.3: 4 optimiser steps; σ 0.5: 9 optimiser steps',
    'the mean squared error, or 1 − SSIM',
    'latent_dim 9',
    'final model 2 epochs',
    'Final model for σ = 0.3: 64,000 parameters, code of length 64',
    'Final model for σ = 0.5: 7,777 parameters, code of length 9',
    '0.50 (σ = 0.3), 9.5 (σ = 0.5)',
    '7 fold models',
    '<b>Yes</b> at noise σ&nbsp;=&nbsp;0.3',
    '<b>Yes</b> at noise σ&nbsp;=&nbsp;0.5',
    '0.123',
    '<b>8</b> training runs',
    'none: not in a repository',
  ])
    assert.ok(text.includes(part), part);
  assert.match(text, />0\.0456<\/td><td[^>]*>0\.789<\/td>/);
  // Below each map of errors the root of the mean squared error that is below the images.
  const notes = (name: string): readonly string[] =>
    [...text.matchAll(new RegExp(`\\b${name} (\\d\\.\\d{4})`, 'g'))].map(([, note]) => note!);
  const roots = notes('RMSE');
  assert.equal(roots.length, 14);
  assert.deepEqual(
    roots,
    notes('MSE').map((mean) => Math.sqrt(Number(mean)).toFixed(4)),
  );
});

const opening = (changed: Partial<Level>): string => {
  const [level] = results.levels;
  return openingOf({ ...results, levels: [{ ...level!, ...changed }] }, 'digits', [], places)
    .replaceAll('\u00a0', ' ')
    .replaceAll('&nbsp;', ' ');
};

test('the first screen answers by the strongest rival, its uncertainty, and whether training was finished', () => {
  const [level] = results.levels;
  const yes = opening({});
  // What is left of the error of the noisy input, not of the calibrated one.
  assert.match(yes, /<dt>Autoencoder<\/dt><dd>[^%]*width:8\.3%"><\/i><\/div><\/dd><dd>8\.3 %<\/dd>/);
  assert.match(opening({ seeds: 1 }), /the mean squared error is 0\.0100, with the strongest rival/);
  // Of the sample, the last rival has the lowest error.
  assert.match(yes, /<b>Yes<\/b> at noise σ = 0\.3: the mean squared error is 0\.0100 ± 0\.0002/);
  assert.match(yes, /strongest rival \(learned filter \+ calibration\) 0\.0320/);
  const gaussian = { ...level!.baseline, gaussian_affine: { ...level!.baseline.noisy, mse: 0.02 } };
  assert.match(opening({ baseline: gaussian }), /strongest rival \(Gaussian filter \+ calibration\) 0\.0200/);
  assert.match(
    opening({}),
    /a classifier reads 80\.0 %, of the denoised ones 95\.0 %, of the clean ones 99\.0 %/,
  );
  assert.match(yes, /−0\.0220 \[−0\.0230, −0\.0210\] in error and 0\.100 \[0\.090, 0\.110\] in SSIM/);
  assert.match(yes, /Training was finished/);

  const turned =
    (mse: number, ssim: number): (() => readonly Comparison[]) =>
    () =>
      level!.comparisons().map(({ rival }) => ({
        rival,
        mse: { mean: mse, low: mse - 0.001, high: mse + 0.001 },
        ssim: { mean: ssim, low: ssim - 0.001, high: ssim + 0.001 },
      }));
  assert.match(opening({ comparisons: turned(0.01, -0.01) }), /<b>No<\/b>/);
  assert.match(opening({ comparisons: turned(0, 0.01) }), /<b>Not clearly<\/b>/);
  // An interval that holds zero is no answer, on whichever side its mean is.
  assert.match(opening({ comparisons: turned(-0.0005, 0.01) }), /<b>Not clearly<\/b>/);
  assert.match(opening({ comparisons: turned(0.0005, -0.01) }), /<b>Not clearly<\/b>/);
  assert.match(opening({ comparisons: turned(-0.01, -0.01) }), /<b>Not clearly<\/b>/);
  const cut = opening({ chosen: { ...level!.chosen, unfinished_folds: 1 } });
  assert.match(cut, /Training was not finished<\/b>: .*\(σ = 0\.3: 1 of 2 folds\)/);
});

test('a picture shows images in a grid, values as grey, gaps transparent', () => {
  const row = new Float32Array(3 * 784).map((_, at) => [0, 0.5, 2][Math.floor(at / 784)]!);
  const { width, height, channels, data } = decode(picture([row, row], 2));
  assert.deepEqual([width, height, channels], [3 * 60 - 4, 2 * 60 - 4, 2]);
  const pixel = (x: number, y: number): number[] =>
    Array.from(data.slice(2 * (y * width + x), 2 * (y * width + x) + 2));
  assert.deepEqual(pixel(0, 0), [0, 255]);
  assert.deepEqual(pixel(60, 61), [128, 255]);
  assert.deepEqual(pixel(175, 115), [255, 255], 'cut to white');
  assert.equal(pixel(57, 0)[1], 0);
});

test('a picture in colours', () => {
  const { channels, data } = decode(
    colourPicture([new Float32Array(784).fill(1)], 1, (value) => [10 * value, 20 * value, 30 * value]),
  );
  assert.deepEqual([channels, ...data.slice(0, 4)], [4, 10, 20, 30, 255]);
});

test('text is escaped', () => {
  assert.match(factsTable('<c>', [['<n>', '<v> & w']]), /&#60;c&#62;.*&#60;n&#62;.*&#60;v&#62; &#38; w/);
  assert.equal(escape('<a href="x">&'), '&#60;a href=&#34;x&#34;&#62;&#38;');
  const row = { cells: ['<b>'], best: [] };
  const strong = { cells: ['a', '<i>'], best: [1] };
  const columns = [
    { title: 'a', number: false },
    { title: 'b', number: true },
  ];
  for (const best of [[1], []])
    assert.match(tableHtml(columns, { level: '1', rows: [{ ...strong, best }] }), /&#60;i&#62;/);
  assert.match(
    tableHtml([{ title: '<', number: false }], { level: '1', rows: [row] }),
    /<th scope="col">&#60;<\/th>.*&#60;b&#62;/s,
  );
});
