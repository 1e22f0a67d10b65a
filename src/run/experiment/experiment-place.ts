// Makes a work folder ready for a stage of an experiment, and reports what the stage wrote there without declaring it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../../base/problem.ts';
import { absolutePath, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import type { View } from '../../hash/hasher.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import { openOverlay } from '../../pipeline/params/overlay-merge.ts';
import { declaredParams } from '../../pipeline/params/declared-params.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { rememberContents, type LookedAt } from '../../plan/contents.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { StagePlace } from '../stage-context.ts';
import { isMirrored } from './mirror.ts';
import { placeInputs, type PlaceContext } from './place-inputs.ts';
import type { PlannedExperiment } from './planned-experiment.ts';
import type { Results } from './results.ts';
import type { WorkFolder } from './work-folder.ts';
import type { WorkFolders } from './work-folders.ts';

export interface PlaceOptions extends PlaceContext {
  readonly folders: WorkFolders;
  readonly warn: (problem: Problem) => void;
  /** What was reported before: the stages of many experiments write the same files. */
  readonly reported: Set<string>;
}

const ROOT = '.' as WorkspacePath;

/** @param workspace that the experiment is decided in. */
export async function enterWorkFolder(
  stage: Stage,
  experiment: PlannedExperiment,
  results: Results,
  workspace: Workspace,
  options: PlaceOptions,
): Promise<StagePlace> {
  const { folders } = options;
  const folder = await folders.take();
  // Beside the mirrored files.
  const ours = join(folders.area, 'own', folder.id);
  const leave = (): void => {
    rmSync(ours, { recursive: true, force: true });
    folders.giveBack(folder);
  };
  try {
    await placeInputs(stage, experiment, results, folder, options);
  } catch (error) {
    leave();
    throw error;
  }
  return {
    workspace: workspaceIn(folder, workspace, ours, join(workspace.folders.logs, 'exps', experiment.name)),
    ended() {
      const placesOf = (items: readonly { readonly at: WorkspacePath }[]): readonly WorkspacePath[] =>
        items.map(({ at }) => at).filter((at) => isMirrored(options.mirror, at));
      const undeclared = folder
        .dropUndeclared(placesOf(stage.outs), [...placesOf(stage.deps), ...placesOf(stage.params)])
        .filter(isWorthReporting);
      const fresh = undeclared.filter(
        (path) => !options.reported.has(`${stage.group ?? stage.address} ${path}`),
      );
      for (const path of fresh) options.reported.add(`${stage.group ?? stage.address} ${path}`);
      if (fresh.length > 0) options.warn(undeclaredProblem(stage, fresh));
    },
    leave,
  };
}

/** The folder as a workspace. */
function workspaceIn(folder: WorkFolder, workspace: Workspace, ours: string, logs: string): Workspace {
  const { root, tools } = folder;
  const look = async (view: View, at: WorkspacePath): Promise<LookedAt | undefined> => {
    const looked = await tools.hasher.lookAs(view, absolutePath(root, at));
    return looked && { ...looked, behind: looked.behind.map((path) => workspacePath(root, ROOT, path)) };
  };
  return {
    ...workspace,
    project: { ...workspace.project, root, ...declaredParams(root, openOverlay(root, noOverlay)) },
    hasher: tools.hasher,
    store: tools.store,
    contents: rememberContents({ as: look, asRecorded: async (at) => (await look('output', at))?.content }),
    folders: { ...workspace.folders, root, state: join(ours, 'state'), scratch: join(ours, 'tmp'), logs },
    isTemporary: true,
    freshMemory: undefined,
  };
}

/** Bytecode and caches of tools, which say nothing. */
const NOISE = /(?:^|\/)(?:__pycache__|\.pytest_cache|\.mypy_cache|\.ipynb_checkpoints)(?:\/|$)|\.pyc$/;
const isWorthReporting = (path: string): boolean => !NOISE.test(path);

const MOST_NAMES = 3;

function undeclaredProblem(stage: Stage, paths: readonly string[]): Problem {
  const names = paths.slice(0, MOST_NAMES).map((path) => `'${path}'`);
  const more = paths.length > MOST_NAMES ? ` and ${paths.length - MOST_NAMES} more` : '';
  return {
    code: 'undeclared-write',
    title: `'${stage.address}' wrote ${names.join(', ')}${more}, which it does not declare: dropped`,
    hint: 'declare it under `outs:` to keep it',
    place: stage.place,
  };
}
