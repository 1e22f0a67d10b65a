// Visits stages in dependency order, each as soon as everything before it is settled. Decides nothing itself.
import { LazyMap } from '../base/lazy-map.ts';
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

/** A stage on its way through the walk. */
interface Step {
  readonly stage: Stage;
  /** Dependencies within the walk. */
  before: readonly Step[];
  /** Those that have it among their dependencies. */
  dependents: Step[] | undefined;
  /** How many dependencies are not settled. */
  unsettled: number;
  outcome: Outcome | undefined;
}

class Walk {
  readonly #visit: Visit;
  readonly #steps = new Map<StageAddress, Step>();
  /** In the order in which they became ready; the first `#started` of them were visited. */
  readonly #ready: Step[];
  readonly #errors: unknown[] = [];
  #started = 0;
  #underWay = 0;
  #looking = 0;
  readonly #end = Promise.withResolvers<void>();

  constructor(stages: readonly Stage[], graph: WalkGraph, visit: Visit) {
    this.#visit = visit;
    for (const stage of stages) this.#steps.set(stage.address, newStep(stage));
    for (const step of this.#steps.values()) {
      step.before = this.#stepsOf(graph.dependencies(step.stage));
      step.unsettled = step.before.length;
      for (const dependency of step.before) {
        if (dependency.dependents) dependency.dependents.push(step);
        else dependency.dependents = [step];
      }
    }
    this.#ready = [...this.#steps.values()].filter(({ unsettled }) => unsettled === 0);
  }

  async run(): Promise<ReadonlyMap<StageAddress, Outcome>> {
    this.#startReady();
    await this.#end.promise;
    if (this.#errors.length > 0) throw this.#errors[0];
    return new LazyMap(this.#steps, (address) => this.#steps.get(address)!.outcome!);
  }

  #stepsOf(stages: readonly Stage[]): readonly Step[] {
    return stages.length === 0 ? NO_STEPS : stages.flatMap(({ address }) => this.#steps.get(address) ?? []);
  }

  #startReady(): void {
    while (this.#looking < LOOKING && this.#started < this.#ready.length && this.#errors.length === 0) {
      const step = this.#ready[this.#started]!;
      this.#started += 1;
      void this.#start(step);
    }
    if (this.#underWay === 0) this.#end.resolve();
  }

  async #start(step: Step): Promise<void> {
    this.#underWay += 1;
    this.#looking += 1;
    let isLooking = true;
    const decided = (): void => {
      if (isLooking) this.#looking -= 1;
      isLooking = false;
      this.#startReady();
    };
    try {
      this.#settle(step, await this.#visit(step.stage, outcomesBefore(step), decided));
    } catch (error) {
      this.#errors.push(error);
    }
    this.#underWay -= 1;
    decided();
  }

  #settle(step: Step, outcome: Outcome): void {
    step.outcome = outcome;
    for (const dependent of step.dependents ?? []) {
      dependent.unsettled -= 1;
      if (dependent.unsettled === 0) this.#ready.push(dependent);
    }
  }
}

const NO_STEPS: readonly Step[] = [];

const newStep = (stage: Stage): Step => ({
  stage,
  before: NO_STEPS,
  dependents: undefined,
  unsettled: 0,
  outcome: undefined,
});

function outcomesBefore({ before }: Step): ReadonlyMap<StageAddress, Outcome> {
  if (before.length === 0) return NONE;
  return new Map(before.map(({ stage, outcome }) => [stage.address, outcome!]));
}
