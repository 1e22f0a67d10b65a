// How large recorded outputs are, by what lock files record: nothing needs to be in the workspace.
import { posix } from 'node:path';
import { didYouMean } from '../base/suggest.ts';
import { PipeError } from '../base/problem.ts';
import { isWithin, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { isDirectory } from '../hash/digest.ts';
import { lockedPath, type LockedPath } from '../lock/lock-entry.ts';
import type { OpenWorkspace } from './open-workspace.ts';

export interface Sized {
  readonly path: string;
  /** Undefined where neither the record nor the cache has it. */
  readonly bytes: number | undefined;
  /** Of a folder. */
  readonly files?: number;
}

/**
 * @param targets paths, relative to a folder of the workspace; none means every output.
 * @throws PipeError for a target where nothing is recorded.
 */
export function recordedSizes(
  targets: readonly string[],
  here: WorkspacePath,
  workspace: OpenWorkspace,
): readonly Sized[] {
  const { project, locks } = workspace;
  const recorded = project.stages.flatMap((stage) => {
    const entry = locks.entry(stage);
    return stage.outs.flatMap((out) => {
      const locked = lockedPath(entry?.outs, out.path);
      return locked ? [{ at: out.at, locked }] : [];
    });
  });
  const found = targets.length === 0 ? recorded.map(({ at, locked }) => sizeOf(at, locked, workspace)) : [];
  for (const target of targets) {
    const asked = workspacePath(project.root, here, target);
    const inside = recorded.filter(({ at }) => at !== asked && (asked === '.' || isWithin(at, asked)));
    const holder = recorded.find(({ at }) => isWithin(asked, at));
    const files = holder ? filesIn(holder.at, holder.locked, asked, workspace) : [];
    if (inside.length + files.length === 0)
      throw new PipeError(
        unknownProblem(
          target,
          recorded.map(({ at }) => at),
        ),
      );
    for (const { at, locked } of inside) found.push(sizeOf(at, locked, workspace));
    for (const file of files) found.push(file);
  }
  return [...new Map(found.map((entry) => [entry.path, entry])).values()].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
}

function sizeOf(at: WorkspacePath, { content, unsized }: LockedPath, workspace: OpenWorkspace): Sized {
  const folder = content.nfiles !== undefined && { files: content.nfiles };
  // DVC leaves the size of some folders out.
  const isKnown = unsized !== true && (content.size > 0 || !content.nfiles);
  const bytes = isKnown ? content.size : sumOf(filesIn(at, { path: at, content }, at, workspace));
  return { path: at, bytes, ...folder };
}

function sumOf(files: readonly Sized[]): number | undefined {
  return files.every(({ bytes }) => bytes !== undefined) && files.length > 0
    ? files.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
    : undefined;
}

/** The files of an output at or below a path. */
function filesIn(
  at: WorkspacePath,
  { content }: LockedPath,
  below: WorkspacePath,
  { store }: OpenWorkspace,
): readonly Sized[] {
  if (!isDirectory(content.digest)) return [{ path: at, bytes: content.size }];
  return (store.entries(content) ?? []).flatMap((entry): Sized[] => {
    const path = posix.join(at, entry.path) as WorkspacePath;
    if (entry.kind !== 'file' || !isWithin(path, below)) return [];
    return [{ path, bytes: entry.size ?? store.sizeOf(entry.digest) }];
  });
}

const unknownProblem = (
  target: string,
  known: readonly string[],
): ConstructorParameters<typeof PipeError>[0] => {
  const near = didYouMean(target, known, 3);
  return {
    code: 'unknown-target',
    title: `nothing that is recorded is at or in '${target}'`,
    hint: near ?? 'of a folder the cache has to have the list of its files: `pipe fetch` gets it',
  };
};
