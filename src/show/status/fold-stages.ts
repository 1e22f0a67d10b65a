// Folds the stages of a report that are stale for like reasons into one entry, so that ninety members of a matrix are a
// line and not ninety. Owns no wording beyond the reasons'.
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import type { Value } from '../../base/value.ts';
import { isMap } from '../../base/spelling.ts';
import type { Decision, Reason } from '../../plan/decision.ts';
import type { FileChange } from '../../plan/folder-changes.ts';
import { groupAddress } from '../dag/groups.ts';
import { groupPart } from '../text/group-part.ts';
import { describeReason, valueText } from './reason-text.ts';
import { spelledOut } from '../text/spell-out.ts';
import { nearestCauses, stateOf, type StageStatus, type StatusReport } from './status-report.ts';

/** Members of one group (or one stage) that are stale or blocked for like reasons. */
export interface Fold {
  readonly members: readonly StageStatus[];
  readonly kind: Decision['kind'];
  /** Each like reason once; where the members differ, what they have in common. */
  readonly reasons: readonly string[];
  /** `train (45)`, `prep`: what they wait for. */
  readonly waitsFor: readonly string[];
  /** Files that changed in folders, where that is the same for all members. */
  readonly files: readonly FileChange[];
  /** Of members that never ran: what distinguishes them from the others, `learning_rate 0.002`. */
  readonly apart: readonly string[];
}

export interface FoldedGroup {
  /** Address of the group, or of the stage. */
  readonly name: string;
  /** How many stages the group has, fresh ones included. */
  readonly size: number;
  readonly folds: readonly Fold[];
  /** Stages of this group that are no longer declared, and what they left. */
  readonly vanished: StatusReport['vanished'];
}

/** In the order of the first stale member; groups of which only vanished stages are left come last. */
export function* foldReport(report: StatusReport): Generator<FoldedGroup, void> {
  const causes = nearestCauses(report);
  const vanished = Map.groupBy(report.vanished, ({ name }) => groupPart(name));
  const stale = report.stages.filter(isStale);
  const shown = new Set([...stale.map(({ stage }) => groupAddress(stage)), ...vanished.keys()]);
  const all = Map.groupBy(
    report.stages.filter(({ stage }) => shown.has(groupAddress(stage))),
    ({ stage }) => groupAddress(stage),
  );
  for (const [name, members] of all) {
    const likes = Map.groupBy(members.filter(isStale), (status) =>
      likeness(status, causes.get(status.stage.address) ?? []),
    );
    const gone = vanished.get(name) ?? [];
    vanished.delete(name);
    const folds = [...likes.values()].map((list) => foldOf(list, members, causes, report.folders));
    if (folds.length > 0 || gone.length > 0) yield { name, size: members.length, folds, vanished: gone };
  }
  for (const [name, gone] of vanished) yield { name, size: 0, folds: [], vanished: gone };
}

const isStale = ({ decision }: StageStatus): boolean => stateOf(decision) !== 'fresh';

/** Two stages with equal text here are reported together. */
function likeness({ decision }: StageStatus, on: readonly StageAddress[]): string {
  const shapes = reasonsOf(decision).map(shapeOf);
  return JSON.stringify([decision.kind, [...new Set(shapes)].sort(), [...new Set(on.map(groupPart))].sort()]);
}

export const reasonsOf = (decision: Decision): readonly Reason[] =>
  decision.kind === 'fresh' ? [] : decision.reasons;

/** A reason without what distinguishes the members of a group. */
function shapeOf(reason: Reason): string {
  switch (reason.kind) {
    case 'changed': {
      const { kind, status, key } = reason.change;
      return kind === 'param' || kind === 'env' ? `${kind} ${key.join(':')} ${status}` : `${kind} ${status}`;
    }
    case 'new':
    case 'out-missing':
    case 'out-modified':
    case 'out-not-in-cache':
    case 'always-changed':
    case 'forced':
      return reason.kind;
  }
}

