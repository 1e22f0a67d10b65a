// Temporary files and folders that are being made. Where the program ends meanwhile, other than by SIGKILL, they are removed: garbage
// collection would leave them for half an hour. Also whether the system copies a file now, which cannot be cancelled.
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

let copies = 0;

/** As `copyFile`, for files of any size. */
export async function copyBySystem(from: string, to: string, mode: number): Promise<void> {
  copies += 1;
  try {
    await copyFile(from, to, mode);
  } finally {
    copies -= 1;
  }
}

/** The end of the program waits for such copies, unless a signal kills it. */
export const isCopying = (): boolean => copies > 0;
