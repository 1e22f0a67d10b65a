// Temporary files and folders that are being made. Where the program ends meanwhile, other than by SIGKILL, they are removed: garbage
// collection would leave them for half an hour. Also whether the system copies a file now, which cannot be cancelled.
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { discardFolder } from './discard.ts';

const unfinished = new Set<string>();
let isListening = false;

/** @param path absolute, of a file or folder of ours. @returns it. */
export function beginUnfinished(path: string): string {
  if (!isListening) process.once('exit', () => unfinished.forEach(discardFolder));
  isListening = true;
  unfinished.add(path);
  return path;
}

/** It has its final name. What was removed instead may be left unsaid. */
export const finished = (path: string): void => void unfinished.delete(path);

/** Where the system writes to now. */
const copies = new Set<string>();

/** As `copyFile`, for files of any size. */
export async function copyBySystem(from: string, to: string, mode: number): Promise<void> {
  copies.add(to);
  try {
    await copyFile(from, to, mode);
  } finally {
    copies.delete(to);
  }
}

/** The end of the program waits for such copies, unless a signal kills it. */
export const isCopying = (): boolean => copies.size > 0;

const MOST_TRIES = 1000;

/** A copy that had yet to begin would make its file after the unfinished ones were removed. Waits a second at most, as some never begin. */
export function waitForCopies(): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < MOST_TRIES && ![...copies].every(existsSync); tries += 1)
    Atomics.wait(clock, 0, 0, 1);
}
