// What differs between two states of tracked data (a commit, what is recorded, the workspace): decides only. The kinds of changes, and
// which files count, are those of `dvc data status`.
import { dirname } from 'node:path';
import type { Digest } from '../hash/digest.ts';

/** A tracked file or folder, or a file in a folder. */
export interface TrackedEntry {
  /** Undefined where nothing is recorded. */
  readonly digest: Digest | undefined;
  /** Undefined where it is not recorded. */
  readonly size?: number | undefined;
  readonly isFolder: boolean;
}

export interface TrackedState {
  /** By path from the root. */
  readonly entries: ReadonlyMap<string, TrackedEntry>;
  /** The files in a folder, by path from the root; undefined where its list is not known. */
  files(path: string): ReadonlyMap<string, TrackedEntry> | undefined;
}

/** Paths of folders end with `/`; sorted. */
export interface DataChanges {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
  readonly renamed: readonly { readonly old: string; readonly new: string }[];
  readonly unchanged: readonly string[];
  /** Files in a folder whose recorded list is not here. */
  readonly unknown: readonly string[];
}

type Kind = 'added' | 'modified' | 'deleted' | 'unchanged' | 'unknown';

interface Change {
  readonly kind: Kind;
  readonly path: string;
  readonly digest: Digest | undefined;
  readonly isFolder: boolean;
}

/** @param granular look into folders; @param counts whether a path was asked for. */
export function dataChanges(
  old: TrackedState,
  now: TrackedState,
  granular: boolean,
  counts: (path: string) => boolean,
): DataChanges {
  const changes = changesIn(old, now, granular).filter(({ path }) => counts(path));
  const { renamed, rest } = findRenames(changes);
  const of = (kind: Kind): string[] =>
    rest
      .filter((change) => change.kind === kind)
      .map(shown)
      .sort();
  return {
    added: of('added'),
    modified: of('modified'),
    deleted: of('deleted'),
    renamed: renamed.sort((a, b) => (a.new < b.new ? -1 : 1)),
    unchanged: of('unchanged'),
    unknown: of('unknown'),
  };
}

const shown = ({ path, isFolder }: Pick<Change, 'path' | 'isFolder'>): string =>
  isFolder ? `${path}/` : path;

function changesIn(old: TrackedState, now: TrackedState, granular: boolean): Change[] {
  return both(old.entries, now.entries).flatMap(([path, before, after]) => {
    const own = changeOf(path, before, after);
    if (!granular || !(before?.isFolder || after?.isFolder)) return own;
    const filesBefore = before?.isFolder && before.digest !== undefined ? old.files(path) : new Map();
    const filesAfter = after?.isFolder ? now.files(path) : new Map();
    if (filesBefore && filesAfter)
      return [...own, ...both(filesBefore, filesAfter).flatMap(([file, a, b]) => changeOf(file, a, b))];
    const unknown = withFolders(path, [...(filesAfter ?? new Map<string, TrackedEntry>()).keys()]).map(
      ([at, isFolder]): Change => ({ kind: 'unknown', path: at, digest: undefined, isFolder }),
    );
    return [...own, ...unknown];
  });
}

/** The files, and the folders around them below a folder. */
function withFolders(folder: string, files: readonly string[]): [string, boolean][] {
  const found = new Map<string, boolean>();
  for (const file of files) {
    found.set(file, false);
    for (let at = dirname(file); at !== folder && at.startsWith(`${folder}/`); at = dirname(at))
      found.set(at, true);
  }
  return [...found];
}

type Entries = ReadonlyMap<string, TrackedEntry>;

function both(old: Entries, now: Entries): [string, TrackedEntry | undefined, TrackedEntry | undefined][] {
  const paths = new Set([...old.keys(), ...now.keys()]);
  return [...paths].map((path) => [path, old.get(path), now.get(path)]);
}

/** None where neither side has content. */
function changeOf(path: string, old: TrackedEntry | undefined, now: TrackedEntry | undefined): Change[] {
  const [before, after] = [old?.digest, now?.digest];
  if (before === undefined && after === undefined) return [];
  const kind =
    before === undefined
      ? 'added'
      : after === undefined
        ? 'deleted'
        : before === after
          ? 'unchanged'
          : 'modified';
  const isFolder = (now?.digest === undefined ? old : now)?.isFolder === true;
  return [{ kind, path, digest: after ?? before, isFolder }];
}

/** What was added with the content of something that was deleted; of several the first by path. */
function findRenames(changes: readonly Change[]): {
  renamed: { old: string; new: string }[];
  rest: readonly Change[];
} {
  const byPath = (a: Change, b: Change): number => (a.path < b.path ? -1 : 1);
  const deleted = Map.groupBy(
    changes.filter(({ kind }) => kind === 'deleted').sort(byPath),
    ({ digest }) => digest,
  );
  const gone = new Set<Change>();
  const renamed: { old: string; new: string }[] = [];
  for (const added of changes.filter(({ kind }) => kind === 'added').sort(byPath)) {
    const source = deleted.get(added.digest)?.shift();
    if (!source) continue;
    gone.add(added).add(source);
    renamed.push({ old: shown(source), new: shown(added) });
  }
  return { renamed, rest: changes.filter((change) => !gone.has(change)) };
}
