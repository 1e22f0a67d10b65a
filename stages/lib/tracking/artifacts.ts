// Files of the experiment as artifacts of a tracking record: their paths in the run, and their digests.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, isAbsolute, relative, sep } from 'node:path';
import type { Artifact } from '@pipe-engine/mlflow/record';
import { StageError } from '../stage/fail.ts';

/**
 * @param file relative to the working folder, as the record's files are
 * @param folder in the run; default: its top
 */
export function artifact(file: string, folder = ''): Artifact {
  const bytes = readFileSync(file);
  return {
    path: folder === '' ? basename(file) : `${folder}/${basename(file)}`,
    file: insideProject(file),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
  };
}

function insideProject(file: string): string {
  const path = relative('.', file).split(sep).join('/');
  if (path.startsWith('..') || isAbsolute(path))
    throw new StageError(`${file} is not below the working folder`);
  return path;
}
