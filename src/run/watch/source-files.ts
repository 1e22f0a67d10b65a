// The source files of a pipeline: those that people edit, as opposed to those that stages write.
import { isUrl, placesOf, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { contains } from '../../plan/overlap.ts';

export interface Sources {
  /** Files and folders to watch. */
  readonly paths: readonly WorkspacePath[];
  /**
   * A change of this path can make a stage stale and was not made by one.
   * @param real where it is once symlinks are followed.
   */
  counts(path: WorkspacePath, real: WorkspacePath): boolean;
}

/** @param stages those that are to be kept fresh. */
export function sourcesOf(project: Project, stages: readonly Stage[]): Sources {
  const outs = project.stages
    .filter((stage) => stage.cmd !== null)
    .flatMap((stage) => stage.outs.flatMap(placesOf));
  const isMade = (path: WorkspacePath): boolean => outs.some((out) => contains(out, path));
  const read = stages
    .flatMap((stage) => [...stage.deps, ...stage.params].flatMap(placesOf))
    .filter((path) => !isUrl(path));
  const paths = [
    ...new Set([
      ...project.files,
      ...project.variableFiles,
      ...(project.overlay.files as WorkspacePath[]),
      ...read,
    ]),
  ].filter((path) => !isMade(path));
  return {
    paths,
    counts: (path, real) => !isMade(path) && !isMade(real) && paths.some((source) => contains(source, path)),
  };
}
