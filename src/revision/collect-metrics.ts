// The metrics of a revision: which files hold them, and their values.
import type { Value } from '../base/value.ts';
import { isWithin, type WorkspacePath } from '../base/workspace-path.ts';
import type { FilesValues, FileValues } from '../compare/file-values.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
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
  return readMetrics(revision, files, reading);
}

/** The same of an experiment. @param base the commit that it was run at: of files that no stage of it made, it has those of git. */
export async function experimentMetrics(
  { metrics, stages }: Pick<ExperimentRecord, 'metrics' | 'stages'>,
  base: Revision,
  targets: readonly WorkspacePath[],
  reading: Reading,
): Promise<FilesValues> {
  const isWanted = (file: string): boolean =>
    targets.length === 0 || targets.some((target) => isWithin(file, target));
  const found = new Map<WorkspacePath, FileValues>();
  for (const [file, value] of metrics as ReadonlyMap<WorkspacePath, Value>)
    if (isWanted(file)) found.set(file, { kind: 'values', value: metricTree(value) ?? new Map() });
  const made = base.project.stages.filter(({ address }) => stages.has(address)).flatMap(({ outs }) => outs);
  const isMade = (file: WorkspacePath): boolean => made.some(({ at }) => isWithin(file, at));
  const places = targets.length > 0 ? targets : declaredMetrics(base);
  const files = await expanded(base, places, reading.store);
  const others = files.filter((file) => !metrics.has(file) && !isMade(file) && base.kind(file) === 'file');
  return new Map([...found, ...(await readMetrics(base, others, reading))]);
}

const readMetrics = (
  revision: Revision,
  files: readonly WorkspacePath[],
  reading: Reading,
): Promise<Map<WorkspacePath, FileValues>> =>
  readValues(revision, files, reading, (value) => metricTree(value) ?? new Map());

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
