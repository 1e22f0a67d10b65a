// `pipe exp diff`: what differs between two experiments, or an experiment and the workspace or a revision. The comparison is that of
// `pipe params diff` and `pipe metrics diff`.
import { diffFiles, type Changes } from '../../compare/diff-values.ts';
import { valuesOf, type SideValues } from '../../compare/file-values.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import { diffJson, diffTable } from '../../show/compare/diff-table.ts';
import { DEFAULT_PRECISION } from '../../show/compare/value-text.ts';
import { metricsAt } from '../compare/metrics.ts';
import { paramsAt } from '../compare/params.ts';
import { printTable, reportFailures, type TableFlags } from '../compare/output.ts';
import { readingOf, type PullFlags } from '../compare/reading.ts';
import { withSides, type Side } from '../compare/sides.ts';
import { makePrinter } from '../printer.ts';

export interface ExpDiffFlags extends TableFlags, PullFlags {
  readonly all?: true;
}

/** @param to the workspace, if left out. @returns the exit code. */
export function expDiffCommand(from: string, to: string | undefined, flags: ExpDiffFlags): Promise<number> {
  return withSides(async (sides) => {
    // A branch of an experiment has its name.
    const sideOf = async (name: string): Promise<Side> => (await sides.experiment(name)) ?? sides.at(name);
    const both = [await sideOf(from), await sideOf(to ?? WORKSPACE)] as const;
    const reading = readingOf(sides, flags);
    const choice = { targets: [], depsOnly: false };
    const params: SideValues[] = [];
    const metrics: SideValues[] = [];
    for (const side of both) {
      params.push(await paramsAt(side, choice, sides, reading));
      metrics.push(await metricsAt(side, [], reading));
    }
    reportFailures(params, 'parameters');
    reportFailures(metrics, 'metrics');
    const between = ([old, now]: readonly SideValues[]): ReadonlyMap<string, Changes> => {
      const diff = diffFiles(valuesOf(old!), valuesOf(now!), flags.all === true);
      return new Map([...diff].map(([path, changes]) => [sides.shown(path), changes]));
    };
    print({ params: between(params), metrics: between(metrics) }, [both[0].name, both[1].name], flags);
    return 0;
  });
}

interface Differences {
  readonly params: ReadonlyMap<string, Changes>;
  readonly metrics: ReadonlyMap<string, Changes>;
}

function print(
  { params, metrics }: Differences,
  names: readonly [string, string],
  flags: ExpDiffFlags,
): void {
  const printer = makePrinter(flags);
  if (flags.json) return printer.json({ params: diffJson(params), metrics: diffJson(metrics) });
  const { precision = DEFAULT_PRECISION } = flags;
  const shown = { names, withPath: true };
  const tables = [
    diffTable(params, { ...shown, title: 'Param', precision: undefined, withChange: false }),
    diffTable(metrics, { ...shown, title: 'Metric', precision, withChange: true }),
  ].filter(({ rows }) => rows.length > 0);
  if (tables.length === 0) printer.line('Nothing differs.');
  for (const [index, table] of tables.entries()) {
    if (index > 0) printer.text('\n');
    printTable(
      () => table,
      () => null,
      flags,
      '',
    );
  }
}
