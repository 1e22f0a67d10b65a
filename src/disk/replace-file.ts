// Replaces a small file as a whole: whoever reads it, whenever the machine stops, finds the old text or the new one.
import {
  chmodSync,
  closeSync,
  copyFileSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../base/problem.ts';
import { discard } from './discard.ts';
import { naming } from './system-problem.ts';
import { crashPoint } from './crash-point.ts';
import { syncPaths } from './flush.ts';

export interface ReplaceOptions {
  /** Absolute path at which the new file is made; only one writer may use it at a time. What a crash left there is overwritten. */
  readonly aside: string;
  /** Safe against a power cut too, not only against the end of the process. */
  readonly durable: boolean;
}

/** @param file absolute path; a symlink stays one, and what it leads to is replaced. Permissions stay. */
export function replaceFile(file: string, text: string, { aside, durable }: ReplaceOptions): void {
  const target = realPath(file);
  crashPoint('open aside');
  rmSync(aside, { force: true });
  write(aside, text, durable);
  const mode = statSync(target, { throwIfNoEntry: false })?.mode;
  if (mode !== undefined) chmodSync(aside, mode & 0o7777);
  try {
    crashPoint('rename file');
    renameSync(aside, target);
  } catch (error) {
    if (errno(error) !== 'EXDEV') {
      discard(aside);
      throw error;
    }
    // The project and the folder of our own files lie on two file systems.
    const beside = `${target}.${process.pid}.tmp`;
    try {
      copyFileSync(aside, beside);
      if (durable) syncPaths([beside], dirname(target));
      renameSync(beside, target);
    } finally {
      discard(beside);
      discard(aside);
    }
  }
  if (durable) syncPaths([dirname(target)], dirname(target));
}

function write(path: string, text: string, durable: boolean): void {
  try {
    const descriptor = openSync(path, 'wx');
    try {
      crashPoint('write file');
      naming(path, () => writeFileSync(descriptor, text));
      if (durable) {
        crashPoint('flush file');
        naming(path, () => fsyncSync(descriptor));
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    discard(path);
    throw error;
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (errno(error) === 'ENOENT') return file;
    throw error;
  }
}
