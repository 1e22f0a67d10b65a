// Removes the outputs of a stage, or data, from the workspace. What the cache does not have is saved first.
import { rmSync } from 'node:fs';
import { absolutePath } from '../../base/workspace-path.ts';
import { crashPoint } from '../../disk/crash-point.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { saveUnmade, type Replaced } from '../save-unmade.ts';

/** @returns what was saved. @throws PipeError for what cannot be saved, before that output is removed. */
export async function removeOuts(stage: Stage, workspace: Workspace): Promise<readonly Replaced[]> {
  const saved: Replaced[] = [];
  for (const out of stage.outs) {
    saved.push(...(await saveUnmade(stage, { ...out, persist: false }, true, workspace)));
    crashPoint('clear output');
    rmSync(absolutePath(workspace.project.root, out.at), { recursive: true, force: true });
    workspace.contents.written(out.at);
  }
  return saved;
}
