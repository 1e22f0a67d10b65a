// What a comparison opens: revisions of git, the workspace and the cache, each when it is first needed.
import { relative, resolve } from 'node:path';
import { PipeError, type Problem } from '../../base/problem.ts';
import { folderHere, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { failureOf, type FilesValues, type SideValues } from '../../compare/file-values.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { findRoot } from '../../pipeline/find-root.ts';
import { unknownRevision, type Commit, type RevisionChoice } from '../../revision/choose-revisions.ts';
import { revisionsIn, workspaceRevision, type Revisions } from '../../revision/open-revisions.ts';
import type { Revision } from '../../revision/project-at.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import { dialectOf, loadToShow, type Loaded } from '../../session/load.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';

/** Something with values. */
export type Side = RevisionSide | ExperimentSide;

/** A commit, or the workspace. */
export interface RevisionSide {
  readonly kind: 'revision';
  /** As it was asked for. */
  readonly name: string;
  /** @throws PipeError with everything that is wrong in its pipeline files. */
  revision(): Promise<Revision>;
}

export interface ExperimentSide {
  readonly kind: 'experiment';
  readonly name: string;
  readonly record: ExperimentRecord;
  /** What it was made from, with its parameters: its commit, or the workspace where that is gone. @throws PipeError where it does not load. */
  base(): Promise<Revision>;
  /** Its stages, with the results that its record names. @throws PipeError as `base`, and for a damaged record. */
  revision(): Promise<Revision>;
}

export interface Sides {
  /** The project of the workspace. @throws PipeError where it does not load. */
  workspace(): Promise<OpenWorkspace>;
  /** @throws PipeError where the project is in no git repository, or git does not know a revision. */
  choose(choice: RevisionChoice): Promise<readonly RevisionSide[]>;
  /** @param name of a revision, `workspace`, or an experiment. @throws PipeError as `choose`. */
  at(name: string): Promise<Side>;
  /** Undefined where there is no such experiment. @throws PipeError where its record cannot be read. */
  experiment(name: string): Promise<ExperimentSide | undefined>;
  /** The workspace. */
  readonly here: RevisionSide;
  /** A path that was given in the current folder, from the root. */
  readonly inside: (path: string) => WorkspacePath;
  /** A path from the root, as it is shown in the current folder. */
  readonly shown: (path: string) => string;
}

/** Closes everything however `use` ends. @throws PipeError where the current folder is in no project. */
export async function withSides<T>(use: (sides: Sides) => Promise<T>): Promise<T> {
  const found = findRoot(process.cwd());
  const dialect = await dialectOf(found);
  const { root } = found;
  const cwd = folderHere(root);
  const revisions = revisionsIn(root, dialect);
  let loading: Promise<Loaded> | undefined;
  const loaded = (): Promise<Loaded> => (loading ??= loadToShow(found));
  let opened: Promise<OpenWorkspace> | undefined;
  const workspace = (): Promise<OpenWorkspace> =>
    (opened ??= loaded().then(async (project) => {
      // Only what git does not have is read from the cache.
      const { openWorkspace } = await import('../../session/open-workspace.ts');
      return openWorkspace(project, {});
    }));
  const git = (): Revisions => {
    if (revisions) return revisions;
    throw new PipeError({
      code: 'not-in-git',
      title: 'the project is in no git repository, so it has no revisions to compare with',
      hint: 'run `git init` and commit, or use `pipe metrics show`, which needs none',
    });
  };
  const here: RevisionSide = {
    kind: 'revision',
    name: WORKSPACE,
    revision: async () => workspaceRevision(await loaded()),
  };
  const sideOf = (commit: Commit): RevisionSide => ({
    kind: 'revision',
    name: commit.names.join(','),
    revision: () => git().open(commit),
  });
  const experiment = async (name: string): Promise<ExperimentSide | undefined> => {
    // Few names are experiments.
    const { findRecord } = await import('../../experiment/record-files.ts');
    const record = findRecord(dialect.experimentsFolder(root), name);
    if (!record) return undefined;
    const { baseOf } = await import('../../revision/experiment-base.ts');
    const base = (): Promise<Revision> => baseOf(record, revisions, loaded);
    const { revisionOfExperiment } = await import('../../revision/experiment-revision.ts');
    return {
      kind: 'experiment',
      name,
      record,
      base,
      revision: async () => revisionOfExperiment(record, await base()),
    };
  };
  try {
    return await use({
      workspace,
      choose: async (choice) => (await git().choose(choice)).map(sideOf),
      here,
      async at(name) {
        if (name === WORKSPACE) return here;
        const commit = await revisions?.find(name);
        if (commit) return sideOf(commit);
        const found = await experiment(name);
        if (found) return found;
        const { namesIn } = await import('../../experiment/record-files.ts');
        const known = namesIn(dialect.experimentsFolder(root));
        throw (await git().find('HEAD')) ? unknownRevision(name, known) : noCommits(name);
      },
      experiment,
      inside: (path) => workspacePath(root, cwd, path),
      shown: (path) => relative(process.cwd(), resolve(root, path)) || '.',
    });
  } finally {
    revisions?.close();
    (await opened?.catch(() => undefined))?.close();
  }
}

function noCommits(name: string): PipeError {
  return new PipeError({
    code: 'unknown-revision',
    title: `there is no revision '${name}': the repository has no commits yet`,
    hint: 'commit first, then there is something to compare with',
  });
}

/** In the command line, and not in what a side holds. */
const isMistake = ({ code }: Problem): boolean => code === 'no-remote';

/** The values of one side; where it cannot be loaded, why. @throws PipeError for a remote that does not exist. */
export async function valuesAt(
  side: Side,
  ofRevision: (revision: Revision) => Promise<FilesValues>,
  ofExperiment: (side: ExperimentSide) => Promise<FilesValues>,
): Promise<SideValues> {
  const { name } = side;
  try {
    const files =
      side.kind === 'revision' ? await ofRevision(await side.revision()) : await ofExperiment(side);
    return { name, files };
  } catch (error) {
    if (!(error instanceof PipeError) || error.problems.some(isMistake)) throw error;
    return { name, files: undefined, failure: failureOf(error) };
  }
}
