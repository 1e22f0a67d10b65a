// Opens another repository at a revision, or a folder as it is now. Nothing is checked out.
import { existsSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { RemotesConfig } from '../pipeline/config/remote-config.ts';
import { findProject } from '../pipeline/find-root.ts';
import { noOverlay } from '../pipeline/params/overlay.ts';
import { unknownRevision } from '../revision/choose-revisions.ts';
import { openRevisions } from '../revision/open-revisions.ts';
import type { Revision } from '../revision/project-at.ts';
import { revisionOfWorkspace } from '../revision/revision-at.ts';
import { loadAt } from '../session/load.ts';
import { withoutGitSecrets } from '../base/git-url-secrets.ts';
import { findExperimentIn, refuseExperiment } from './experiment-in.ts';
import { findRepository, type RepositoryPlace } from './find-repository.ts';
import { cloneCommit, type CloneOptions } from './git-clone.ts';
import { gitCommand } from './git-command.ts';

export interface Repository {
  /** For people. */
  readonly url: string;
  /** The id of the commit; undefined for a folder as it is now. */
  readonly commit: string | undefined;
  /** What git calls the folder that was named, in the commit. */
  readonly tree: string | undefined;
  readonly revision: Revision;
  /** Absolute folder where git runs; undefined for a folder as it is now. */
  readonly git: string | undefined;
  /** From the folder that was named to the root of its project: '' or `sub/`. */
  readonly prefix: string;
  /** From the root of the project around the folder that was named to that folder: `sub/`. */
  readonly below?: string;
  /** Absolute folder of the cache of a repository of this machine; undefined where only remotes have its data. */
  readonly cache: string | undefined;
  /** Its remotes; those of a repository of this machine as they are declared now. */
  readonly remotes: RemotesConfig | undefined;
  /** Absolute folders that URLs in it can be relative to. */
  readonly bases: readonly string[];
  close(): void;
}

export interface RepositoryRequest {
  /** As given. */
  readonly url: string;
  /** Absolute folders that a path can be relative to. */
  readonly bases: readonly string[];
  readonly rev: string | undefined;
  /** A folder without a revision is read at its last commit, not as it is now. */
  readonly committed: boolean;
  /** In the repository: data in it can belong to a project in a folder around it. */
  readonly path: string;
  readonly onWait?: CloneOptions['onWait'] | undefined;
}

/** @throws PipeError where it cannot be read, or has no such revision. */
export async function openRepository(request: RepositoryRequest): Promise<Repository> {
  const place = findRepository(request.url, request.bases);
  const around = request.committed ? undefined : projectAround(place);
  if (!around) return openPlace(place, request);
  const path = posix.join(around.below, request.path);
  const repository = await openPlace(around.place, { ...request, path });
  const { prefix, revision } = repository;
  if (repository.commit === undefined || revision.isExperiment || prefix !== '' || hasProject(revision))
    return { ...repository, below: around.below };
  // At this commit the folder belonged to no other project yet.
  repository.close();
  return openPlace(place, request);
}

const hasProject = (revision: Revision): boolean =>
  ['pipeline.yaml', 'dvc.yaml', '.dvc'].some((name) => revision.kind(name as WorkspacePath) !== undefined);

/** The project to which a folder of this machine belongs, where its root is above. */
function projectAround(
  place: RepositoryPlace,
): { readonly place: RepositoryPlace; readonly below: string } | undefined {
  if (place.kind !== 'folder' || place.isBare) return undefined;
  const root = findProject(place.folder)?.root;
  // Where git ends, a project ends, too.
  if (root === undefined || root === place.folder || !isBelow(root, place.git)) return undefined;
  return { place: { ...place, folder: root }, below: `${relative(root, place.folder)}/` };
}

const isBelow = (folder: string, top: string | undefined): boolean =>
  top === undefined || folder === top || folder.startsWith(`${top}/`);

async function openPlace(place: RepositoryPlace, request: RepositoryRequest): Promise<Repository> {
  const shown = withoutGitSecrets(request.url);
  const experiment = await openExperiment(place, request, shown);
  if (experiment) return experiment;
  if (
    place.kind === 'folder' &&
    (place.git === undefined || (request.rev === undefined && !place.isBare && !isCommitted(request)))
  )
    return openFolder(place, request, shown);
  return openCommit(place, request, shown);
}

/** A URL means what is committed, also that of a folder. */
const isCommitted = ({ committed, url }: RepositoryRequest): boolean => committed || /^file:/i.test(url);

/** The commit that a revision is now. @throws PipeError as `openRepository` does. */
export async function findRevision(
  request: Omit<RepositoryRequest, 'committed' | 'path'>,
  options: CloneOptions = {},
): Promise<string> {
  const place = findRepository(request.url, request.bases);
  const shown = withoutGitSecrets(request.url);
  if (place.kind === 'url') return (await cloned(place.url, request.rev, shown, options)).commit;
  if (place.git === undefined) return refuseRevision(place.folder, request.rev, shown);
  const revisions = openRevisions(placeIn(place.git, place.git, place.folder));
  try {
    return (await revisionNamed(revisions, request.rev, shown, place.folder)).id;
  } finally {
    revisions.close();
  }
}

/** Undefined where the revision is none. @throws PipeError where a commit is wanted. */
async function openExperiment(
  place: RepositoryPlace,
  { rev, path, committed }: RepositoryRequest,
  shown: string,
): Promise<Repository | undefined> {
  if (place.kind !== 'folder' || place.isBare || rev === undefined || committed) return undefined;
  const inner = innerRootHere(place.folder, path);
  const root = join(place.folder, inner);
  const found = await findExperimentIn(root, rev);
  if (!found) return undefined;
  const { loaded, revision } = found;
  const { id } = revision.commit ?? {};
  return {
    url: shown,
    commit: id,
    tree: id && treeOf(id, place.git!, place.folder),
    git: id && place.git,
    revision,
    prefix: inner === '' ? '' : `${inner}/`,
    cache: loaded.folders.cache,
    remotes: loaded.project.config.remotes,
    bases: [root],
    close: () => found.close(),
  };
}

/** What git calls a folder in a commit. */
function treeOf(commit: string, top: string, folder: string): string {
  const below = relative(top, folder);
  return below === '' ? commit : `${commit}:${below}`;
}

const innerRootHere = (top: string, path: string): string =>
  innerRoot(path, (folder) => existsSync(join(top, folder, '.dvc')));

async function openFolder(
  place: Extract<RepositoryPlace, { kind: 'folder' }>,
  { rev, path }: RepositoryRequest,
  shown: string,
): Promise<Repository> {
  if (rev !== undefined) return refuseRevision(place.folder, rev, shown);
  const inner = innerRootHere(place.folder, path);
  const root = join(place.folder, inner);
  const project = findProject(root);
  const found =
    project && isAround(project.root, root)
      ? project
      : ({ root, pipelineFile: 'pipeline.yaml', isDvcRepository: false } as const);
  const loaded = await loadAt(found, noOverlay);
  return {
    url: shown,
    commit: undefined,
    tree: undefined,
    git: undefined,
    revision: revisionOfWorkspace(loaded, loaded.folders.state),
    prefix: inner === '' ? '' : `${inner}/`,
    cache: loaded.folders.cache,
    remotes: loaded.project.config.remotes,
    bases: [found.root],
    close: () => undefined,
  };
}

/** The folder named is the project, not a part of one. */
const isAround = (root: string, folder: string): boolean => root === folder;

async function openCommit(
  place: RepositoryPlace,
  { rev, path, onWait }: RepositoryRequest,
  shown: string,
): Promise<Repository> {
  const { git, top, named, wanted } =
    place.kind === 'folder'
      ? { git: place.git!, top: place.git!, named: place.folder, wanted: rev }
      : clonedPlace(await cloned(place.url, rev, shown, { onWait }));
  const outer = openRevisions(placeIn(git, top, named));
  try {
    const commit = await revisionNamed(
      outer,
      wanted,
      shown,
      place.kind === 'folder' ? place.folder : undefined,
    );
    const revision = await outer.open({ ...commit, names: [rev ?? commit.id.slice(0, 7)] });
    const inner = innerRoot(
      path,
      (folder) => revision.kind(`${folder === '' ? '' : `${folder}/`}.dvc` as WorkspacePath) === 'directory',
    );
    const isHere = place.kind === 'folder';
    const common = {
      url: shown,
      commit: commit.id,
      tree: treeOf(commit.id, top, named),
      git,
      prefix: inner === '' ? '' : `${inner}/`,
    };
    if (inner === '')
      return { ...common, revision, ...(await besides(isHere, named, revision)), close: () => outer.close() };
    const nested = openRevisions(placeIn(git, top, join(named, inner)));
    const innermost = await nested.open(commit);
    return {
      ...common,
      revision: innermost,
      ...(await besides(isHere, join(named, inner), innermost)),
      close() {
        outer.close();
        nested.close();
      },
    };
  } catch (error) {
    outer.close();
    throw error;
  }
}

/** What a repository of this machine has besides its commits. */
async function besides(
  isHere: boolean,
  root: string,
  { project }: Revision,
): Promise<Pick<Repository, 'cache' | 'remotes' | 'bases'>> {
  const committed = { cache: undefined, remotes: project.config.remotes };
  if (!isHere) return { ...committed, bases: [] };
  try {
    const found = findProject(root);
    const loaded = found && (await loadAt(found, noOverlay));
    const now = loaded && { cache: loaded.folders.cache, remotes: loaded.project.config.remotes };
    return { ...(now ?? committed), bases: [root] };
  } catch (error) {
    // Its pipeline files are wrong just now; at the commit they need not be.
    if (!(error instanceof PipeError)) throw error;
    return { ...committed, bases: [root] };
  }
}

const placeIn = (git: string, top: string, root: string): Parameters<typeof openRevisions>[0] => ({
  git,
  top,
  root,
  isDvcRepository: false,
  gitCommand: () => gitCommand(git),
});

interface Cloned {
  readonly folder: string;
  readonly commit: string;
}

function clonedPlace({ folder, commit }: Cloned): {
  git: string;
  top: string;
  named: string;
  wanted: string;
} {
  const top = join(folder, 'files');
  return { git: folder, top, named: top, wanted: commit };
}

async function cloned(
  url: string,
  rev: string | undefined,
  shown: string,
  options: CloneOptions,
): Promise<Cloned> {
  const { folder, commit } = await cloneCommit(url, rev, shown, options);
  if (commit === undefined) throw rev === undefined ? emptyRepository(shown) : noRevision(rev, shown);
  return { folder, commit };
}

/** @param folder absolute, of a repository of this machine. */
async function revisionNamed(
  revisions: ReturnType<typeof openRevisions>,
  rev: string | undefined,
  shown: string,
  folder: string | undefined,
): Promise<NonNullable<Awaited<ReturnType<typeof revisions.find>>>> {
  const commit = await revisions.find(rev ?? 'HEAD');
  if (commit) return commit;
  if (rev !== undefined && folder !== undefined) await refuseExperiment(folder, rev, shown);
  throw rev === undefined ? emptyRepository(shown) : noRevision(rev, shown);
}

/** Of a folder outside of git. */
async function refuseRevision(folder: string, rev: string | undefined, shown: string): Promise<never> {
  if (rev !== undefined) await refuseExperiment(folder, rev, shown);
  throw outsideOfGit(shown);
}

/** The deepest folder on the way to a path that is a repository of DVC of its own; '' for the top. */
function innerRoot(path: string, isRepository: (folder: string) => boolean): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  for (let length = parts.length; length > 0; length -= 1) {
    const folder = parts.slice(0, length).join('/');
    if (isRepository(folder)) return folder;
  }
  return '';
}

function noRevision(rev: string, shown: string): PipeError {
  const [problem] = unknownRevision(rev, []).problems;
  return new PipeError({
    ...problem!,
    title: `${shown} has no revision '${rev}'`,
    hint: 'give a branch, a tag or a commit of it',
  });
}

const emptyRepository = (shown: string): PipeError =>
  new PipeError({
    code: 'repository-unreachable',
    title: `${shown} has no commit`,
    hint: 'commit something there first',
  });

const outsideOfGit = (shown: string): PipeError =>
  new PipeError({
    code: 'repository-unreachable',
    title: `${shown} is not in git, so it has no revisions`,
    hint: 'leave out --rev, or give a repository of git',
  });
