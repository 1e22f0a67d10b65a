// Where the records of experiments are, found without loading the pipeline.
import { join, resolve } from 'node:path';
import type { Dialect } from '../dialect.ts';
import { isMap } from '../base/spelling.ts';
import { existsSync } from '../disk/witnessed-fs.ts';
import { readConfig } from '../pipeline/config/config.ts';
import { findRoot, type FoundRoot } from '../pipeline/find-root.ts';
import { readPipelineText } from '../pipeline/pipeline-file.ts';
import { readYaml } from '../yaml/yaml-source.ts';
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
  const cache = resolve(found.root, cacheFolder(found) ?? dialect.defaultCache);
  return { dialect, root: found.root, folder: dialect.experimentsFolder(found.root, cache) };
}

function cacheFolder({ root, pipelineFile, isDvcRepository }: FoundRoot): string | undefined {
  // They are not in DVC's cache.
  if (isDvcRepository) return undefined;
  const file = join(root, pipelineFile);
  const text = existsSync(file) ? readPipelineText(file, pipelineFile) : '';
  const source = /\bconfig\b/.test(text) ? readYaml(text, pipelineFile) : undefined;
  const declared = isMap(source?.value) ? source.value.get('config') : undefined;
  return readConfig(root, declared, source).cache?.dir;
}
