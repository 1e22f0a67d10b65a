// The metrics of the members of a matrix or foreach at a revision.
import type { Value } from '../base/value.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { flattened } from '../compare/flatten-values.ts';
import { metricName } from '../compare/metric-name.ts';
import { axesOf, type GroupRow } from '../compare/group-table.ts';
import type { Failure, FilesValues } from '../compare/file-values.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Revision } from './project-at.ts';

/** As a target names it: `train`, or `sub/pipeline.yaml:train`. */
export const groupOf = ({ address, group, name }: Stage): string | undefined =>
  group === null ? undefined : address.slice(0, address.length - name.length) + group;

/** Groups with metrics. */
export const groupsWithMetrics = ({ project }: Revision): readonly string[] => [
  ...new Set(
    project.stages.flatMap((stage) =>
      stage.outs.some(({ metric }) => metric) ? (groupOf(stage) ?? []) : [],
    ),
  ),
];

/**
 * @param name of the revision, or of an experiment that was made from it.
 * @param metricsOf the values of files and folders.
 */
export async function collectGroup(
  { project }: Revision,
  group: string,
  name: string,
  metricsOf: (places: readonly WorkspacePath[]) => Promise<FilesValues>,
): Promise<{ readonly rows: readonly GroupRow[]; readonly failures: readonly Failure[] }> {
  const rows: GroupRow[] = [];
  const failures: Failure[] = [];
  for (const stage of project.stages) {
    if (groupOf(stage) !== group) continue;
    const places = stage.outs.filter(({ metric }) => metric).map(({ at }) => at);
    const files: FilesValues = places.length > 0 ? await metricsOf(places) : new Map();
    const metrics = new Map<string, Value>();
    for (const [path, read] of files) {
      if (read.kind === 'failed') failures.push(read.failure);
      else
        for (const [key, value] of flattened(read.value)) metrics.set(metricName(path, key, metrics), value);
    }
    rows.push({ revision: name, stage: stage.address, axes: axesOf(stage.item), metrics });
  }
  return { rows, failures };
}
