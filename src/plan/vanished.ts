// Outputs that stages wrote and the pipeline no longer declares: which of them still exist, and which can be removed. A
// stage that reads their folder would otherwise read what a clean build does not make. What a stage declares as a
// dependency, or what git tracks, is a source by now and stays.
import { realpathSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { RecordedStage } from '../lock/locks.ts';
import { absolutePath, isInside, type WorkspacePath } from '../base/workspace-path.ts';
import type { Problem } from '../base/problem.ts';
import { isHeld } from './held.ts';
import { indexPaths, type PathIndex } from '../graph/path-index.ts';
import { overlapsAny } from './overlap.ts';
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
  /** Every output that is recorded is declared, so that none can appear either. */
  readonly allDeclared: boolean;
}

/** A file or folder that a stage wrote and that no stage declares as its output. */
interface LeftOut extends VanishedOut {
  /** Undefined where the stage did not end well. */
  readonly recorded: LockedPath | undefined;
}

/** Finds nothing where the rules keep such records and files. */
export async function findVanished(workspace: Workspace): Promise<Vanished> {
  const { project, locks, contents, rules } = workspace;
  const nothing = { stages: [], outs: [], problems: [] };
  if (rules.keepsVanished) return { ...nothing, allDeclared: false };
  if (workspace.freshMemory?.holds) return { ...nothing, allDeclared: true };
  const candidates = undeclaredOuts(workspace);
  const left = await leftOuts(candidates, workspace);
  const isRead = isReadIn(workspace);
  const { root } = project;
  const ended = left.filter(({ recorded, at }) => recorded && !isRead(at));
  const tracked = trackedAmong(
    root,
    ended.map(({ at }) => at),
  );
  // A failed attempt can leave a part of an output, also of one that git tracks.
  const partial = left.filter(({ recorded }) => !recorded);
  const unmodified = trackedAmong(
    root,
    partial.map(({ at }) => at),
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
  for (const { stage, at } of partial)
    if (!unmodified.has(at))
      problems.push(unsavedProblem(stage, at, 'left by a run that did not end normally'));
  const stages = locks.vanished().filter(({ entry }) => !entry.data);
  return { stages, outs, problems, allDeclared: candidates.length + stages.length === 0 };
}

function undeclaredOuts({ project, locks }: Workspace): readonly LeftOut[] {
  // What another stage declares now is decided with that stage.
  const paths = new Set(project.stages.flatMap((stage) => stage.outs.map((out) => out.at)));
  let overlaps: ((at: WorkspacePath) => boolean) | undefined;
  const isDeclared = (at: WorkspacePath): boolean => paths.has(at) || (overlaps ??= overlapsAny(paths))(at);
  const left: LeftOut[] = [];
  for (const stage of locks.recorded()) {
    // Data was never made by a stage: it stays when it is no longer declared.
    if (stage.entry.data) continue;
    for (const out of stage.entry.outs) {
      const at = placeOf(stage, out);
      if (!isDeclared(at)) left.push({ stage: stage.name, at, recorded: out });
    }
  }
  for (const { stage, outs } of locks.attempts())
    for (const at of outs) if (!isDeclared(at)) left.push({ stage, at, recorded: undefined });
  return left;
}

/** Those that are there. */
async function leftOuts(
  candidates: readonly LeftOut[],
  { project, contents }: Workspace,
): Promise<readonly LeftOut[]> {
  const places = new Set<WorkspacePath>();
  const left: LeftOut[] = [];
  for (const candidate of candidates) {
    const { at } = candidate;
    if (places.has(at) || !isInProject(at, project.root)) continue;
    if (!(await contents.get(at))) continue;
    places.add(at);
    left.push(candidate);
  }
  return left;
}

/** In the project by its name, and not behind a symbolic link that leads out of it. */
function isInProject(at: WorkspacePath, root: string): boolean {
  if (at === '..' || at.startsWith('../') || at.startsWith('/')) return false;
  try {
    return isInside(realpathSync.native(dirname(absolutePath(root, at))), realpathSync.native(root));
  } catch {
    return false; // the folder does not exist
  }
}

/** Whether a stage declares a path, or something in it, as a dependency or parameter file. */
function isReadIn({ project }: Workspace): (at: WorkspacePath) => boolean {
  let read: PathIndex<WorkspacePath> | undefined;
  return (at) => {
    read ??= indexPaths(
      project.stages.flatMap(({ deps, params }) => [...deps, ...params].map((dep) => [dep.at, dep.at])),
    );
    return read.equal(at) !== undefined || read.inside(at).length > 0;
  };
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
