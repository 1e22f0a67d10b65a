// `pipe metrics show` and `pipe metrics diff`.
import { isDeepStrictEqual } from 'node:util';
import { runProgram } from '../../base/run-program.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import { diffFiles } from '../../compare/diff-values.ts';
import { valuesOf, type SideValues } from '../../compare/file-values.ts';
import { collectMetrics, experimentMetrics } from '../../revision/collect-metrics.ts';
import type { Reading } from '../../revision/read-values.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import { diffJson, diffTable } from '../../show/compare/diff-table.ts';
import { metricsTable, sidesJson } from '../../show/compare/metrics-table.ts';
import { DEFAULT_PRECISION } from '../../show/compare/value-text.ts';
import type { GroupFlags } from './group.ts';
import { printTable, reportFailures, type TableFlags } from './output.ts';
import { readingOf, type PullFlags } from './reading.ts';
import { valuesAt, withSides, type Side, type Sides } from './sides.ts';

export interface MetricsShowFlags extends GroupFlags {
  readonly allBranches?: true;
  readonly allTags?: true;
  readonly allCommits?: true;
  /** Revisions and experiments. */
  readonly rev?: readonly string[];
}

/** @returns the exit code. */
export function metricsShowCommand(targets: readonly string[], flags: MetricsShowFlags): Promise<number> {
  return withSides(async (sides) => {
    const chosen = await chosenSides(sides, flags);
    if (mayBeGroup(targets, flags)) {
      const { groupAsked, showGroup } = await import('./group.ts');
      const group = await groupAsked(targets, flags, sides, chosen);
      if (group !== undefined) return showGroup(group, chosen, flags, sides);
    }
    const reading = readingOf(sides, flags);
    const files = targets.map(sides.inside);
    const found: SideValues[] = [];
    for (const side of chosen) found.push(await metricsAt(side, files, reading));
    const values = withoutRepeated(found);
    reportFailures(values, 'metrics');
    const withRevision = chosen.length > 1 || chosen[0]!.name !== '';
    const { precision = DEFAULT_PRECISION } = flags;
    printTable(
      () => metricsTable(values, { precision, withRevision, shown: sides.shown }),
      () => sidesJson(values, sides.shown),
      flags,
      'No metrics: declare them with `metrics:` in a stage or in the pipeline file.',
    );
    return 0;
  });
}

const mayBeGroup = (targets: readonly string[], { sort, best, over }: GroupFlags): boolean =>
  targets.length === 1 || sort !== undefined || best !== undefined || over !== undefined;

export const metricsAt = (
  side: Side,
  files: readonly WorkspacePath[],
  reading: Reading,
): Promise<SideValues> =>
  valuesAt(
    side,
    (revision) => collectMetrics(revision, files, reading),
    async (of) => experimentMetrics(of.record, await of.base(), files, reading),
  );

/** The workspace, and what the flags add; what `--rev` names, in its place. Alone, the workspace has no name, as in DVC. */
async function chosenSides(sides: Sides, flags: MetricsShowFlags): Promise<readonly Side[]> {
  const { allBranches, allTags, allCommits, rev = [] } = flags;
  const named: Side[] = [];
  for (const name of rev) named.push(await sides.at(name));
  if (!allBranches && !allTags && !allCommits)
    return named.length > 0 ? named : [{ ...sides.here, name: '' }];
  const chosen = await sides.choose({
    ...(allBranches && { allBranches }),
    ...(allTags && { allTags }),
    ...(allCommits && { allCommits }),
  });
  return [...(named.length > 0 ? named : [sides.here]), ...chosen];
}

/** The workspace is not shown beside the branch that is checked out, where both have the same. */
function withoutRepeated(sides: readonly SideValues[]): readonly SideValues[] {
  const [workspace, ...others] = sides;
  if (workspace?.name !== WORKSPACE) return sides;
  const end = runProgram('git', ['symbolic-ref', '-q', '--short', 'HEAD']);
  const branch = end.kind === 'exited' && end.code === 0 ? end.stdout.trim() : undefined;
  const active = others.find(({ name }) => name === branch);
  const isShown = !active?.files || !isDeepStrictEqual(active.files, workspace.files);
  return isShown ? sides : others;
}

export interface DiffFlags extends TableFlags, PullFlags {
  readonly targets?: readonly string[];
  readonly all?: true;
  readonly path: boolean;
}

/** @returns the exit code. */
export function metricsDiffCommand(
  a: string | undefined,
  b: string | undefined,
  flags: DiffFlags,
): Promise<number> {
  return withSides(async (sides) => {
    const [old, now] = [await sides.at(a ?? 'HEAD'), await sides.at(b ?? WORKSPACE)];
    const reading = readingOf(sides, flags);
    const files = (flags.targets ?? []).map(sides.inside);
    const found = [await metricsAt(old, files, reading), await metricsAt(now, files, reading)] as const;
    reportFailures(found, 'metrics');
    printDiff(found, 'Metric', sides, { precision: DEFAULT_PRECISION, ...flags });
    return 0;
  });
}

/** @param title of the column of names. */
export function printDiff(
  [old, now]: readonly [SideValues, SideValues],
  title: 'Metric' | 'Param',
  sides: Sides,
  flags: DiffFlags,
): void {
  const diff = diffFiles(valuesOf(old), valuesOf(now), flags.all === true);
  const shown = new Map([...diff].map(([path, changes]) => [sides.shown(path), changes]));
  const { precision } = flags;
  const names = [old.name, now.name] as const;
  printTable(
    () => diffTable(shown, { title, names, precision, withPath: flags.path, withChange: title === 'Metric' }),
    () => diffJson(shown),
    flags,
    `No ${title === 'Metric' ? 'metric' : 'parameter'} differs.`,
  );
}
