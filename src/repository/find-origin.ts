// What a path of another repository is now, and how it is brought: for imports.
import { join } from 'node:path';
import type { LockedOrigin } from '../lock/lock-entry.ts';
import type { Origin, Stage } from '../pipeline/stage.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { bringPath } from './bring-path.ts';
import { openForeignStore, type ForeignStore } from './foreign-store.ts';
import type { Content } from '../hash/digest.ts';
import type { CloneOptions } from './git-clone.ts';
import { bringEntries, type BringOptions } from './object-places.ts';
import { pathIn } from './path-in.ts';
import { findRevision, openRepository, type Repository } from './open-repository.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { sourceForeign } from '../source/source-problem.ts';
import { dirname } from 'node:path';

export type RepositoryOrigin = Extract<Origin, { readonly kind: 'repository' }>;

/** Absolute folders that the URL of an import can be relative to: that of its file, and the root. */
export const basesOf = (root: string, stage: Pick<Stage, 'wdir'> | undefined): readonly string[] => [
  ...(stage ? [join(root, stage.wdir)] : [process.cwd()]),
  root,
];

/** @throws PipeError where the repository cannot be read, or an option of the import is not supported. */
export async function lookAtRepository(
  origin: RepositoryOrigin,
  bases: readonly string[],
  options: CloneOptions = {},
): Promise<LockedOrigin> {
  refuseForeign(origin);
  return { rev: await findRevision({ url: origin.url, bases, rev: origin.rev }, options) };
}

/** @param rev the commit that is wanted, in place of what the import follows. */
export async function bringFromRepository(
  origin: RepositoryOrigin,
  bases: readonly string[],
  rev: string | undefined,
  path: string,
  workspace: OpenWorkspace,
  options: BringOptions,
): Promise<LockedOrigin> {
  refuseForeign(origin);
  const repository = await openImported(origin, bases, rev, options);
  const store = storeFor(repository, workspace, path);
  try {
    await bringPath(repository, origin.path, path, store, { ...options, remote: origin.remote });
    return { rev: repository.commit! };
  } finally {
    store.close();
    repository.close();
  }
}

/**
 * Brings the recorded list of an imported folder into the cache, where the repository records the same folder.
 * @param rev the commit. @returns whether the cache has the list now.
 */
export async function bringList(
  origin: RepositoryOrigin,
  bases: readonly string[],
  rev: string | undefined,
  content: Content,
  workspace: OpenWorkspace,
  options: BringOptions,
): Promise<boolean> {
  const repository = await openImported(origin, bases, rev, options);
  const store = storeFor(repository, workspace, workspace.project.root);
  try {
    const output = repository.revision.output(pathIn(repository, origin.path));
    const isSame = output?.out.cache && !output.cloud && output.content.digest === content.digest;
    if (!isSame || store.layout !== workspace.layout) return false;
    const remote = origin.remote;
    return (
      (await bringEntries(content, output.out.remote, repository, store, { ...options, remote })) !==
      undefined
    );
  } finally {
    store.close();
    repository.close();
  }
}

const openImported = (
  { url, path, rev }: RepositoryOrigin,
  bases: readonly string[],
  commit: string | undefined,
  { onWait }: BringOptions,
): Promise<Repository> => openRepository({ url, bases, rev: commit ?? rev, committed: true, path, onWait });

/** The cache of this project, where it hashes as the other one does. */
function storeFor({ revision }: Repository, workspace: OpenWorkspace, path: string): ForeignStore {
  const { cache, placing } = workspace.folders;
  const isAlike = revision.dialect.layout === workspace.layout;
  return openForeignStore(revision.dialect, {
    dir: isAlike ? cache : join(placing, `${temporaryName()}.objects`),
    scratch: placing,
    root: dirname(path),
    temporary: !isAlike,
  });
}

function refuseForeign({ url, foreign }: RepositoryOrigin): void {
  if (foreign) throw sourceForeign(url, foreign);
}
