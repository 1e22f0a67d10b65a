// Writes a pipeline file: as a whole, through links, with the mode that it has.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import { replaceFile } from '../disk/replace-file.ts';

/** @param path absolute. @throws PipeError when it cannot be written; what it held stays. */
export function writePipeline(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, text, { durable: true });
  } catch (error) {
    if (errno(error) === undefined) throw error;
    throw new PipeError({
      code: 'pipeline-not-writable',
      title: `cannot write the pipeline file (${errno(error)})`,
      facts: [['path', path]],
      hint: 'correct its permissions, or those of its folder, or free some space; it was not changed',
    });
  }
}
