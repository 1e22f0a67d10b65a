// PNG files as sets of 28×28 images: one image, or a sheet of them without gaps. Any PNG is read, as grey on black.
import { readFileSync } from 'node:fs';
import { convertIndexedToRgb, decode, encode, type DecodedPng } from 'fast-png';
import { StageError } from '../stage/fail.ts';
import { writeFileIn } from '../stage/files.ts';
import { PIXELS, SIZE } from './images.ts';

export interface Sheet {
  /** Images in a row of the sheet. */
  readonly columns: number;
  /** Row by row, 0 … 1, [n × 784]. */
  readonly images: Float32Array;
}

/** @throws StageError where the file is no PNG, or its size is not that of whole images */
export function readSheet(path: string): Sheet {
  const png = decoded(path);
  const { width, height } = png;
  if (width % SIZE !== 0 || height % SIZE !== 0 || width === 0 || height === 0)
    throw new StageError(
      `${path} is ${width} × ${height}; images are ${SIZE} × ${SIZE}, or a sheet of them side by side`,
    );
  const grey = greyOf(png);
  const columns = width / SIZE;
  const images = new Float32Array(width * height);
  for (let at = 0; at < images.length; at++) images[placeOf(at, columns)] = grey[at]!;
  return { columns, images };
}

/** Places behind the last image stay black. */
export function writeSheet(path: string, { columns, images }: Sheet): void {
  const rows = Math.ceil(images.length / PIXELS / columns);
  const [width, height] = [columns * SIZE, rows * SIZE];
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at++) data[at] = toByte(images[placeOf(at, columns)] ?? 0);
  writeFileIn(path, encode({ width, height, data, channels: 1, depth: 8 }));
}

export const toByte = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 255);

/** Index of a sheet's pixel among images one after the other. */
function placeOf(at: number, columns: number): number {
  const [x, y] = [at % (columns * SIZE), Math.floor(at / (columns * SIZE))];
  const image = Math.floor(y / SIZE) * columns + Math.floor(x / SIZE);
  return image * PIXELS + (y % SIZE) * SIZE + (x % SIZE);
}

function decoded(path: string): DecodedPng {
  const bytes = readFileSync(path);
  try {
    return decode(bytes);
  } catch (error) {
    throw new StageError(`${path} is no PNG file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @returns a value 0 … 1 for each pixel; what is transparent is black */
function greyOf(png: DecodedPng): Float32Array {
  const { width, height, palette } = png;
  const data = palette === undefined ? unpacked(png) : convertIndexedToRgb(png);
  const channels = palette === undefined ? png.channels : palette[0]!.length;
  const most = palette === undefined ? 2 ** png.depth - 1 : 255;
  const hasColour = channels >= 3;
  const grey = new Float32Array(width * height);
  for (let at = 0; at < grey.length; at++) {
    const [a, b, c, d] = Array.from(
      { length: channels },
      (_, channel) => data[at * channels + channel]! / most,
    );
    // Luminance as in ITU-R BT.601, which Pillow's conversion to grey uses too.
    const light = hasColour ? 0.299 * a! + 0.587 * b! + 0.114 * c! : a!;
    const opacity = hasColour ? d : b;
    grey[at] = light * (opacity ?? 1);
  }
  return grey;
}

/** Depths below 8 have several pixels in a byte; each row starts at a byte of its own. */
function unpacked({ width, height, depth, data }: DecodedPng): ArrayLike<number> {
  if (depth >= 8) return data;
  const stride = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const bit = (at % width) * depth;
    const byte = data[Math.floor(at / width) * stride + (bit >> 3)]!;
    return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  });
}
