// Visits stages in dependency order, each as soon as everything before it is settled. Decides nothing itself.
import type { Stage, StageAddress } from '../pipeline/stage.ts';

/** What became of a stage. */
export type Outcome =
  | 'fresh'
  | 'restored'
  | 'ran'
  /** Of `status` and `--dry`: what the run would do. */
  | 'would-restore'
  | 'would-run'
  | 'blocked'
  | 'failed'
  /** Not started, because a stage before it failed or the run was stopped. */
  | 'skipped';

export interface WalkGraph {
  /** Stages that must be settled before this one, within the walk. */
  dependencies(stage: Stage): readonly Stage[];
}

/**
 * Calls `visit` once per stage with the outcomes of its dependencies, and resolves with all outcomes. `visit` may take
 * as long as it likes: stages that do not depend on it go on. Rejects when `visit` does, once no visit is under way.
 */
export async function walk(
  stages: readonly Stage[],
  graph: WalkGraph,
  visit: (stage: Stage, before: ReadonlyMap<StageAddress, Outcome>) => Promise<Outcome>,
): Promise<ReadonlyMap<StageAddress, Outcome>> {
  const outcomes = new Map<StageAddress, Outcome>();
  const waiting = new Map<StageAddress, number>();
  const dependents = new Map<StageAddress, Stage[]>();
  const before = new Map<StageAddress, readonly Stage[]>();
  const included = new Set(stages.map((stage) => stage.address));

  for (const stage of stages) {
    const dependencies = graph.dependencies(stage).filter((dependency) => included.has(dependency.address));
    before.set(stage.address, dependencies);
    waiting.set(stage.address, dependencies.length);
    for (const dependency of dependencies) {
      const list = dependents.get(dependency.address);
      if (list) list.push(stage);
      else dependents.set(dependency.address, [stage]);
    }
  }

  const errors: unknown[] = [];
  await new Promise<void>((resolve) => {
    let open = 0;
    const start = (stage: Stage): void => {
      open += 1;
      const settled = new Map(
        before.get(stage.address)!.map(({ address }) => [address, outcomes.get(address)!]),
      );
      visit(stage, settled).then(
        (outcome) => finish(stage, outcome),
        (error: unknown) => {
          errors.push(error);
          open -= 1;
          if (open === 0) resolve();
        },
      );
    };
    const finish = (stage: Stage, outcome: Outcome): void => {
      outcomes.set(stage.address, outcome);
      if (errors.length === 0) {
        for (const dependent of dependents.get(stage.address) ?? []) {
          const left = waiting.get(dependent.address)! - 1;
          waiting.set(dependent.address, left);
          if (left === 0) start(dependent);
        }
      }
      open -= 1;
      if (open === 0) resolve();
    };
    const ready = stages.filter((stage) => waiting.get(stage.address) === 0);
    if (ready.length === 0) resolve();
    // Counted before any visit can finish, so that the walk does not end early.
    open += 1;
    for (const stage of ready) start(stage);
    open -= 1;
  });
  if (errors.length > 0) throw errors[0];
  return outcomes;
}
