// Finds stages that depend on each other in a circle, without recursion: a circle can have tens of thousands of stages.
import type { Stage } from '../pipeline/stage.ts';

type DependenciesOf = (stage: Stage) => readonly Stage[];

/** @returns one circle of each strongly connected component: every stage depends on the next, the last on the first. */
export function findCircles(stages: readonly Stage[], dependenciesOf: DependenciesOf): Stage[][] {
  if (isInOrder(stages, dependenciesOf)) return [];
  return components(stages, dependenciesOf)
    .filter((component) => component.length > 1 || dependenciesOf(component[0]!).includes(component[0]!))
    .map((component) => circleIn(component, dependenciesOf));
}

/** Each stage comes after all that it depends on, as most pipelines are written: then there is no circle, and no need to search. */
function isInOrder(stages: readonly Stage[], dependenciesOf: DependenciesOf): boolean {
  const before = new Set<Stage>();
  return stages.every((stage) => {
    if (!dependenciesOf(stage).every((dependency) => before.has(dependency))) return false;
    before.add(stage);
    return true;
  });
}

/** A stage that the search has entered. */
interface Entered {
  readonly stage: Stage;
  readonly index: number;
  /** Lowest index that is reachable from here. */
  lowest: number;
  /** Index of the dependency that is followed next. */
  next: number;
}

/** Strongly connected components (Tarjan, "Depth-first search and linear graph algorithms", 1972), with a stack of its own. */
function components(stages: readonly Stage[], dependenciesOf: DependenciesOf): Stage[][] {
  const entered = new Map<Stage, Entered>();
  /** Entered, and of no component yet; in this order. */
  const open: Stage[] = [];
  const isOpen = new Set<Stage>();
  const found: Stage[][] = [];
  for (const start of stages) {
    const path: Entered[] = [];
    const enter = (stage: Stage): void => {
      const top = { stage, index: entered.size, lowest: entered.size, next: 0 };
      entered.set(stage, top);
      open.push(stage);
      isOpen.add(stage);
      path.push(top);
    };
    if (!entered.has(start)) enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const dependency = dependenciesOf(top.stage)[top.next];
      top.next += 1;
      if (dependency && !entered.has(dependency)) enter(dependency);
      else if (dependency) {
        if (isOpen.has(dependency)) top.lowest = Math.min(top.lowest, entered.get(dependency)!.index);
      } else {
        path.pop();
        const above = path.at(-1);
        if (above) above.lowest = Math.min(above.lowest, top.lowest);
        if (top.lowest !== top.index) continue;
        const component = open.splice(open.lastIndexOf(top.stage));
        for (const member of component) isOpen.delete(member);
        found.push(component);
      }
    }
  }
  return found;
}

function circleIn(component: readonly Stage[], dependenciesOf: DependenciesOf): Stage[] {
  const members = new Set(component);
  const path: Stage[] = [];
  const indexes = new Map<Stage, number>();
  for (let stage = component[0]!; ;) {
    const first = indexes.get(stage);
    if (first !== undefined) return path.slice(first);
    indexes.set(stage, path.length);
    path.push(stage);
    stage = dependenciesOf(stage).find((next) => members.has(next))!;
  }
}
