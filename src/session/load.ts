// Finds and loads the project around the current folder, with the overlay that the flags give.
import { relative, resolve } from 'node:path';
import { selectTargets, type TargetOptions } from '../graph/targets.ts';
import { refuseAliases } from '../graph/aliases.ts';
import { buildGraph } from '../graph/build-graph.ts';
import { withLinkedPlaces } from '../graph/linked-places.ts';
import type { StageGraph } from '../graph/stage-graph.ts';
import { findRoot } from '../pipeline/find-root.ts';
import { loadProject } from '../pipeline/load.ts';
import { refuseOverlaid } from '../pipeline/params/overlaid-params.ts';
import type { Overlay } from '../pipeline/params/overlay.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';

export interface OverlayFlags {
  readonly params?: readonly string[];
  readonly set?: readonly string[];
  readonly lock?: string;
}

export interface Loaded {
  readonly project: Project;
  readonly graph: StageGraph;
}

/** @throws PipeError with everything that is wrong in the pipeline files. */
export function load(flags: OverlayFlags): Loaded {
  const at = findRoot(process.cwd());
  const project = withLinkedPlaces(loadProject(at, overlayOf(flags, at.root)));
  const graph = buildGraph(project);
  refuseAliases(project);
  return { project, graph };
}

/** The stages that targets mean, named as they are seen from the current folder. @throws PipeError `unknown-target`. */
export function selectStages(
  { project, graph }: Loaded,
  targets: readonly string[],
  options: Omit<TargetOptions, 'cwd'> = {},
): readonly Stage[] {
  const cwd = (relative(project.root, process.cwd()) || '.') as WorkspacePath;
  return selectTargets(graph, project, targets, { ...options, cwd });
}

/**
 * The same, for a command that decides about them, records them or takes them from the record.
 * @throws PipeError also where the overlay gives another value for what one of them reads from a parameter file.
 */
export function decidedStages(
  loaded: Loaded,
  targets: readonly string[],
  options?: Omit<TargetOptions, 'cwd'>,
): readonly Stage[] {
  const stages = selectStages(loaded, targets, options);
  refuseOverlaid(loaded.project, stages);
  return stages;
}

function overlayOf(flags: OverlayFlags, root: string): Overlay {
  const files = (flags.params ?? []).map((file) => {
    const inside = relative(root, resolve(file));
    return inside.startsWith('..') ? resolve(file) : inside;
  });
  return { files, set: flags.set ?? [] };
}
