// `pipe metrics show GROUP`: the metrics of a matrix or foreach as one table.
import { PipeError } from '../../base/problem.ts';
import { bestOf, meansOver, sorted, type GroupRow, type Order } from '../../compare/group-table.ts';
import { failureOf, type SideValues } from '../../compare/file-values.ts';
import { isBetterSmall } from '../../experiment/best.ts';
import { collectMetrics, experimentMetrics } from '../../revision/collect-metrics.ts';
import type { Reading } from '../../revision/read-values.ts';
import { collectGroup, groupOf, groupsWithMetrics } from '../../revision/collect-group.ts';
import type { Revision } from '../../revision/project-at.ts';
import { groupJson, groupTable, rowText } from '../../show/compare/group-text.ts';
import { shortName } from '../../show/compare/metrics-table.ts';
import { DEFAULT_PRECISION } from '../../show/compare/value-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter } from '../printer.ts';
import { printTable, reportFailures, type TableFlags } from './output.ts';
import { readingOf, type PullFlags } from './reading.ts';
import type { Side, Sides } from './sides.ts';

export interface GroupFlags extends TableFlags, PullFlags {
  /** `NAME`, `NAME:min` or `NAME:max`. */
  readonly sort?: string;
  readonly best?: string;
  /** Axes. */
  readonly over?: readonly string[];
}

/** @returns the group that is meant; undefined where files are. @throws PipeError where it is not clear which. */
export async function groupAsked(
  targets: readonly string[],
  flags: GroupFlags,
  sides: Sides,
  chosen: readonly Side[],
): Promise<string | undefined> {
  const asked = flags.sort !== undefined || flags.best !== undefined || flags.over !== undefined;
  if (!asked && targets.length !== 1) return undefined;
  const revisions = [await sides.here.revision(), ...(await basesOf(chosen))];
  const [target] = targets;
  const isGroup = (name: string): boolean =>
    revisions.some(({ project }) => project.stages.some((stage) => groupOf(stage) === name));
  const isFile = target !== undefined && revisions[0]!.kind(sides.inside(target)) !== undefined;
  if (targets.length === 1 && isGroup(target!) && !isFile) return target;
  if (!asked) return undefined;
  const groups = [...new Set(revisions.flatMap(groupsWithMetrics))];
  if (targets.length === 0 && groups.length === 1) return groups[0];
  throw new PipeError({
    code: 'unknown-target',
    title:
      targets.length === 0
        ? `${groups.length === 0 ? 'no' : 'more than one'} group has metrics: --sort, --best and --over work on one`
        : `${targets.map((name) => `'${name}'`).join(', ')} is not one group of stages`,
    hint:
      groups.length === 0 ? 'declare `metrics:` in a matrix or foreach' : `name one of: ${groups.join(', ')}`,
  });
}

/** Those that load. What is wrong with the others is reported where their metrics are read. */
async function basesOf(chosen: readonly Side[]): Promise<readonly Revision[]> {
  const bases: Revision[] = [];
  for (const side of chosen)
    try {
      bases.push(await (side.kind === 'revision' ? side.revision() : side.base()));
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
    }
  return bases;
}

/** @returns the exit code. */
export async function showGroup(
  group: string,
  chosen: readonly Side[],
  flags: GroupFlags,
  sides: Sides,
): Promise<number> {
  const reading = readingOf(sides, flags);
  const found: GroupRow[] = [];
  const failed: SideValues[] = [];
  for (const side of chosen) {
    const { rows, failures } = await rowsOrFailure(side, group, reading);
    found.push(...rows);
    for (const failure of failures) failed.push({ name: side.name, files: undefined, failure });
  }
  reportFailures(failed, 'metrics');
  const means = flags.over === undefined ? found : meansOver(found, flags.over);
  const { precision = DEFAULT_PRECISION } = flags;
  if (flags.best !== undefined)
    return showBest(means, readOrder(flags.best), flags, { precision, withRevision: chosen.length > 1 });
  const rows = flags.sort === undefined ? means : sorted(means, readOrder(flags.sort, 'min'));
  printTable(
    () => groupTable(rows, precision, chosen.length > 1),
    () => groupJson(rows),
    flags,
    `No stage of '${group}' has metrics.`,
  );
  return 0;
}

async function rowsOrFailure(side: Side, group: string, reading: Reading): ReturnType<typeof collectGroup> {
  try {
    return await rowsAt(side, group, reading);
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    return { rows: [], failures: [failureOf(error)] };
  }
}

/** Of an experiment the metrics are those of its record, and the members those of its commit with its parameters. */
async function rowsAt(side: Side, group: string, reading: Reading): ReturnType<typeof collectGroup> {
  if (side.kind === 'revision') {
    const revision = await side.revision();
    return collectGroup(revision, group, revision.name, (places) =>
      collectMetrics(revision, places, reading),
    );
  }
  const base = await side.base();
  return collectGroup(base, group, side.name, (places) =>
    experimentMetrics(side.record, base, places, reading),
  );
}

function showBest(
  rows: readonly GroupRow[],
  order: Order,
  flags: GroupFlags,
  { precision, withRevision }: { readonly precision: number; readonly withRevision: boolean },
): number {
  const best = bestOf(rows, order);
  const print = makePrinter(flags);
  if (!best) {
    print.json([]);
    process.stderr.write(spelledOut(`no stage has a number for '${order.name}'`) + '\n');
    return 1;
  }
  if (flags.json || flags.md || flags.csv)
    printTable(
      () => groupTable([best], precision, withRevision),
      () => groupJson([best]),
      flags,
      '',
    );
  else
    print.line(
      spelledOut(
        [
          ...(withRevision ? [shortName(best.revision)] : []),
          ...(best.stage === undefined ? [] : [best.stage]),
          rowText(best, order.name, precision),
        ].join('  '),
      ),
    );

  return 0;
}

function readOrder(text: string, otherwise?: Order['direction']): Order {
  const [, name, direction] = /^(.*?)(?::(min|max|asc|desc))?$/s.exec(text)!;
  if (direction !== undefined)
    return { name: name!, direction: direction === 'min' || direction === 'asc' ? 'min' : 'max' };
  return { name: name!, direction: otherwise ?? (isBetterSmall(name!) ? 'min' : 'max') };
}
