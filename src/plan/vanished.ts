// Outputs that stages wrote and the pipeline no longer declares: which of them are still there, and whether they may go.
// Left where they are, a stage that reads their folder would see what no clean build would make. What a stage declares as
// a dependency, or git tracks, is a source by now: it stays.
import { realpathSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { RecordedStage } from '../lock/locks.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Problem } from '../base/problem.ts';
import { isHeld } from './held.ts';
import { contains, overlap } from './overlap.ts';
import { trackedAmong } from './tracked.ts';
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

/** Something that no stage declares as its output, at a place where one wrote. */
interface Left extends VanishedOut {
  /** Undefined where the stage did not come to its end. */
  readonly recorded: LockedPath | undefined;
}

/** Nothing where the rules keep such records and files. */
export async function findVanished(workspace: Workspace): Promise<Vanished> {
  const { project, locks, contents, rules } = workspace;
  if (rules.keepsVanished) return { stages: [], outs: [], problems: [] };
  const left = await leftOuts(workspace);
  const isRead = readPaths(workspace);
  const { root } = project;
  const ended = left.filter(({ recorded, at }) => recorded && !isRead(at));
  const tracked = trackedAmong(
    root,
    ended.map(({ at }) => at),
  );
  // What an attempt left may be half of it, also where git has the whole.
  const halves = left.filter(({ recorded }) => !recorded);
  const whole = trackedAmong(
    root,
    halves.map(({ at }) => at),
    true,
  );
  const outs: VanishedOut[] = [];
  const problems: Problem[] = [];
  for (const { stage, at, recorded } of ended) {
    if (tracked.has(at)) continue;
    const content = (await contents.get(at))!;
    const same = content.digest === recorded!.content.digest;
    const state = same ? 'as the stage left it, but not in the cache' : 'changed since the stage made it';
    if (same && (await isHeld(at, content, workspace))) outs.push({ stage, at });
    else problems.push(unsavedProblem(stage, at, state));
  }
  for (const { stage, at } of halves)
    if (!whole.has(at))
      problems.push(unsavedProblem(stage, at, 'left by a run that did not come to its end'));
  return { stages: locks.vanished(), outs, problems };
}

async function leftOuts({ project, locks, contents }: Workspace): Promise<readonly Left[]> {
  const paths = new Set(project.stages.flatMap((stage) => stage.outs.map((out) => out.at)));
  // Where another stage makes it now, what is there is judged with that stage.
  const isDeclared = (at: WorkspacePath): boolean =>
    paths.has(at) || [...paths].some((path) => overlap(path, at));
  const candidates: Left[] = [
    ...locks
      .recorded()
      .flatMap((stage) =>
        stage.entry.outs.map((out) => ({ stage: stage.name, at: placeOf(stage, out), recorded: out })),
      ),
    ...locks.attempts().flatMap(({ stage, outs }) => outs.map((at) => ({ stage, at, recorded: undefined }))),
  ];
  const seen = new Set<WorkspacePath>();
  const left: Left[] = [];
  for (const candidate of candidates) {
    const { at } = candidate;
    if (seen.has(at) || isDeclared(at) || !isInside(at, project.root)) continue;
    if (!(await contents.get(at))) continue;
    seen.add(at);
    left.push(candidate);
  }
  return left;
}

/** In the project by its name, and not behind a symbolic link that leads out of it. */
function isInside(at: WorkspacePath, root: string): boolean {
  if (at === '..' || at.startsWith('../') || at.startsWith('/')) return false;
  try {
    const folder = realpathSync.native(dirname(absolutePath(root, at)));
    const home = realpathSync.native(root);
    return folder === home || folder.startsWith(`${home}/`);
  } catch {
    return false; // nothing is there
  }
}

/** Whether a stage declares a path, or something in it, as what it reads. */
function readPaths({ project }: Workspace): (at: WorkspacePath) => boolean {
  const read = new Set(
    project.stages.flatMap(({ deps, params }) => [...deps, ...params].map(({ at }) => at)),
  );
  return (at) => read.has(at) || [...read].some((path) => contains(at, path));
}

function placeOf(stage: RecordedStage, out: LockedPath): WorkspacePath {
  return posix.normalize(posix.join(stage.folder, stage.entry.wdir ?? '.', out.path)) as WorkspacePath;
}

function unsavedProblem(stage: string, at: WorkspacePath, state: string): Problem {
  return {
    code: 'vanished-unsaved',
    title: `'${at}' was made by the stage '${stage}', which no longer declares it, and the cache does not have it`,
    facts: [['state', state]],
    hint: `if it is a source now, add it to git or declare it as a dependency; else delete it, or move it out of the project, and run again`,
  };
}
