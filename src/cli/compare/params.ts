// `pipe params diff`.
import type { SideValues } from '../../compare/file-values.ts';
import { collectParams, experimentParams, type ParamsChoice } from '../../revision/collect-params.ts';
import type { Reading } from '../../revision/read-values.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import { printDiff, type DiffFlags } from './metrics.ts';
import { reportFailures } from './output.ts';
import { readingOf } from './reading.ts';
import { valuesAt, withSides, type Side, type Sides } from './sides.ts';

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
    const found = [
      await paramsAt(old, choice, sides, reading),
      await paramsAt(now, choice, sides, reading),
    ] as const;
    reportFailures(found, 'parameters');
    printDiff(found, 'Param', sides, flags);
    return 0;
  });
}

export const paramsAt = (
  side: Side,
  choice: ParamsChoice,
  sides: Sides,
  reading: Reading,
): Promise<SideValues> =>
  valuesAt(
    side,
    (revision) => collectParams(revision, choice, reading),
    async (of) =>
      experimentParams(of.record.params, await sides.here.revision(), await of.base(), choice, reading),
  );
