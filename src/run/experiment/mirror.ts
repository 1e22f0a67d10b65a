// How paths of the workspace map into a work folder: `../` leads from the project in it to the same files as in the workspace.
import { dirname, isAbsolute, join, relative } from 'node:path';
import { absolutePath, isInside, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Stage } from '../../pipeline/stage.ts';

export interface Mirror {
  /** Absolute folder of the workspace that the work folder takes the place of: it has the project and all that stages name. */
  readonly top: string;
  /** Absolute root of the project. */
  readonly root: string;
}

/** @param git absolute top of the git repository around the project, if there is one. */
export function mirrorOf(root: string, git: string | undefined, stages: readonly Stage[]): Mirror {
  let top = git !== undefined && isInside(root, git) ? git : root;
  for (const { deps, params, wdir } of stages) {
    const named = [
      ...deps.map(({ path, at }) => ({ path, at })),
      ...params.map(({ file, at }) => ({ path: file, at })),
    ];
    // What is named by an absolute path is read there.
    const places = named.filter(({ path }) => !isAbsolute(path)).map(({ at }) => at);
    for (const at of [...places, wdir]) while (!isInside(absolutePath(root, at), top)) top = dirname(top);
  }
  return { top, root };
}

/** Absolute path in a work folder. @param folder absolute folder that takes the place of the top. */
export function mirrored({ top, root }: Mirror, folder: string, at: WorkspacePath): string {
  const inside = relative(top, absolutePath(root, at));
  return inside === '' ? folder : join(folder, inside);
}

/** The path is below the top, so that a work folder has a place for it. */
export const isMirrored = ({ top, root }: Mirror, at: WorkspacePath): boolean =>
  isInside(absolutePath(root, at), top);
