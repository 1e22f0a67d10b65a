// Pictures of image sets: rows of 28×28 images side by side, as PNG, in grey or in colours. The gaps between the images
// are transparent.
import { encode } from 'fast-png';
import { PIXELS, SIZE } from '../data/images.ts';

/** Transparent pixels between neighbours. */
const GAP = 2;

/**
 * @param rows each holds images one after the other, values 0 … 1; all rows have the same number
 * @param scale whole number of screen pixels per pixel
 * @returns PNG, 8 bit grey with opacity
 */
export function picture(rows: readonly Float32Array[], scale: number): Uint8Array {
  return drawn(rows, scale, 2, (value) => [grey(value)]);
}

/** @param colour red, green and blue, 0 … 255, of a value @returns PNG, 8 bit colours with opacity */
export function colourPicture(
  rows: readonly Float32Array[],
  scale: number,
  colour: (value: number) => readonly [number, number, number],
): Uint8Array {
  return drawn(rows, scale, 4, colour);
}

/** @param channels opacity included, which is the last one */
function drawn(
  rows: readonly Float32Array[],
  scale: number,
  channels: 2 | 4,
  colour: (value: number) => readonly number[],
): Uint8Array {
  const columns = rows[0]!.length / PIXELS;
  const cell = (SIZE + GAP) * scale;
  const [width, height] = [columns * cell - GAP * scale, rows.length * cell - GAP * scale];
  const data = new Uint8Array(width * height * channels);
  for (const [row, images] of rows.entries()) {
    for (let column = 0; column < columns; column++) {
      const image = images.subarray(column * PIXELS, (column + 1) * PIXELS);
      const corner = row * cell * width + column * cell;
      for (let y = 0; y < SIZE * scale; y++) {
        for (let x = 0; x < SIZE * scale; x++) {
          const at = channels * (corner + y * width + x);
          data.set(colour(image[Math.floor(y / scale) * SIZE + Math.floor(x / scale)]!), at);
          data[at + channels - 1] = 255;
        }
      }
    }
  }
  return encode({ width, height, data, channels, depth: 8 });
}

function grey(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 255);
}
