// Pictures of image sets: rows of 28×28 images side by side, as PNG.
import { encode } from 'fast-png';
import { PIXELS, SIZE } from './images.ts';

/** Pixels of paper around each image. */
const GAP = 2;
const PAPER = 255;

/**
 * @param rows each holds images one after the other, values 0 … 1; all rows have the same number
 * @param scale whole number of screen pixels per pixel
 * @returns PNG, 8 bit grey
 */
export function picture(rows: readonly Float32Array[], scale: number): Uint8Array {
  const columns = rows[0]!.length / PIXELS;
  const cell = (SIZE + GAP) * scale;
  const [width, height] = [columns * cell + GAP * scale, rows.length * cell + GAP * scale];
  const data = new Uint8Array(width * height).fill(PAPER);
  for (const [row, images] of rows.entries()) {
    for (let column = 0; column < columns; column++) {
      const image = images.subarray(column * PIXELS, (column + 1) * PIXELS);
      const corner = (row * cell + GAP * scale) * width + column * cell + GAP * scale;
      for (let y = 0; y < SIZE * scale; y++)
        for (let x = 0; x < SIZE * scale; x++)
          data[corner + y * width + x] = grey(image[Math.floor(y / scale) * SIZE + Math.floor(x / scale)]!);
    }
  }
  return encode({ width, height, data, channels: 1, depth: 8 });
}

function grey(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 255);
}
