// The data of a revision: outputs that the cache keeps, and files in them, with their digests.
import type { DataEntry } from '../compare/data-diff.ts';
import { isWithin, type WorkspacePath } from '../base/workspace-path.ts';
import { isDirectory } from '../hash/digest.ts';
import { recordedSize, type LockedPath } from '../lock/lock-entry.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import type { Revision } from './project-at.ts';
import type { ContentsStore } from './read-contents.ts';

/** A file or folder in an output; `path` is relative to it. */
export interface InnerFile {
  readonly path: string;
  readonly digest: string;
  readonly size: number | undefined;
}

/** What an output holds. @returns undefined where nothing is there, or recorded. */
export type LookAt = (stage: Stage, out: Out) => Promise<Looked | undefined>;

export interface Looked extends Pick<LockedPath, 'content' | 'unsized'> {
  /** Of a folder; undefined where they are not known. */
  readonly files: readonly InnerFile[] | undefined;
}

/** As the lock files record it. */
export const recordedData =
  (revision: Revision, store: ContentsStore): LookAt =>
  async (stage, out) => {
    const locked = revision.entry(stage)?.outs.find(({ path }) => path === out.path);
    if (!locked) return undefined;
    if (!isDirectory(locked.content.digest)) return { ...locked, files: [] };
    const entries = await store.entries(locked.content);
    return { ...locked, files: entries?.flatMap((entry) => (entry.kind === 'file' ? [entry] : [])) };
  };

/** Everything by path. @param targets paths, stages or files of data; none means all. */
export async function collectData(
  revision: Revision,
  targets: readonly WorkspacePath[],
  look: LookAt,
): Promise<Map<string, DataEntry>> {
  const entries = new Map<string, DataEntry>();
  for (const stage of revision.project.stages)
    for (const out of stage.outs) {
      if (!out.cache || !isNear(stage, out, targets)) continue;
      const looked = await look(stage, out);
      if (!looked || looked.content.digest === ('' as string)) continue;
      for (const entry of entriesOf(out.at, looked))
        if (isTarget(stage, entry.path, targets)) entries.set(entry.path, entry);
    }
  return entries;
}

function* entriesOf(at: WorkspacePath, { files, ...locked }: Looked): Generator<DataEntry> {
  const { digest } = locked.content;
  const size = recordedSize(locked);
  if (!isDirectory(digest)) return yield { path: at, isFolder: false, digest, size };
  yield { path: at, isFolder: true, digest, size, ...(files === undefined && { isOpaque: true as const }) };
  for (const file of files ?? [])
    yield { path: `${at}/${file.path}`, isFolder: false, digest: file.digest, size: file.size };
}

const isTarget = (stage: Stage, path: string, targets: readonly WorkspacePath[]): boolean =>
  targets.length === 0 || targets.some((target) => isWithin(path, target) || isStage(stage, target));

/** The output, a path in it or a folder around it is meant. */
const isNear = (stage: Stage, { at }: Out, targets: readonly WorkspacePath[]): boolean =>
  targets.length === 0 ||
  targets.some((target) => isWithin(target, at) || isWithin(at, target) || isStage(stage, target));

const isStage = (stage: Stage, target: string): boolean =>
  target === (stage.address as string) || target === (stage.group ?? '');
