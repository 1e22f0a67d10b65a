// Says on stderr which plots cannot be drawn, and why.
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import type { Problem } from '../../base/problem.ts';
import { printWarning } from '../problems.ts';

/** @returns the exit code: 1 if something that was named cannot be drawn at all. */
export function reportFailures(
  plots: readonly DrawnPlot[],
  targets: readonly string[],
  { quiet = false }: { readonly quiet?: boolean } = {},
): number {
  // One file can fail in several plots.
  const seen = new Set<string>();
  for (const { plot, failures } of plots)
    for (const { revision, source, fault } of failures) {
      const problem = named(fault.problem, source ?? plot.name, revision);
      const key = JSON.stringify(problem);
      if (!quiet && !seen.has(key)) printWarning(problem);
      seen.add(key);
    }
  const isLost = ({ plot, filled, failures }: DrawnPlot): boolean =>
    failures.length > 0 && !filled && (plot.kind !== 'image' || plot.images.length === 0);
  return targets.length > 0 && plots.some(isLost) ? 1 : 0;
}

function named(problem: Problem, what: string, revision: string): Problem {
  const facts = [
    ...(problem.place?.file === what ? [] : [['plot', what] as const]),
    ...(revision === 'workspace' ? [] : [['revision', revision] as const]),
    ...(problem.facts ?? []),
  ];
  return facts.length === 0 ? problem : { ...problem, facts };
}
