// The walk that changes nothing: what `status` and `repro --dry` print. It asks the same function as a run does, and
// says `blocked` where the answer depends on what another stage is yet to make.
import type { Content } from '../hash/digest.ts';
import type { LockEntry } from '../lock/lock-entry.ts';
import { placesOf, type Placed, type WorkspacePath } from '../base/workspace-path.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { decide } from './decide.ts';
import type { Decision, Reason } from './decision.ts';
import { countingChanges } from './input-changes.ts';
import type { Inputs } from './fingerprint.ts';
import { saysAll } from './expected.ts';
import { declaredInputs, gatherInputs } from './inputs.ts';
import { lookupFor } from './lookup.ts';
import { contains, reads } from './overlap.ts';
import type { Vanished } from './vanished.ts';
import { walk, type Outcome } from './walk.ts';
import type { Workspace } from './workspace.ts';

/** @param stages in any order; those outside are taken as they stand. @returns one decision per stage. */
export async function assess(
  stages: readonly Stage[],
  workspace: Workspace,
  vanished: Vanished,
  force: boolean,
): Promise<ReadonlyMap<StageAddress, Decision>> {
  const decisions = new Map<StageAddress, Decision>();
  /** Outputs that a restore would bring, as far as they say all about dependencies on them. */
  const expected = new Map<WorkspacePath, Content>();

  const visit = async (stage: Stage, before: ReadonlyMap<StageAddress, Outcome>): Promise<Outcome> => {
    const upstream = [...before]
      .filter(([, outcome]) => outcome !== 'fresh')
      .map(([address]) => workspace.graph.stage(address)!);
    const unsettled = upstream.filter(({ address, outs }) => {
      const known = before.get(address) === 'would-restore';
      return !known || stage.deps.some((dep) => outs.some((out) => reads(dep, out) && !expected.has(dep.at)));
    });
    const leaving = vanished.outs.filter((out) =>
      stage.deps.some((dep) => placesOf(dep).some((place) => contains(place, out.at))),
    );
    const on = [
      ...unsettled.map(({ address }) => address),
      ...leaving.map((out) => out.stage as StageAddress),
    ];
    const decision: Decision =
      on.length > 0 && !stage.frozen
        ? {
            kind: 'blocked',
            on: [...new Set(on)],
            reasons: await knownReasons(
              stage,
              [...unsettled.flatMap(({ outs }) => outs), ...leaving],
              workspace,
            ),
          }
        : await decide(
            stage,
            workspace.locks.entry(stage),
            await inputsOf(stage),
            lookupFor(stage, workspace),
            { rules: workspace.rules, force },
          );
    decisions.set(stage.address, decision);
    if (decision.kind === 'restore') {
      const contentOf = new Map(decision.outs.map((out) => [out.path, out.content]));
      for (const { path, at } of stage.outs) {
        const content = contentOf.get(path);
        if (content && saysAll(content, workspace.store)) expected.set(at, content);
      }
    }
    return outcomeOf(decision);
  };

  const inputsOf = async (stage: Stage): Promise<Inputs> => {
    const inputs = await gatherInputs(stage, workspace);
    return {
      ...inputs,
      deps: inputs.deps.map((dep, index) => ({
        ...dep,
        content: expected.get(stage.deps[index]!.at) ?? dep.content,
      })),
    };
  };

  await walk(stages, workspace.graph, visit);
  return decisions;
}

function outcomeOf(decision: Decision): Outcome {
  switch (decision.kind) {
    case 'fresh':
    case 'frozen':
      return 'fresh';
    case 'restore':
      return 'would-restore';
    case 'run':
      return 'would-run';
    case 'blocked':
      return 'blocked';
  }
}

/** What makes a blocked stage stale already now: changes that do not lie in what it waits for. */
async function knownReasons(stage: Stage, open: readonly Placed[], workspace: Workspace): Promise<Reason[]> {
  const { locks, contents, rules } = workspace;
  const entry = locks.entry(stage);
  if (!entry) return [{ kind: 'new' }];
  const settled = stage.deps.filter((dep) => !open.some((out) => reads(dep, out)));
  const paths = new Set(stage.deps.filter((dep) => !settled.includes(dep)).map((dep) => dep.path));
  const deps = await Promise.all(
    settled.map(async ({ path, at }) => ({
      path,
      content: await contents.input(at, entry.deps.find((dep) => dep.path === path)?.content),
    })),
  );
  const before: LockEntry = { ...entry, deps: entry.deps.filter((dep) => !paths.has(dep.path)) };
  const now: Inputs = { ...declaredInputs(stage, workspace), deps };
  return countingChanges(stage, before, now, rules).map((change): Reason => ({
    kind: 'changed',
    change,
  }));
}
