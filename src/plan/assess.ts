// Decides about stages without changing anything, for `status` and `repro --dry`. It calls the same function as a run does,
// and says `blocked` where the decision depends on what another stage will write.
import type { Content } from '../hash/digest.ts';
import { lockedPath, type LockedPath, type LockEntry } from '../lock/lock-entry.ts';
import { placesOf, type Placed, type WorkspacePath } from '../base/workspace-path.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { indexPaths, type PathIndex } from '../graph/path-index.ts';
import { decide } from './decide.ts';
import { isOfLostOut, type Decision, type Reason } from './decision.ts';
import { countingChanges } from './input-changes.ts';
import type { Inputs } from './fingerprint.ts';
import { determinesDeps, withExpected } from './expected.ts';
import { declaredInputs, gatherInputs, readDeps } from './inputs.ts';
import { lookupFor } from './lookup.ts';
import { readsAny } from './overlap.ts';
import type { Vanished, VanishedOut } from './vanished.ts';
import { walk, type Outcome } from './walk.ts';
import type { Workspace } from './workspace.ts';

/** @param stages in any order; all others count as they are in the workspace. @returns one decision per stage. */
export function assess(
  stages: readonly Stage[],
  workspace: Workspace,
  vanished: Vanished,
  force: boolean,
): Promise<ReadonlyMap<StageAddress, Decision>> {
  return new Assessment(workspace, vanished, force).of(stages);
}

class Assessment {
  readonly #workspace: Workspace;
  readonly #vanished: Vanished;
  readonly #leaving: PathIndex<VanishedOut>;
  readonly #force: boolean;
  readonly #decisions = new Map<StageAddress, Decision>();
  /** Outputs that a restore would bring, if their content determines the dependencies on them. */
  readonly #expected = new Map<WorkspacePath, Content>();

  constructor(workspace: Workspace, vanished: Vanished, force: boolean) {
    this.#workspace = workspace;
    this.#vanished = vanished;
    this.#leaving = indexPaths(vanished.outs.map((out) => [out.at, out]));
    this.#force = force;
  }

  async of(stages: readonly Stage[]): Promise<ReadonlyMap<StageAddress, Decision>> {
    await walk(stages, this.#workspace.graph, async (stage, before) => {
      const decision = await this.#decide(stage, before);
      this.#decisions.set(stage.address, decision);
      const restored = this.#restoredBy(stage, decision);
      if (!restored) return outcomeOf(decision);
      this.#expect(stage, restored);
      return 'would-restore';
    });
    return this.#decisions;
  }

  async #decide(stage: Stage, before: ReadonlyMap<StageAddress, Outcome>): Promise<Decision> {
    const { locks, rules, freshMemory } = this.#workspace;
    if (!this.#force && freshMemory?.isFresh(stage, before)) return FRESH;
    const unsettled = this.#unsettledBefore(stage, before);
    const leaving = this.#leavingFrom(stage);
    const on = [
      ...unsettled.map(({ address }) => address),
      ...leaving.map((out) => out.stage as StageAddress),
    ];
    if (on.length > 0 && !stage.frozen) {
      const open = [...unsettled.flatMap(({ outs }) => outs), ...leaving];
      const reasons = await knownReasons(stage, open, this.#workspace);
      return { kind: 'blocked', on: [...new Set(on)], reasons };
    }
    const lookup = lookupFor(stage, this.#workspace);
    const inputs = await this.#inputsOf(stage);
    return decide(stage, locks.entry(stage), inputs, lookup, { rules, force: this.#force });
  }

  /** Stages before this one whose run would write what it reads, with unknown content. */
  #unsettledBefore(stage: Stage, before: ReadonlyMap<StageAddress, Outcome>): Stage[] {
    let isUnexpected: ((out: Placed) => boolean) | undefined;
    const isExpected = ({ outs }: Stage): boolean => {
      isUnexpected ??= readsAny(stage.deps.filter(({ at }) => !this.#expected.has(at)));
      return !outs.some(isUnexpected);
    };
    return [...before]
      .filter(([, outcome]) => outcome !== 'fresh')
      .map(([address, outcome]) => ({ outcome, stage: this.#workspace.graph.stage(address)! }))
      .filter(({ outcome, stage: producer }) => outcome !== 'would-restore' || !isExpected(producer))
      .map(({ stage: producer }) => producer);
  }

  /** Outputs that are no longer declared, and that the run would remove from what this stage reads. */
  #leavingFrom({ deps }: Stage): readonly VanishedOut[] {
    if (this.#vanished.outs.length === 0) return [];
    const found = deps.flatMap(placesOf).flatMap((place) => {
      const equal = this.#leaving.equal(place);
      return equal ? [equal] : this.#leaving.inside(place);
    });
    return [...new Set(found)];
  }

  async #inputsOf(stage: Stage): Promise<Inputs> {
    const inputs = await gatherInputs(stage, this.#workspace);
    return withExpected(stage, inputs, this.#expected);
  }

  /** Lost outputs of frozen stages and data are restored, too. */
  #restoredBy(stage: Stage, decision: Decision): readonly LockedPath[] | undefined {
    if (decision.kind === 'restore') return decision.outs;
    const entry = this.#workspace.locks.entry(stage);
    if (decision.kind !== 'frozen' || decision.reasons.length === 0 || !entry) return undefined;
    const lost = new Set(decision.reasons.map((reason) => (isOfLostOut(reason) ? reason.path : undefined)));
    const lacking = entry.outs.filter(({ path }) => lost.has(path));
    const isKept =
      lacking.length === lost.size && lacking.every(({ content }) => this.#workspace.store.has(content));
    return isKept ? entry.outs : undefined;
  }

  #expect(stage: Stage, outs: readonly LockedPath[]): void {
    for (const { path, at } of stage.outs) {
      const content = lockedPath(outs, path)?.content;
      if (content && determinesDeps(content, this.#workspace.store)) this.#expected.set(at, content);
    }
  }
}

const FRESH: Decision = { kind: 'fresh' };

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

/** Why a blocked stage is stale already: changes in what does not depend on the stages that it waits for. */
async function knownReasons(stage: Stage, open: readonly Placed[], workspace: Workspace): Promise<Reason[]> {
  const { locks, rules } = workspace;
  const entry = locks.entry(stage);
  if (!entry) return [{ kind: 'new' }];
  const isOpen = readsAny(open);
  const [unknown, settled] = [stage.deps.filter(isOpen), stage.deps.filter((dep) => !isOpen(dep))];
  const deps = await readDeps(settled, entry.deps, workspace);
  const paths = new Set(unknown.map((dep) => dep.path));
  const before: LockEntry = { ...entry, deps: entry.deps.filter((dep) => !paths.has(dep.path)) };
  const now: Inputs = { ...declaredInputs(stage, workspace), deps };
  return countingChanges(stage, before, now, rules).map((change): Reason => ({
    kind: 'changed',
    change,
  }));
}
