// Where the records of experiments are, found without loading the pipeline.
import type { Dialect } from '../dialect.ts';
import { findRoot } from '../pipeline/find-root.ts';
import { dialectOf } from './load.ts';

export interface ExperimentsPlace {
  readonly dialect: Dialect;
  /** Absolute root of the project. */
  readonly root: string;
  /** Absolute. */
  readonly folder: string;
}

/** @throws PipeError where the current folder is in no project. */
export async function experimentsPlace(): Promise<ExperimentsPlace> {
  const found = findRoot(process.cwd());
  const dialect = await dialectOf(found);
  return { dialect, root: found.root, folder: dialect.experimentsFolder(found.root) };
}
