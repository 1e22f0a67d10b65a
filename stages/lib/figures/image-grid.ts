// Figures of images: rows of test images side by side with their names. Every image is enlarged by a whole number of pixels, so that
// it stays crisp in the SVG, in the PNG made of it and on any screen.
import { encode } from 'fast-png';
import { PIXELS, SIZE } from '../data/images.ts';
import { drawnMethodsOf } from '../measure/methods.ts';
import { errorText, shareText } from '../tables/number-text.ts';
import type { Level } from '../measure/results.ts';
import type { Samples } from '../measure/samples.ts';
import type { Method } from '../measure/test-metrics.ts';
import { errorColour } from './colour-map.ts';
import { SCALE } from './png.ts';
import { round, text, type Figure } from './svg.ts';

/** Units per pixel of an image. */
const ENLARGED = 2;
const CELL = SIZE * ENLARGED;
const GAP = 6;
const LEFT = 118;
const TOP = 22;

interface ImageRow {
  readonly name: string;
  readonly notes: readonly string[];
  /** One after the other. */
  readonly images: Float32Array;
}

/** Clean, noisy, filtered and denoised images, a column for each digit. */
export function denoisingFigure(level: Level, samples: Samples): Figure {
  const rows: readonly ImageRow[] = [
    { name: 'Clean', notes: [], images: samples.clean },
    ...drawnMethodsOf(level).map(({ method, short, mse, ssim }) => ({
      name: short,
      notes: [`MSE ${errorText(mse)}`, `SSIM ${shareText(ssim)}`],
      images: samples.images[method],
    })),
  ];
  const body = rows.map((row, at) => drawRow(row, at, (value) => grey(value)));
  return {
    name: `denoising_noise${level.name}`,
    title: `Denoising test images, noise σ = ${level.name}`,
    description: `One test image of each of the digits ${samples.classes.join(', ')}: ${rows.map(({ name, notes }) => [name, ...notes].join(', ')).join('; ')}. The measures are means over the test set`,
    ...sizeOf(samples.classes.length, rows.length),
    content: [headings(samples.classes.map(String)), ...body].join('\n'),
  };
}

/** Maps of the errors: |method − clean| of the same images, and over all test images the root of the mean squared error. */
export function errorFigure(level: Level, samples: Samples): Figure {
  const rows = drawnMethodsOf(level).map(({ method, short, mse }): ImageRow => ({
    name: short,
    notes: [`RMSE ${errorText(Math.sqrt(mse))}`],
    images: errorImages(samples, method),
  }));
  const body = rows.map((row, at) => drawRow(row, at, errorColour));
  const size = sizeOf(samples.classes.length + 1, rows.length);
  return {
    name: `error_maps_noise${level.name}`,
    title: `Errors at each pixel, noise σ = ${level.name}`,
    description: `Absolute error of each pixel of one test image of each of the digits ${samples.classes.join(', ')}, and the root of the mean squared error over all test images: ${rows.map(({ name, notes }) => `${name}, ${notes.join(', ')}`).join('; ')}`,
    width: size.width,
    height: size.height + 34,
    content: [
      headings([...samples.classes.map(String), 'all']),
      ...body,
      `<g transform="translate(${LEFT} ${size.height + 10})">${colourBar()}</g>`,
    ].join('\n'),
  };
}

/** Absolute errors of the images, then the root of the mean squared error over all test images; [(classes + 1) × 784]. */
export function errorImages({ clean, images, errors }: Samples, method: Method): Float32Array {
  const result = new Float32Array(clean.length + PIXELS);
  for (let at = 0; at < clean.length; at++) result[at] = Math.abs(images[method][at]! - clean[at]!);
  for (let at = 0; at < PIXELS; at++) result[clean.length + at] = Math.sqrt(errors[method][at]!);
  return result;
}

function sizeOf(columns: number, rows: number): { readonly width: number; readonly height: number } {
  return { width: LEFT + columns * (CELL + GAP) - GAP, height: TOP + rows * (CELL + GAP) - GAP };
}

function headings(names: readonly string[]): string {
  return names
    .map((name, at) => text(LEFT + at * (CELL + GAP) + CELL / 2, 13, name, { anchor: 'middle' }))
    .join('');
}

type Colour = (value: number) => readonly [number, number, number];

function drawRow({ name, notes, images }: ImageRow, at: number, colour: Colour): string {
  const top = TOP + at * (CELL + GAP);
  const middle = top + CELL / 2 + 4 - 7 * notes.length;
  const label = text(0, middle, name, { kind: 'label' });
  const lines = notes.map((note, line) => text(0, middle + 15 * (line + 1), note));
  const drawn = Array.from({ length: images.length / PIXELS }, (_, column) => {
    const image = images.subarray(column * PIXELS, (column + 1) * PIXELS);
    return `<image x="${LEFT + column * (CELL + GAP)}" y="${top}" width="${CELL}" height="${CELL}" image-rendering="optimizeSpeed" style="image-rendering: pixelated" href="data:image/png;base64,${enlarged(image, colour)}"/>`;
  });
  return [label, ...lines, ...drawn].join('');
}

/** A PNG in which each pixel of the image is as many pixels as it covers in the figure's own PNG. @returns base64 */
function enlarged(image: Float32Array, colour: Colour): string {
  const factor = ENLARGED * SCALE;
  const size = SIZE * factor;
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      data.set(colour(image[Math.floor(y / factor) * SIZE + Math.floor(x / factor)]!), 3 * (y * size + x));
  return Buffer.from(encode({ width: size, height: size, data, channels: 3, depth: 8 })).toString('base64');
}

function grey(value: number): readonly [number, number, number] {
  const level = Math.round(Math.min(1, Math.max(0, value)) * 255);
  return [level, level, level];
}

function colourBar(): string {
  const steps = 60;
  const width = 240 / steps;
  const bar = Array.from({ length: steps }, (_, at) => {
    const [red, green, blue] = errorColour((at + 0.5) / steps);
    return `<rect x="${round(at * width)}" width="${width + 0.4}" height="9" fill="rgb(${red},${green},${blue})"/>`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((value) =>
    text(240 * value, 22, String(value), { anchor: 'middle' }),
  );
  return [
    ...bar,
    ...ticks,
    text(256, 9, 'absolute error of a pixel (0 … 1); all: root of the mean square over the test set'),
  ].join('');
}
