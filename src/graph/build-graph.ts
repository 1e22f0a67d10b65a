// Builds the graph: an edge wherever a stage reads what another writes, by containment of paths in both directions. Refuses
// graphs that cannot run: outputs that two stages share, stage files inside of outputs, cycles.
import { PipeError, type Place, type Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import { placesOf, type Placed } from '../base/workspace-path.ts';
import type { Out, Stage, StageAddress } from '../pipeline/stage.ts';
import { findCircles } from './circles.ts';
import { indexPaths, type PathIndex } from './path-index.ts';
import type { StageGraph } from './stage-graph.ts';

interface Produced {
  readonly stage: Stage;
  readonly out: Out;
}

/**
 * @param faults `ignored`: for what only shows, and shows also a project that could not run.
 * @throws PipeError naming the stages and places of everything that is wrong.
 */
export function buildGraph(
  project: Pick<Project, 'stages' | 'files'>,
  faults: 'refused' | 'ignored' = 'refused',
): StageGraph {
  const { stages } = project;
  const produced = stages.flatMap((stage) => stage.outs.map((out): Produced => ({ stage, out })));
  const outs = indexPaths(produced.map((entry) => [entry.out.at, entry] as const));
  const written = produced.some(({ out }) => out.linked)
    ? indexPaths(produced.flatMap((entry) => placesOf(entry.out).map((path) => [path, entry] as const)))
    : outs;
  if (faults === 'refused') {
    const problems = [
      ...duplicates(produced, outs),
      ...overlaps(produced, outs),
      ...stageFiles(project, outs),
    ];
    if (problems.length > 0) throw new PipeError(problems);
  }

  const nodes = new Map<StageAddress, Node>();
  for (const stage of stages) nodes.set(stage.address, { stage, dependencies: NONE, dependents: undefined });
  for (const stage of stages) {
    const node = nodes.get(stage.address)!;
    node.dependencies = producersBefore(stage, written);
    for (const producer of node.dependencies) addDependent(nodes.get(producer.address)!, stage);
  }
  const dependencies = ({ address }: Stage): readonly Stage[] => nodes.get(address)?.dependencies ?? NONE;
  if (faults === 'refused') {
    const circles = findCircles(stages, dependencies);
    if (circles.length > 0) throw new PipeError(circles.map((circle) => circleProblem(circle, written)));
  }
  return {
    stages,
    dependencies,
    dependents: ({ address }) => nodes.get(address)?.dependents ?? NONE,
    stage: (address) => nodes.get(address)?.stage,
  };
}

/** A stage with its edges. */
interface Node {
  readonly stage: Stage;
  dependencies: readonly Stage[];
  dependents: Stage[] | undefined;
}

const NONE: readonly Stage[] = [];

/** Most stages have one: an empty list that gets its first item takes room for many. */
function addDependent(node: Node, stage: Stage): void {
  if (node.dependents) node.dependents.push(stage);
  else node.dependents = [stage];
}

/** Each once. */
function producersBefore({ deps, params }: Stage, outs: PathIndex<Produced>): readonly Stage[] {
  let found: Set<Stage> | undefined;
  for (const items of [deps, params])
    for (const item of items)
      for (const producer of producersOf(item, outs)) (found ??= new Set()).add(producer);
  return found ? [...found] : NONE;
}

function producersOf(dep: Placed, outs: PathIndex<Produced>): readonly Stage[] {
  const places = placesOf(dep);
  return places.length === 1 ? producersAt(places[0]!, outs) : places.flatMap((at) => producersAt(at, outs));
}

function producersAt(path: string, outs: PathIndex<Produced>): readonly Stage[] {
  const equal = outs.equal(path);
  const around = outs.around(path);
  const inside = outs.inside(path);
  if (around.length + inside.length === 0) return equal ? [equal.stage] : NONE;
  return [...(equal ? [equal] : []), ...around, ...inside].map(({ stage }) => stage);
}

function duplicates(produced: readonly Produced[], outs: PathIndex<Produced>): Problem[] {
  if (outs.size === produced.length) return [];
  const byPath = Map.groupBy(produced, ({ out }) => out.at);
  return [...byPath].flatMap(([path, entries]) => {
    if (entries.length < 2) return [];
    const matrix = entries.every(
      ({ stage }) => stage.group !== null && stage.group === entries[0]!.stage.group,
    );
    return {
      code: 'duplicate-out',
      title: `the ${word(entries[0]!.stage)} '${path}' is declared ${entries.length === 2 ? 'twice' : `${entries.length} times`}`,
      facts: stageFacts(entries.map(({ stage }) => stage)),
      hint: matrix
        ? "let '${item…}' or '${key}' be part of the path, so that each member has its own"
        : 'give each stage an output of its own',
      place: entries[1]!.stage.place,
    };
  });
}

function overlaps(produced: readonly Produced[], outs: PathIndex<Produced>): Problem[] {
  return produced.flatMap(({ stage, out }) => {
    const around = outs.around(out.at)[0];
    if (!around) return [];
    return {
      code: 'overlapping-outs',
      title: `the ${word(stage)} '${out.at}' is inside of the ${word(around.stage)} '${around.out.at}'`,
      facts: [
        [out.at, stageText(stage)],
        [around.out.at, stageText(around.stage)],
      ],
      hint: `put them into separate folders, or declare only '${around.out.at}'`,
      place: stage.place,
    };
  });
}

function stageFiles(
  { stages, files }: Pick<Project, 'stages' | 'files'>,
  outs: PathIndex<Produced>,
): Problem[] {
  const all = new Set([...files, ...stages.map((stage) => stage.file)]);
  return [...all].flatMap((file) => {
    const holder = outs.equal(file) ?? outs.around(file).at(-1);
    if (!holder) return [];
    return {
      code: 'stage-file-in-out',
      title:
        holder.stage.cmd === null
          ? `'${file}' is inside of the data '${holder.out.at}'`
          : `'${file}' is inside of the output '${holder.out.at}', which is removed before its stage runs`,
      facts: [[holder.stage.cmd === null ? 'declared by' : 'written by', stageText(holder.stage)]],
      hint: 'move the file, or declare another output',
      place: holder.stage.place,
    };
  });
}

const word = ({ cmd }: Stage): string => (cmd === null ? 'data' : 'output');

/** Of a long circle, the stages that are shown at either end. */
const SHOWN = 5;

function circleProblem(circle: readonly Stage[], outs: PathIndex<Produced>): Problem {
  const [first] = circle;
  const next = (index: number): Stage => circle[(index + 1) % circle.length]!;
  const isShown = (index: number): boolean => index < SHOWN || index >= circle.length - SHOWN;
  const shown = circle.flatMap((stage, index) => (isShown(index) ? [[stage, index] as const] : []));
  const addresses = shown.map(([{ address }]) => address as string);
  const hidden = circle.length - shown.length;
  if (hidden > 0) addresses.splice(SHOWN, 0, `… (${hidden} more)`);
  return {
    code: 'cycle',
    title:
      circle.length === 1
        ? `the stage '${first!.address}' depends on its own output`
        : `stages depend on each other in a circle: ${[...addresses, first!.address].join(' → ')}`,
    facts: shown.map(([stage, index]) => [stage.address, edgeText(stage, next(index), outs)]),
    hint: 'remove one of these dependencies',
    place: first!.place,
  };
}

function edgeText(stage: Stage, producer: Stage, outs: PathIndex<Produced>): string {
  const readsIt = (place: Placed): boolean => producersOf(place, outs).includes(producer);
  const deps = [...stage.deps, ...stage.params];
  const own = deps.find(({ at }) => readsIt({ at }));
  const dep = own ?? deps.find(readsIt);
  const link = own ? undefined : dep?.linked?.find((at) => readsIt({ at }));
  const behind = link === undefined ? '' : ` (by a link to '${link}')`;
  return `reads '${dep?.at}'${behind}, written by ${producer.address} (${placeText(stage.place)})`;
}

function stageFacts(stages: readonly Stage[]): (readonly [string, string])[] {
  const shown = stages.slice(0, 5).map((stage) => ['in', stageText(stage)] as const);
  return stages.length > 5 ? [...shown, ['and', `${stages.length - 5} more`]] : shown;
}

const stageText = (stage: Stage): string => `${stage.address} (${placeText(stage.place)})`;

const placeText = ({ file, line, column }: Place): string =>
  [file, line, column].filter((part) => part !== undefined).join(':');
