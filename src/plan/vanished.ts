// Outputs that stages wrote and the pipeline no longer declares: which of them still lie about, and whether they may go.
// Left where they are, a stage that reads their folder would see what no clean build would make.
import { posix } from 'node:path';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { RecordedStage } from '../lock/locks.ts';
import type { Problem } from '../pipeline/problem.ts';
import type { WorkspacePath } from '../pipeline/stage.ts';
import { overlap } from './overlap.ts';
import type { Workspace } from './workspace.ts';

export interface VanishedOut {
  readonly stage: string;
  readonly at: WorkspacePath;
}

export interface Vanished {
  readonly stages: readonly RecordedStage[];
  /** In the workspace, as recorded, and in the cache: to be removed. */
  readonly outs: readonly VanishedOut[];
  /** One for each output whose bytes would be lost. */
  readonly problems: readonly Problem[];
}

/** Nothing in a DVC repository: DVC keeps such entries and files for ever. */
export async function findVanished({ project, locks, contents, store }: Workspace): Promise<Vanished> {
  if (project.kind === 'dvc') return { stages: [], outs: [], problems: [] };
  const paths = new Set(project.stages.flatMap((stage) => stage.outs.map((out) => out.at)));
  // Where another stage makes it now, what stands there is judged with that stage.
  const isDeclared = (at: WorkspacePath): boolean =>
    paths.has(at) || [...paths].some((path) => overlap(path, at));
  const isInside = (at: WorkspacePath): boolean => !at.startsWith('..') && !at.startsWith('/');
  const outs: VanishedOut[] = [];
  const problems: Problem[] = [];
  const seen = new Set<WorkspacePath>();
  for (const stage of locks.recorded()) {
    for (const out of stage.entry.outs) {
      const at = placeOf(stage, out);
      if (isDeclared(at) || !isInside(at)) continue;
      seen.add(at);
      const content = await contents.get(at);
      if (!content) continue;
      const recorded = content.digest === out.content.digest;
      if (recorded && store.has(out.content)) outs.push({ stage: stage.name, at });
      else
        problems.push(
          unsavedProblem(
            stage.name,
            at,
            recorded ? 'as the stage left it, but not in the cache' : 'changed since the stage made it',
          ),
        );
    }
  }
  for (const attempt of locks.attempts()) {
    for (const at of attempt.outs) {
      if (isDeclared(at) || !isInside(at) || seen.has(at) || !(await contents.get(at))) continue;
      seen.add(at);
      problems.push(unsavedProblem(attempt.stage, at, 'left by a run that did not come to its end'));
    }
  }
  return { stages: locks.vanished(), outs, problems };
}

function placeOf(stage: RecordedStage, out: LockedPath): WorkspacePath {
  return posix.normalize(posix.join(stage.folder, stage.entry.wdir ?? '.', out.path)) as WorkspacePath;
}

function unsavedProblem(stage: string, at: WorkspacePath, state: string): Problem {
  return {
    code: 'vanished-unsaved',
    title: `'${at}' was made by the stage '${stage}', which no longer declares it, and the cache does not have it`,
    facts: [['state', state]],
    hint: `delete '${at}', or move it out of the project, and run again`,
  };
}
