// Reading and writing the stages' own files: JSON with a stable form, folders made on the way.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StageError } from './fail.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function writeFileIn(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Two spaces, keys as given, a newline at the end; short lists of numbers stay on one line. */
export function writeJson(path: string, value: Json): void {
  const text = JSON.stringify(value, null, 2).replace(/\[\s+([-\d.e+,\s]+?)\s+\]/g, (_, numbers: string) => {
    return `[${numbers.split(/,\s+/).join(', ')}]`;
  });
  writeFileIn(path, `${text}\n`);
}

/** @throws StageError where the file is no JSON; a missing file is the caller's file error */
export function readJson(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new StageError(`${path} is no JSON file`);
  }
}
