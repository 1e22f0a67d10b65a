// The parameters and metrics of an experiment, as its record has them.
import { extname } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { isWithin, type WorkspacePath } from '../../base/workspace-path.ts';
import { mergedMaps } from '../../base/merged-maps.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import type { ObjectStore } from '../../cache/object-store.ts';
import { isDirectory, type Content } from '../../hash/digest.ts';
import { parseParamsFile } from '../../pipeline/params/params-file.ts';
import { paramSources } from '../../pipeline/params/param-sources.ts';
import { readingTexts, type TextsInPlace } from '../../pipeline/params/texts-in-place.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Results } from '../../run/experiment/results.ts';

/** Whole files, and the values that pipeline files give themselves. */
export function recordedParams(project: Project, texts: TextsInPlace): ReadonlyMap<string, Value> {
  const files = new Map<string, ValueMap>();
  const sources = readingTexts(texts, () => paramSources(project));
  // Items of `vars` can each have a part of a mapping.
  for (const { file, values } of sources) files.set(file, mergedMaps(files.get(file) ?? new Map(), values));
  return files;
}

/** Of the outputs that are metrics, and of the files that pipeline files list as metrics. */
export function recordedMetrics(
  { stages, reports }: Pick<Project, 'stages' | 'reports'>,
  results: Pick<Results, 'overlapping'>,
  store: ObjectStore,
): ReadonlyMap<string, Value> {
  const paths = [
    ...stages.flatMap(({ outs }) => outs.filter(({ metric }) => metric).map(({ at }) => at)),
    ...reports.flatMap(({ metrics }) => metrics),
  ];
  const found = new Map<string, Value>();
  for (const path of new Set(paths))
    for (const { at, content } of filesAt(path, results, store)) {
      const bytes = store.read(content);
      const value = bytes && valueOf(bytes, at);
      if (value !== undefined) found.set(at, value);
    }
  return found;
}

interface FileAt {
  readonly at: WorkspacePath;
  readonly content: Content;
}

function filesAt(path: WorkspacePath, results: Pick<Results, 'overlapping'>, store: ObjectStore): FileAt[] {
  return results.overlapping(path).flatMap(({ at, content }): FileAt[] => {
    if (!isDirectory(content.digest)) return isWithin(at, path) ? [{ at, content }] : [];
    return (store.entries(content) ?? []).flatMap((entry) => {
      const inner = `${at}/${entry.path}` as WorkspacePath;
      return entry.kind === 'file' && isWithin(inner, path) ? [{ at: inner, content: entry as Content }] : [];
    });
  });
}

/** Tables are no metrics, but plots. */
const NOT_VALUES = /^\.(?:csv|tsv|png|jpe?g|svg|gif|html)$/i;

/** Undefined for a file that is none of values: its experiment has a result all the same. */
function valueOf(bytes: Buffer, file: string): Value | undefined {
  if (NOT_VALUES.test(extname(file))) return undefined;
  try {
    return parseParamsFile(bytes, file).value;
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}
