// Pictures of image sets: rows of 28×28 images side by side, as PNG. What lies between the images is transparent.
import { encode } from 'fast-png';
import { PIXELS, SIZE } from './images.ts';

/** Transparent pixels between neighbours. */
const GAP = 2;
/** Grey and opacity. */
const CHANNELS = 2;

/**
 * @param rows each holds images one after the other, values 0 … 1; all rows have the same number
 * @param scale whole number of screen pixels per pixel
 * @returns PNG, 8 bit grey with opacity
 */
export function picture(rows: readonly Float32Array[], scale: number): Uint8Array {
  const columns = rows[0]!.length / PIXELS;
  const cell = (SIZE + GAP) * scale;
  const [width, height] = [columns * cell - GAP * scale, rows.length * cell - GAP * scale];
  const data = new Uint8Array(width * height * CHANNELS);
  for (const [row, images] of rows.entries()) {
    for (let column = 0; column < columns; column++) {
      const image = images.subarray(column * PIXELS, (column + 1) * PIXELS);
      const corner = row * cell * width + column * cell;
      for (let y = 0; y < SIZE * scale; y++) {
        for (let x = 0; x < SIZE * scale; x++) {
          const at = CHANNELS * (corner + y * width + x);
          data[at] = grey(image[Math.floor(y / scale) * SIZE + Math.floor(x / scale)]!);
          data[at + 1] = 255;
        }
      }
    }
  }
  return encode({ width, height, data, channels: CHANNELS, depth: 8 });
}

function grey(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 255);
}
