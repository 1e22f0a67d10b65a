// Outputs of stages that the lock file records and the pipeline no longer declares: which of them still lie about, and
// whether they may go. Left where they are, a stage that reads their folder would see what no clean build would make.
import { posix } from 'node:path';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { VanishedStage } from '../lock/locks.ts';
import type { Problem } from '../pipeline/problem.ts';
import type { WorkspacePath } from '../pipeline/stage.ts';
import { overlap } from './overlap.ts';
import type { Workspace } from './workspace.ts';

export interface VanishedOut {
  readonly stage: string;
  readonly at: WorkspacePath;
}

export interface Vanished {
  readonly stages: readonly VanishedStage[];
  /** In the workspace, as recorded, and in the cache: to be removed. */
  readonly outs: readonly VanishedOut[];
  /** One for each output whose bytes would be lost. */
  readonly problems: readonly Problem[];
}

/** Nothing in a DVC repository: DVC keeps such entries and files for ever. */
export async function findVanished({ project, locks, contents, store }: Workspace): Promise<Vanished> {
  if (project.kind === 'dvc') return { stages: [], outs: [], problems: [] };
  const stages = locks.vanished();
  if (stages.length === 0) return { stages, outs: [], problems: [] };
  const declared = project.stages.flatMap((stage) => stage.outs.map((out) => out.at));
  const outs: VanishedOut[] = [];
  const problems: Problem[] = [];
  for (const stage of stages) {
    for (const out of stage.entry.outs) {
      const at = placeOf(stage, out);
      // Another stage makes it now: what stands there is judged with that stage.
      if (at.startsWith('..') || at.startsWith('/') || declared.some((path) => overlap(path, at))) continue;
      const content = await contents.get(at);
      if (!content) continue;
      if (content.digest === out.content.digest && store.has(out.content))
        outs.push({ stage: stage.name, at });
      else problems.push(unsavedProblem(stage.name, at, content.digest === out.content.digest));
    }
  }
  return { stages, outs, problems };
}

function placeOf(stage: VanishedStage, out: LockedPath): WorkspacePath {
  return posix.normalize(posix.join(stage.folder, stage.entry.wdir ?? '.', out.path)) as WorkspacePath;
}

function unsavedProblem(stage: string, at: WorkspacePath, recorded: boolean): Problem {
  return {
    code: 'vanished-unsaved',
    title: `'${at}' was made by the stage '${stage}', which is no longer declared, and the cache does not have it`,
    facts: [
      ['state', recorded ? 'as the stage left it, but not in the cache' : 'changed since the stage made it'],
    ],
    hint: `delete '${at}', or move it out of the project, and run again`,
  };
}
