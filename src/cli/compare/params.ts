// `pipe params diff`.
import type { SideValues } from '../../compare/file-values.ts';
import { collectParams, experimentParams } from '../../revision/collect-params.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import { printDiff, type DiffFlags } from './metrics.ts';
import { reportFailures } from './output.ts';
import { readingOf } from './reading.ts';
import { valuesAt, withSides, type Side } from './sides.ts';

export interface ParamsDiffFlags extends DiffFlags {
  /** Only what stages depend on. */
  readonly deps?: true;
}

/** @returns the exit code. */
export function paramsDiffCommand(
  a: string | undefined,
  b: string | undefined,
  flags: ParamsDiffFlags,
): Promise<number> {
  return withSides(async (sides) => {
    const [old, now] = [await sides.at(a ?? 'HEAD'), await sides.at(b ?? WORKSPACE)];
    const reading = readingOf(sides, flags);
    const choice = { targets: (flags.targets ?? []).map(sides.inside), depsOnly: flags.deps === true };
    const collect = (side: Side): Promise<SideValues> =>
      valuesAt(
        side,
        (revision) => collectParams(revision, choice, reading),
        async ({ params }) => experimentParams(params, await sides.here.revision(), choice),
      );
    const found = [await collect(old), await collect(now)] as const;
    reportFailures(found, 'parameters');
    printDiff(found, 'Param', sides, flags);
    return 0;
  });
}
