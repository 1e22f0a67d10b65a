// The stages that the targets on a command line select: by stage, group, pipeline file, output or pattern.
import { fnmatch } from '../base/fnmatch.ts';
import { absolutePath, isWithin, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { existsSync } from '../disk/witnessed-fs.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { didYouMean } from '../base/suggest.ts';
import { inOrder, withDependencies, withDependents } from './order.ts';
import type { StageGraph } from './stage-graph.ts';
import { pathsBeside } from './paths-beside.ts';

export interface TargetOptions {
  /** Only the targets, not what they depend on. */
  readonly single?: boolean;
  /** The targets and everything that depends on them, not what they depend on. */
  readonly downstream?: boolean;
  /** The whole of every pipeline that a target belongs to: all stages connected with it. */
  readonly pipeline?: boolean;
  /** A target that is a folder means all stages declared in it. */
  readonly recursive?: boolean;
  /** With `single`: a target that is an output means it alone; its stage is given without the others. */
  readonly outs?: boolean;
  /** Folder from the root that targets are relative to (default: the root). */
  readonly cwd?: WorkspacePath;
}

/**
 * @param targets none means every stage.
 * @returns stages in an order in which they can run, each after those it depends on.
 * @throws PipeError `unknown-target` with every target that selects nothing.
 */
export function selectTargets(
  graph: StageGraph,
  project: Project,
  targets: readonly string[],
  options: TargetOptions,
): readonly Stage[] {
  const meant = resolveTargets(graph, project, targets, options);
  const chosen = targets.length === 0 ? new Set(graph.stages) : new Set(meant.keys());
  if (options.pipeline) return inOrder(graph, connected(graph, chosen));
  if (options.downstream) return inOrder(graph, withDependents(graph, [...chosen]));
  if (options.single) {
    const stages = inOrder(graph, chosen);
    return options.outs && targets.length > 0 ? stages.map((stage) => narrowed(stage, meant)) : stages;
  }
  return withDependencies(
    graph,
    graph.stages.filter((stage) => chosen.has(stage)),
  );
}

/** A path inside of an output. */
export interface PartOfOut {
  readonly stage: Stage;
  readonly out: Out;
  readonly at: WorkspacePath;
}

/** The targets that are paths inside of outputs, as such, and those that are not. */
export function partsAmong(
  { stages }: StageGraph,
  { root }: Project,
  targets: readonly string[],
  cwd: WorkspacePath,
): { readonly parts: readonly PartOfOut[]; readonly others: readonly string[] } {
  const parts: PartOfOut[] = [];
  const others = targets.filter((target) => {
    const at = workspacePath(root, cwd, target);
    const found = isNamed(stages, target) ? undefined : outAround(stages, at);
    if (found) parts.push({ ...found, at });
    return !found;
  });
  return { parts, others };
}

/** A stage can have the name of a path. */
const isNamed = (stages: readonly Stage[], target: string): boolean =>
  stages.some(({ name, group, address }) => [name, group, address].includes(target));

function outAround(stages: readonly Stage[], path: WorkspacePath): Omit<PartOfOut, 'at'> | undefined {
  for (const stage of stages)
    for (const out of stage.outs) if (out.at !== path && isWithin(path, out.at)) return { stage, out };
  return undefined;
}

/** What a target means of a stage. */
interface Meant {
  readonly stage: Stage;
  readonly outs: readonly Out[];
}

function resolveTargets(
  graph: StageGraph,
  project: Project,
  targets: readonly string[],
  options: TargetOptions,
): ReadonlyMap<Stage, ReadonlySet<Out>> {
  const chosen = new Map<Stage, ReadonlySet<Out>>();
  const problems: Problem[] = [];
  for (const target of targets) {
    const found = resolveTarget(graph, project, target, options);
    const absent = absentInside(
      found.map(({ stage }) => stage),
      project,
      target,
      options,
    );
    if (absent) problems.push(absent);
    else if (found.length === 0) problems.push(unknownTarget(graph, target));
    for (const { stage, outs } of found) chosen.set(stage, new Set([...(chosen.get(stage) ?? []), ...outs]));
  }
  if (problems.length > 0) throw new PipeError(problems);
  return chosen;
}

function narrowed(stage: Stage, meant: ReadonlyMap<Stage, ReadonlySet<Out>>): Stage {
  const outs = stage.outs.filter((out) => meant.get(stage)!.has(out));
  return outs.length === stage.outs.length ? stage : { ...stage, outs };
}

/** Tries the readings of a target in order; the first that selects a stage counts. */
function resolveTarget(
  graph: StageGraph,
  project: Project,
  target: string,
  options: TargetOptions,
): readonly Meant[] {
  const folder = options.cwd ?? ('.' as WorkspacePath);
  const readings: readonly (() => readonly Meant[])[] = [
    () =>
      options.recursive
        ? wholly(
            graph.stages.filter(({ file }) => isWithin(file, workspacePath(project.root, folder, target))),
          )
        : [],
    () => wholly(named(graph.stages, workspacePath(project.root, folder, project.pipelineFile), target)),
    () => wholly(inFile(graph.stages, project, folder, target)),
    () => wholly(named(graph.stages, undefined, target)),
    () => producing(graph.stages, workspacePath(project.root, folder, target)),
    () => matching(graph.stages, target),
  ];
  for (const reading of readings) {
    const found = reading();
    if (found.length > 0) return found;
  }
  return [];
}

const wholly = (stages: readonly Stage[]): readonly Meant[] =>
  stages.map((stage) => ({ stage, outs: stage.outs }));

/** The stages with such outputs. */
function withOuts(stages: readonly Stage[], isMeant: (out: Out) => boolean): readonly Meant[] {
  return stages
    .map((stage) => ({ stage, outs: stage.outs.filter(isMeant) }))
    .filter(({ outs }) => outs.length > 0);
}

/** A stage or group of that name. Without a file it may be in any one file; in several it is ambiguous. */
function named(stages: readonly Stage[], file: WorkspacePath | undefined, name: string): readonly Stage[] {
  const found = stages.filter(
    (stage) => (file === undefined || stage.file === file) && (stage.name === name || stage.group === name),
  );
  return new Set(found.map((stage) => stage.file)).size > 1 ? [] : found;
}

/** `path/pipeline.yaml`, `path/pipeline.yaml:stage`, `data.dvc`. */
function inFile(
  stages: readonly Stage[],
  project: Project,
  folder: WorkspacePath,
  target: string,
): readonly Stage[] {
  const whole = workspacePath(project.root, folder, target);
  const colon = target.lastIndexOf(':');
  const ofFile = stages.filter((stage) => stage.file === whole);
  if (ofFile.length > 0 || colon < 0) return ofFile;
  const name = target.slice(colon + 1);
  const file = target.slice(0, colon);
  return named(stages, workspacePath(project.root, folder, file === '' ? project.pipelineFile : file), name);
}

/** The stage that writes the path or a folder around it, or those that write into it. */
function producing(stages: readonly Stage[], path: WorkspacePath): readonly Meant[] {
  const around = withOuts(stages, (out) => isWithin(path, out.at));
  if (around.length > 0 || path === '.') return around;
  return withOuts(stages, (out) => isWithin(out.at, path));
}

/** A file that does not exist in an output folder that does: mostly a misspelt name. */
function absentInside(
  stages: readonly Stage[],
  { root }: Project,
  target: string,
  { cwd = '.' as WorkspacePath }: TargetOptions,
): Problem | undefined {
  const path = workspacePath(root, cwd, target);
  const around = outAround(stages, path)?.out;
  if (!around || !existsSync(absolutePath(root, around.at))) return undefined;
  if (isNamed(stages, target) || existsSync(absolutePath(root, path))) return undefined;
  return {
    code: 'unknown-target',
    title: `'${target}' does not exist in the output '${around.at}'`,
    hint:
      didYouMean(path, pathsBeside(root, path), 3) ??
      `name the output itself for all of its files: ${around.at}`,
  };
}

function matching(stages: readonly Stage[], target: string): readonly Meant[] {
  if (!/[*?[]/.test(target)) return [];
  const pattern = fnmatch(target);
  const isNamed = ({ name, address, group }: Stage): boolean =>
    [name, address, group ?? ''].some((text) => pattern.test(text));
  return stages.flatMap((stage) =>
    isNamed(stage) ? wholly([stage]) : withOuts([stage], (out) => pattern.test(out.at)),
  );
}

function connected(graph: StageGraph, stages: ReadonlySet<Stage>): Set<Stage> {
  const found = new Set(stages);
  for (const stage of found)
    for (const next of [...graph.dependencies(stage), ...graph.dependents(stage)]) found.add(next);
  return found;
}

function unknownTarget(graph: StageGraph, target: string): Problem {
  const known = graph.stages.flatMap((stage) => [
    stage.address,
    ...(stage.group === null ? [] : [stage.group]),
    ...stage.outs.map((out) => out.at),
  ]);
  return {
    code: 'unknown-target',
    title: `nothing here is called '${target}': neither a stage, a group, a pipeline file nor an output`,
    hint: didYouMean(target, known, 3) ?? '`pipe stage list` shows what there is',
  };
}
