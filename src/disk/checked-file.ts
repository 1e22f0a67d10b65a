// Text files of lines that end in a checksum of the whole: memories that save work. A damaged file reads as an empty one,
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
import { isRunning } from './temporary-name.ts';

/** @param header the first line, without its end. @returns the lines after it; none if any byte differs from what was written. */
export function readChecked(file: string, header: string): string[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return [];
  }
  const end = bytes.lastIndexOf('\n') + 1;
  if (hash('sha256', bytes.subarray(0, end)) !== bytes.toString('latin1', end)) return [];
  const text = bytes.toString('utf8', 0, end);
  if (!text.startsWith(`${header}\n`)) return [];
  return text
    .slice(header.length + 1)
    .split('\n')
    .filter(Boolean);
}

/** Characters that are written at a time, so that a large file is never in memory as a whole. */
const PIECE = 1 << 18;

/** Replaces the file as a whole. @param lines without line ends. */
export function writeChecked(file: string, header: string, lines: Iterable<string>): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const descriptor = openSync(temporary, 'w');
    try {
      writeLines(descriptor, header, lines);
    } finally {
      closeSync(descriptor);
    }
    crashPoint('rename state');
    renameSync(temporary, file);
  } catch {
    discard(temporary);
  }
}

function writeLines(descriptor: number, header: string, lines: Iterable<string>): void {
  const checksum = createHash('sha256');
  let piece = `${header}\n`;
  const put = (): void => {
    checksum.update(piece);
    crashPoint('write state');
    writeFileSync(descriptor, piece);
    piece = '';
  };
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length > PIECE) put();
  }
  put();
  crashPoint('seal state');
  writeFileSync(descriptor, checksum.digest('hex'));
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
