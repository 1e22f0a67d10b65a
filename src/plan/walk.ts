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
 * @param before what became of the stages that this one depends on.
 * @param decided to be called once nothing but waiting is left to do: others are begun then, at the latest at the end.
 */
export type Visit = (
  stage: Stage,
  before: ReadonlyMap<StageAddress, Outcome>,
  decided: () => void,
) => Promise<Outcome>;

/** Visits that look at files at a time: begun all at once, thousands of them would fill the memory with half of each. */
const LOOKING = 32;

/**
 * Calls `visit` once per stage, and resolves with all outcomes. It may take as long as it likes: stages that do not
 * depend on it go on. Rejects when `visit` does, once no visit is under way.
 */
export async function walk(
  stages: readonly Stage[],
  graph: WalkGraph,
  visit: Visit,
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
  const ready = stages.filter((stage) => waiting.get(stage.address) === 0);
  const finish = (stage: Stage, outcome: Outcome): void => {
    outcomes.set(stage.address, outcome);
    for (const dependent of dependents.get(stage.address) ?? []) {
      const left = waiting.get(dependent.address)! - 1;
      waiting.set(dependent.address, left);
      if (left === 0) ready.push(dependent);
    }
  };
  await new Promise<void>((resolve) => {
    let begun = 0;
    let underWay = 0;
    let looking = 0;
    const mayBegin = (): boolean => looking < LOOKING && begun < ready.length && errors.length === 0;
    const begin = (): void => {
      while (mayBegin()) look(ready[begun++]!);
      if (underWay === 0) resolve();
    };
    const look = (stage: Stage): void => {
      underWay += 1;
      looking += 1;
      let isLooking = true;
      const decided = (): void => {
        if (isLooking) looking -= 1;
        isLooking = false;
        begin();
      };
      const settled = new Map(
        before.get(stage.address)!.map(({ address }) => [address, outcomes.get(address)!]),
      );
      void visit(stage, settled, decided)
        .then(
          (outcome) => finish(stage, outcome),
          (error: unknown) => void errors.push(error),
        )
        .then(() => {
          underWay -= 1;
          decided();
        });
    };
    begin();
  });
  if (errors.length > 0) throw errors[0];
  return outcomes;
}
