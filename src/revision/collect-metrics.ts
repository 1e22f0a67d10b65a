// The metrics of a revision: which files hold them, and their values.
import type { Value } from '../base/value.ts';
import { isWithin, type WorkspacePath } from '../base/workspace-path.ts';
import type { FilesValues } from '../compare/file-values.ts';
import { metricTree } from '../compare/metric-tree.ts';
import type { Revision } from './project-at.ts';
import { filesAt, type ContentsStore } from './read-contents.ts';
import { readValues, type Reading } from './read-values.ts';

/** Files, or folders of files, that stages and pipeline files declare as metrics. */
export function declaredMetrics({ project }: Revision): readonly WorkspacePath[] {
  const outs = project.stages.flatMap((stage) => stage.outs.filter(({ metric }) => metric));
  return [...outs.map(({ at }) => at), ...project.reports.flatMap(({ metrics }) => metrics)];
}

/** @param targets files or folders in place of those that are declared. */
export async function collectMetrics(
  revision: Revision,
  targets: readonly WorkspacePath[],
  reading: Reading,
): Promise<FilesValues> {
  const places = targets.length > 0 ? targets : declaredMetrics(revision);
  const files = await expanded(revision, places, reading.store);
  return readValues(revision, files, reading, (value) => metricTree(value) ?? new Map());
}

/** The same of an experiment. @param files the metrics in its record. */
export function experimentMetrics(
  files: ReadonlyMap<string, Value>,
  targets: readonly WorkspacePath[],
): FilesValues {
  const isWanted = (file: string): boolean =>
    targets.length === 0 || targets.some((target) => isWithin(file, target));
  return new Map(
    [...(files as ReadonlyMap<WorkspacePath, Value>)].flatMap(([file, value]) =>
      isWanted(file) ? [[file, { kind: 'values', value: metricTree(value) ?? new Map() }] as const] : [],
    ),
  );
}

/** Each file once; the files of a folder in its place. */
export async function expanded(
  revision: Revision,
  places: readonly WorkspacePath[],
  store: ContentsStore,
): Promise<readonly WorkspacePath[]> {
  const files = new Set<WorkspacePath>();
  for (const place of places)
    for (const file of (await filesAt(revision, place, store)) ?? [place]) files.add(file);
  return [...files];
}