function foldOf(
  members: readonly StageStatus[],
  group: readonly StageStatus[],
  causes: ReadonlyMap<StageAddress, readonly StageAddress[]>,
  folders: StatusReport['folders'],
): Fold {
  const { decision } = members[0]!;
  const isNew = reasonsOf(decision).some(({ kind }) => kind === 'new');
  return {
    members,
    kind: decision.kind,
    reasons: members.length === 1 ? reasonsOf(decision).map(describeReason) : commonReasons(members),
    waitsFor: foldCauses(members.map(({ stage }) => causes.get(stage.address) ?? [])),
    files: commonFiles(members, folders),
    apart: isNew ? whatSetsApart(members, group) : [],
  };
}

export function commonFiles(
  members: readonly StageStatus[],
  folders: StatusReport['folders'],
): readonly FileChange[] {
  const lists = members.map(({ stage }) => filesOf(stage, folders));
  const [first] = lists;
  return lists.every((list) => JSON.stringify(list) === JSON.stringify(first)) ? first! : [];
}

/** With several changed folders each file is named with its folder. */
function filesOf(stage: Stage, folders: StatusReport['folders']): FileChange[] {
  const changed = [...(folders?.get(stage.address) ?? [])];
  return changed.flatMap(([folder, files]) =>
    changed.length === 1 ? files : files.map(({ path, status }) => ({ path: `${folder}/${path}`, status })),
  );
}

function commonReasons(members: readonly StageStatus[]): string[] {
  const shapes = new Map<string, { reason: Reason; texts: string[] }>();
  for (const { decision } of members) {
    for (const [shape, reasons] of Map.groupBy(reasonsOf(decision), shapeOf)) {
      const known = shapes.get(shape) ?? { reason: reasons[0]!, texts: [] };
      known.texts.push(reasons.map(describeReason).join('; '));
      shapes.set(shape, known);
    }
  }
  return [...shapes.values()].map(({ reason, texts }) => {
    const different = new Set(texts);
    return different.size === 1 ? texts[0]! : inGeneral(reason);
  });
}

/** A reason that differs from member to member. */
function inGeneral(reason: Reason): string {
  switch (reason.kind) {
    case 'changed': {
      const { kind, key, status } = reason.change;
      switch (kind) {
        case 'cmd':
          return 'cmd changed';
        case 'wdir':
          return 'wdir changed';
        case 'env':
          return `env: ${spelledOut(key[0]!)} changed`;
        case 'param':
          return `params: ${spelledOut(key.at(-1)!)} changed`;
        case 'dep':
          return `deps ${status}`;
        case 'mode':
          return 'deps: executable bits changed';
        case 'links':
          return 'deps: what links lead to changed';
        case 'out':
          return `outs ${status === 'removed' ? 'no longer declared' : 'newly declared'}`;
      }
    }
    case 'out-missing':
      return 'out missing';
    case 'out-modified':
      return 'out modified';
    case 'out-not-in-cache':
      return 'out not in cache';
    case 'new':
    case 'always-changed':
    case 'forced':
      return describeReason(reason);
  }
}

function foldCauses(lists: readonly (readonly StageAddress[])[]): string[] {
  const groups = Map.groupBy(new Set(lists.flat()), groupPart);
  return [...groups].map(([group, stages]) => {
    if (stages.length === 1) return stages[0]!;
    // Each member of the one group waits for its own of the other: their total says nothing.
    const each = lists.every((list) => list.filter((address) => groupPart(address) === group).length <= 1);
    return each ? group : `${group} (${stages.length})`;
  });
}

/** Keys of `item` whose values occur among the new members only. */
function whatSetsApart(members: readonly StageStatus[], group: readonly StageStatus[]): string[] {
  const fresh = new Set(members.map(({ stage }) => stage));
  const others = group.filter(({ stage }) => !fresh.has(stage));
  if (others.length === 0) return [];
  const first = members[0]!.stage.item;
  if (!isMap(first)) return [];
  return [...first.keys()].flatMap((key): string[] => {
    const here = new Set(members.map(({ stage }) => valueAt(stage, key)));
    const there = new Set(others.map(({ stage }) => valueAt(stage, key)));
    if (here.size > 3 || [...here].some((value) => there.has(value))) return [];
    return [`${String(key)} ${[...here].join(', ')}`];
  });
}

function valueAt(stage: Stage, key: Value): string {
  return isMap(stage.item) ? valueText(stage.item.get(key as string)) : '';
}
