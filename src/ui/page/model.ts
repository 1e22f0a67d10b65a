// The view with everything that is looked up in it again and again: names, groups, what reads what, and what a run says now.
import type { Stage } from '../../pipeline/stage.ts';
import { groupBoxes } from '../../show/dag/groups.ts';
import type { StageGraph } from '../../graph/stage-graph.ts';
import type { ProjectView, StageView } from '../contract.ts';
import type { RunState } from './run-state.ts';

/** What a stage looks like: its place in a run that goes on, else what the view says of it. */
export type ShownState =
  | 'fresh'
  | 'stale'
  | 'blocked'
  | 'frozen'
  | 'waiting'
  | 'running'
  | 'ran'
  | 'restored'
  | 'failed'
  | 'skipped';

export interface Model {
  readonly view: ProjectView;
  readonly places: ReadonlyMap<string, number>;
  readonly readBy: readonly (readonly number[])[];
  /** Members by group, where they are shown as one box. */
  readonly groups: ReadonlyMap<string, readonly number[]>;
}

export function makeModel(view: ProjectView): Model {
  const { stages } = view;
  const readBy: number[][] = stages.map(() => []);
  for (const [index, { reads }] of stages.entries()) for (const from of reads) readBy[from]!.push(index);
  const places = new Map(stages.map(({ name }, index) => [name, index]));
  const boxes = boxesOf(stages);
  const groups = new Map<string, number[]>();
  for (const [index, { name }] of stages.entries()) {
    const box = boxes.get(name)!;
    if (box === name && stages[index]!.group !== box) continue;
    const members = groups.get(box);
    if (members) members.push(index);
    else groups.set(box, [index]);
  }
  return { view, places, readBy, groups };
}

/** The rule of `pipe dag`: members of a group are one box, unless that makes a circle. */
function boxesOf(stages: readonly StageView[]): ReadonlyMap<string, string> {
  const list = stages.map(({ name, group }, index) => ({ address: name, name, group, index }));
  const graph = {
    dependencies: ({ index }: { index: number }) => stages[index]!.reads.map((read) => list[read]!),
  };
  return groupBoxes(graph as unknown as StageGraph, list as unknown as Stage[]);
}

/** Boxes and edges of the picture. @param open groups whose members are boxes of their own. */
export interface Picture {
  readonly boxes: readonly { readonly id: string; readonly members: readonly number[] }[];
  readonly edges: readonly (readonly [from: number, to: number])[];
}

export function pictureOf({ view: { stages }, groups }: Model, isOpen: boolean): Picture {
  const place = new Int32Array(stages.length).fill(-1);
  const boxes: { readonly id: string; readonly members: readonly number[] }[] = [];
  const groupOf = new Map<number, string>();
  if (!isOpen) for (const [group, members] of groups) for (const index of members) groupOf.set(index, group);
  for (const [index, { name }] of stages.entries()) {
    if (place[index]! >= 0) continue;
    const group = groupOf.get(index);
    const members = group === undefined ? [index] : groups.get(group)!;
    for (const member of members) place[member] = boxes.length;
    boxes.push({ id: group ?? name, members });
  }
  const edges: (readonly [from: number, to: number])[] = [];
  const known = new Set<number>();
  for (const [index, { reads }] of stages.entries())
    for (const read of reads) {
      const [from, to] = [place[read]!, place[index]!];
      const edge = from * boxes.length + to;
      if (from === to || known.has(edge)) continue;
      known.add(edge);
      edges.push([from, to]);
    }
  return { boxes, edges };
}

/** The box of a stage or group; that of its group for a member of one that is folded. @returns -1 where there is none. */
export function boxOf({ places }: Model, { boxes }: Picture, name: string | undefined): number {
  if (name === undefined) return -1;
  const own = boxes.findIndex(({ id }) => id === name);
  const place = places.get(name);
  return own >= 0 || place === undefined ? own : boxes.findIndex(({ members }) => members.includes(place));
}

export function shownState(stage: StageView, run: RunState, running: boolean): ShownState {
  const now = running ? run.states.get(stage.name) : undefined;
  if (now === 'ready') return 'waiting';
  if (now !== undefined) return now;
  if (stage.decision === 'frozen' && stage.state === 'fresh')
    return stage.kind === 'data' ? 'fresh' : 'frozen';
  if (stage.state !== 'fresh' && stage.last?.what === 'failed') return 'failed';
  return stage.state;
}

export const STATES: Readonly<Record<ShownState, { readonly word: string; readonly sign: string }>> = {
  failed: { word: 'failed', sign: 'M3 3l6 6M9 3l-6 6' },
  running: { word: 'running', sign: 'M4 2.5v7l5.5-3.5z' },
  waiting: { word: 'waiting', sign: 'M6 2v4l2.5 2M6 1a5 5 0 1 0 .01 0' },
  stale: { word: 'stale', sign: 'M2 4.5h8M2 7.8h8M8 2 4 10.3' },
  blocked: { word: 'blocked', sign: 'M2 6h.01M6 6h.01M10 6h.01' },
  restored: { word: 'restored', sign: 'M2.5 5.5a4 4 0 1 1 1 3.4M2.2 2.6v3h3' },
  ran: { word: 'ran', sign: 'M2 6.5 5 9.5 10 3' },
  fresh: { word: 'fresh', sign: 'M2 6.5 5 9.5 10 3' },
  skipped: { word: 'skipped', sign: 'M2.5 6h7' },
  frozen: { word: 'frozen', sign: 'M6 1.5v9M2 3.8l8 4.4M10 3.8 2 8.2' },
};

/** What is worst first. */
export const ORDER = Object.keys(STATES) as ShownState[];

export function countBy(states: readonly ShownState[]): readonly (readonly [ShownState, number])[] {
  const [only] = states;
  if (states.length === 1) return [[only!, 1]];
  const counts = new Map<ShownState, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return ORDER.flatMap((state) => (counts.has(state) ? [[state, counts.get(state)!] as const] : []));
}

/** Seconds of its last run. Undefined where it was restored, or failed: that says nothing about what it takes. */
export const tookSeconds = ({ last }: StageView): number | undefined =>
  last?.what === 'ran' ? last.seconds : undefined;

/** Everything before and after these, themselves included. */
export function lineage(model: Model, members: readonly number[]): ReadonlySet<number> {
  const found = new Set(members);
  for (const next of [
    (index: number) => model.view.stages[index]!.reads,
    (index: number) => model.readBy[index]!,
  ]) {
    const open = [...members];
    const seen = new Set(members);
    for (let index = open.pop(); index !== undefined; index = open.pop())
      for (const one of next(index))
        if (!seen.has(one)) {
          seen.add(one);
          found.add(one);
          open.push(one);
        }
  }
  return found;
}

/** The stale stages at the beginning of what a blocked one waits for. */
export function rootCauses(model: Model, stage: StageView): readonly StageView[] {
  const roots: StageView[] = [];
  const seen = new Set<string>();
  const open = [...stage.waits_for];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const place = model.places.get(name);
    if (place === undefined) continue;
    const one = model.view.stages[place]!;
    if (one.waits_for.length === 0 || one.reasons.length > 0) roots.push(one);
    open.push(...one.waits_for);
  }
  return roots.sort((a, b) => model.places.get(a.name)! - model.places.get(b.name)!);
}
