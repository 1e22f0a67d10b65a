// The metrics of the members of a matrix or foreach at a revision.
import { posix } from 'node:path';
import type { Value } from '../base/value.ts';
import { flattened } from '../compare/flatten-values.ts';
import { axesOf, type GroupRow } from '../compare/group-table.ts';
import type { Failure } from '../compare/file-values.ts';
import type { Stage } from '../pipeline/stage.ts';
import { collectMetrics } from './collect-metrics.ts';
import type { Revision } from './project-at.ts';
import type { Reading } from './read-values.ts';

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

export async function collectGroup(
  revision: Revision,
  group: string,
  reading: Reading,
): Promise<{ readonly rows: readonly GroupRow[]; readonly failures: readonly Failure[] }> {
  const rows: GroupRow[] = [];
  const failures: Failure[] = [];
  for (const stage of revision.project.stages) {
    if (groupOf(stage) !== group) continue;
    const places = stage.outs.filter(({ metric }) => metric).map(({ at }) => at);
    const files = places.length > 0 ? await collectMetrics(revision, places, reading) : new Map();
    const metrics = new Map<string, Value>();
    for (const [path, read] of files) {
      if (read.kind === 'failed') failures.push(read.failure);
      else
        for (const [name, value] of flattened(read.value)) {
          const short = name === '' ? posix.basename(path) : name;
          metrics.set(metrics.has(short) ? `${posix.basename(path)}:${name}` : short, value);
        }
    }
    rows.push({ revision: revision.name, stage: stage.address, axes: axesOf(stage.item), metrics });
  }
  return { rows, failures };
}
