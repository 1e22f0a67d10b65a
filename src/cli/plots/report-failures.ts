// Says on stderr which plots cannot be drawn, and why.
import type { Problem } from '../../base/problem.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import { printProblem, printWarning } from '../problems.ts';

export interface Asked {
  readonly targets: readonly string[];
  /** Targets that select nothing. */
  readonly unmatched: readonly string[];
  /** What is printed as JSON has the failures of plots. */
  readonly json: boolean;
}

/** @returns the exit code: 1 if something that was named cannot be drawn at all. */
export function reportFailures(plots: readonly DrawnPlot[], { targets, unmatched, json }: Asked): number {
  if (!json) for (const problem of problemsOf(plots)) printWarning(problem);
  const names = plots.map(({ plot }) => plot.name);
  for (const target of unmatched)
    printProblem({
      code: 'unknown-plot',
      title: `there is no plot and no file '${target}'`,
      hint: didYouMean(target, names) ?? 'name a plot, or a file from the current folder',
    });
  const isLost = ({ plot, filled }: DrawnPlot): boolean =>
    plot.kind === 'image' ? plot.images.length === 0 : !filled;
  return unmatched.length > 0 || (targets.length > 0 && plots.some(isLost)) ? 1 : 0;
}

/** One file can fail in several plots. */
function problemsOf(plots: readonly DrawnPlot[]): Iterable<Problem> {
  const problems = new Map<string, Problem>();
  const add = (problem: Problem): void => void problems.set(JSON.stringify(problem), problem);
  for (const { plot, filled, failures } of plots) {
    for (const { revision, source, fault } of failures)
      add(named(fault.problem, source ?? plot.name, revision));
    if (plot.kind === 'data' && !filled && failures.length === 0)
      add({
        code: 'plot-data',
        title: `${plot.name} has no rows`,
        hint: 'a plot needs rows with the same keys, such as [{"step": 0, "loss": 0.5}, …]',
      });
  }
  return problems.values();
}

function named(problem: Problem, what: string, revision: string): Problem {
  const facts = [
    ...(problem.place?.file === what ? [] : [['plot', what] as const]),
    ...(revision === 'workspace' ? [] : [['revision', revision] as const]),
    ...(problem.facts ?? []),
  ];
  return facts.length === 0 ? problem : { ...problem, facts };
}
