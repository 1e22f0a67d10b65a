// Revisions in memory, and what is collected of them.
import { posix } from 'node:path';
import type { Value, WorkspacePath } from '../../src/base/base.ts';
import type { Digest } from '../../src/hash/hash.ts';
import type { LockEntry, LockedPath } from '../../src/lock/lock.ts';
import { pipeFormat } from '../../src/own/own.ts';
import { noOverlay, type Project } from '../../src/pipeline/pipeline.ts';
import { outputsOf, type Revision } from '../../src/revision/revision.ts';
import { loadFolder } from '../pipeline/load-folder.ts';
import { withFolder } from '../pipeline/project-folder.ts';

export const at = (path: string): WorkspacePath => path as WorkspacePath;
export const digest = (letter: string): Digest => letter.repeat(64) as Digest;

export const out = (path: string, letter: string, more: object = {}): LockedPath => ({
  path,
  content: { digest: digest(letter), size: path.length },
  ...more,
});

export const entryOf = (...outs: readonly LockedPath[]): LockEntry => ({
  cmd: 'x',
  deps: [],
  params: new Map(),
  outs,
});

/** @param files of the commit. */
export function revisionIn(
  project: Project,
  files: Readonly<Record<string, string>>,
  entries: Readonly<Record<string, LockEntry>> = {},
  more: Partial<Revision> = {},
): Revision {
  const entry: Revision['entry'] = (stage) => entries[stage.address];
  const isFolder = (path: string): boolean => Object.keys(files).some((name) => name.startsWith(`${path}/`));
  return {
    name: 'HEAD',
    project,
    entry,
    dialect: { lockFile: { name: 'pipeline.lock', format: pipeFormat } },
    kind: (path: string) => (path in files ? 'file' : isFolder(path) ? 'directory' : undefined),
    names: async (path: string) => [
      ...new Set(
        Object.keys(files).flatMap((name) => {
          const inside = posix.relative(path, name);
          return inside.startsWith('..') ? [] : [inside.split('/')[0]!];
        }),
      ),
    ],
    bytes: async (path: string) => (path in files ? Buffer.from(files[path]!) : undefined),
    output: outputsOf(project, entry),
    ...more,
  } as unknown as Revision;
}

export const noStore = { read: () => undefined, entries: () => undefined };

/** Loads a project, and works on it while its files exist. */
export const withLoaded = (
  files: Readonly<Record<string, string>>,
  use: (project: Project) => Promise<void>,
): Promise<void> => use(withFolder(files, (root) => loadFolder(root, noOverlay)));

export const valuesIn = (files: ReadonlyMap<string, { readonly kind: string }>): object =>
  Object.fromEntries(
    [...files].map(([file, read]) => {
      const value = 'value' in read ? (read.value as Value) : read.kind;
      return [file, value instanceof Map ? Object.fromEntries(value) : value];
    }),
  );
