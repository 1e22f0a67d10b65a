// Visits stages in dependency order, each as soon as everything before it is settled. Decides nothing itself.
import type { Stage, StageAddress } from '../pipeline/stage.ts';

/** The result of a stage in a walk. */
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
 * @param before outcomes of the stages that this one depends on.
 * @param decided called once the visit only waits from here on: other visits may start then, at the latest at its end.
 */
export type Visit = (
  stage: Stage,
  before: ReadonlyMap<StageAddress, Outcome>,
  decided: () => void,
) => Promise<Outcome>;

const NONE: ReadonlyMap<StageAddress, Outcome> = new Map();

/** Visits that look at files at a time: thousands at once would fill the memory with half of each. */
const LOOKING = 32;

/**
 * Calls `visit` once per stage, and resolves with all outcomes. A visit may take any time: stages that do not depend on it
 * go on. Rejects when a visit does, once all visits have ended.
 */
export function walk(
  stages: readonly Stage[],
  graph: WalkGraph,
  visit: Visit,
): Promise<ReadonlyMap<StageAddress, Outcome>> {
  return new Walk(stages, graph, visit).run();
}

class Walk {
  readonly #visit: Visit;
  readonly #outcomes = new Map<StageAddress, Outcome>();
  /** Dependencies within the walk. */
  readonly #before = new Map<StageAddress, readonly Stage[]>();
  readonly #dependents = new Map<StageAddress, Stage[]>();
  /** How many dependencies of each stage are not settled. */
  readonly #unsettled = new Map<StageAddress, number>();
  /** In the order in which they became ready; the first `#started` of them were visited. */
  readonly #ready: Stage[];
  readonly #errors: unknown[] = [];
  #started = 0;
  #underWay = 0;
  #looking = 0;
  readonly #end = Promise.withResolvers<void>();

  constructor(stages: readonly Stage[], graph: WalkGraph, visit: Visit) {
    this.#visit = visit;
    const included = new Set(stages.map((stage) => stage.address));
    for (const stage of stages) {
      const dependencies = graph.dependencies(stage);
      const before = dependencies.every(({ address }) => included.has(address))
        ? dependencies
        : dependencies.filter(({ address }) => included.has(address));
      this.#before.set(stage.address, before);
      this.#unsettled.set(stage.address, before.length);
      for (const { address } of before) {
        const dependents = this.#dependents.get(address);
        if (dependents) dependents.push(stage);
        else this.#dependents.set(address, [stage]);
      }
    }
    this.#ready = stages.filter(({ address }) => this.#unsettled.get(address) === 0);
  }

  async run(): Promise<ReadonlyMap<StageAddress, Outcome>> {
    this.#startReady();
    await this.#end.promise;
    if (this.#errors.length > 0) throw this.#errors[0];
    return this.#outcomes;
  }

  #startReady(): void {
    while (this.#looking < LOOKING && this.#started < this.#ready.length && this.#errors.length === 0) {
      const stage = this.#ready[this.#started]!;
      this.#started += 1;
      void this.#start(stage);
    }
    if (this.#underWay === 0) this.#end.resolve();
  }

  async #start(stage: Stage): Promise<void> {
    this.#underWay += 1;
    this.#looking += 1;
    let isLooking = true;
    const decided = (): void => {
      if (isLooking) this.#looking -= 1;
      isLooking = false;
      this.#startReady();
    };
    try {
      this.#settle(stage, await this.#visit(stage, this.#outcomesBefore(stage), decided));
    } catch (error) {
      this.#errors.push(error);
    }
    this.#underWay -= 1;
    decided();
  }

  #outcomesBefore({ address }: Stage): ReadonlyMap<StageAddress, Outcome> {
    const before = this.#before.get(address)!;
    if (before.length === 0) return NONE;
    return new Map(before.map((stage) => [stage.address, this.#outcomes.get(stage.address)!]));
  }

  #settle({ address }: Stage, outcome: Outcome): void {
    this.#outcomes.set(address, outcome);
    for (const dependent of this.#dependents.get(address) ?? []) {
      const left = this.#unsettled.get(dependent.address)! - 1;
      this.#unsettled.set(dependent.address, left);
      if (left === 0) this.#ready.push(dependent);
    }
  }
}
