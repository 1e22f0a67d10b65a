// Files that end in a checksum of the whole: memories that save work. A damaged file reads as an empty one,
// and a file that cannot be written is left out, so losing one costs time only.
import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crashPoint } from './crash-point.ts';
import { discard } from './discard.ts';
import { piecesOf } from './pieces.ts';
import { isRunning } from './temporary-name.ts';

/** @param header the first line, without its end. @returns the lines after it; none if any byte differs from what was written. */
export const readChecked = (file: string, header: string): string[] =>
  readCheckedText(file, header).split('\n').filter(Boolean);

/** The same as one text, with the line ends. */
export const readCheckedText = (file: string, header: string): string =>
  readSealed(file, header)?.body.toString('utf8') ?? '';

export interface Sealed {
  readonly body: Buffer;
  /** Of the whole file: it identifies the content. */
  readonly checksum: string;
}

/** The same of a file of any bytes. @returns undefined if any byte differs. */
export function readSealed(file: string, header: string): Sealed | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  const end = bytes.length - CHECKSUM;
  const start = Buffer.from(`${header}\n`);
  if (end < start.length || !bytes.subarray(0, start.length).equals(start)) return undefined;
  const checksum = bytes.toString('latin1', end);
  if (hash('sha256', bytes.subarray(0, end)) !== checksum) return undefined;
  return { body: bytes.subarray(start.length, end), checksum };
}

/** Characters of the checksum at the end. */
const CHECKSUM = 64;

/** Replaces the file as a whole. @param lines without line ends. */
export const writeChecked = (file: string, header: string, lines: Iterable<string>): void =>
  writePieces(file, header, piecesOf(lines));

/** The same of texts and bytes, as they are. */
export function writePieces(file: string, header: string, pieces: Iterable<string | Buffer>): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch {
    return;
  }
  writeInPlace(file, header, () => pieces);
}

/**
 * The same of any bytes. @param make called only where the folder of the file exists and can be written.
 * @returns the checksum; undefined where the file could not be written.
 */
export const writeCheckedBytes = (file: string, header: string, make: () => Buffer): string | undefined =>
  writeInPlace(file, header, () => [make()]);

function writeInPlace(
  file: string,
  header: string,
  pieces: () => Iterable<string | Buffer>,
): string | undefined {
  const temporary = `${file}.${process.pid}.tmp`;
  const checksum = createHash('sha256');
  let sum: string;
  try {
    const descriptor = openSync(temporary, 'w');
    const put = (piece: string | Buffer): void => {
      checksum.update(piece);
      crashPoint('write state');
      writeFileSync(descriptor, piece);
    };
    try {
      put(`${header}\n`);
      for (const piece of pieces()) put(piece);
      crashPoint('seal state');
      sum = checksum.digest('hex');
      writeFileSync(descriptor, sum);
    } finally {
      closeSync(descriptor);
    }
    crashPoint('rename state');
    renameSync(temporary, file);
    return sum;
  } catch {
    discard(temporary);
    return undefined;
  }
}

/** Removes the temporary files of this file whose processes have ended. */
export function removeLeftovers(file: string): void {
  try {
    for (const name of readdirSync(dirname(file))) {
      const [, pid] = /\.(\d+)\.tmp$/.exec(name) ?? [];
      if (pid !== undefined && name.startsWith(basename(file)) && !isRunning(Number(pid)))
        rmSync(join(dirname(file), name), { force: true });
    }
  } catch {
    // The folder is not ours to change; the leftovers disturb nothing.
  }
}
