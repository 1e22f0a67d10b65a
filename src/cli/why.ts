// `pipe why`: explains one stage from the same fields as its fingerprint.
import { PipeError } from '../base/problem.ts';
import { makersByPath } from '../graph/makers.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { changedFolders } from '../plan/changed-folders.ts';
import { countingChanges } from '../plan/input-changes.ts';
import { fieldsOf } from '../plan/fingerprint.ts';
import { gatherInputs } from '../plan/inputs.ts';
import type { Decision } from '../plan/decision.ts';
import { recallHistory } from '../run/history.ts';
import { whyJson } from '../show/status/why-json.ts';
import { whyText } from '../show/status/why-text.ts';
import { wantsColour } from '../show/text/colour.ts';
import { decidedStages, load, selectStages, type OverlayFlags } from '../session/load.ts';
import { assessStages } from '../session/assess-stages.ts';
import { withWorkspace } from '../session/with-workspace.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { reportOf } from './status.ts';

export type WhyFlags = OverlayFlags & OutputFlags;

/** @returns the exit code. */
export async function whyCommand(target: string, flags: WhyFlags): Promise<number> {
  const loaded = await load(flags);
  const { graph } = loaded;
  const named = selectStages(loaded, [target], { single: true });
  if (named.length !== 1) throw new PipeError(severalProblem(target, named));
  const stage = named[0]!;
  const stages = decidedStages(loaded, [stage.address]);
  const story = await withWorkspace(loaded, flags, async (workspace) => {
    const { vanished, decisions } = await assessStages(stages, workspace);
    const inputs = await gatherInputs(stage, workspace);
    const folders = await changedFolders(decisions, workspace);
    const entry = workspace.locks.entry(stage);
    return {
      stage,
      decision: decisions.get(stage.address)!,
      current: fieldsOf(inputs),
      changes: entry && countingChanges(stage, entry, inputs, workspace.rules),
      makers: makersByPath(stage.deps, graph.dependencies(stage).filter(isStaleIn(decisions))),
      report: { ...reportOf(stages, decisions, vanished, workspace), folders },
      last: recallHistory(workspace.history).findLast((past) => past.stage === stage.address),
    };
  });
  const print = makePrinter(flags);
  if (flags.json) print.json(whyJson(story));
  else print.text(whyText(story, { colour: wantsColour(process.stdout) }));
  return 0;
}

const isStaleIn =
  (decisions: ReadonlyMap<StageAddress, Decision>) =>
  ({ address }: Stage): boolean =>
    !['fresh', 'frozen'].includes(decisions.get(address)?.kind ?? 'fresh');

function severalProblem(
  target: string,
  stages: readonly Stage[],
): ConstructorParameters<typeof PipeError>[0] {
  return {
    code: 'several-stages',
    title: `'${target}' names ${stages.length} stages; this command explains one`,
    facts: [
      [
        'stages',
        stages
          .slice(0, 5)
          .map(({ address }) => address)
          .join(', ') + (stages.length > 5 ? ', …' : ''),
      ],
    ],
    hint: `for example: pipe why ${stages[0]?.address}`,
  };
}
