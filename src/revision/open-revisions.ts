// Opens revisions of one project: resolves their names and loads each once. Nothing is checked out.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { Dialect } from '../dialect.ts';
import type { Loaded } from '../session/load.ts';
import {
  chooseRevisions,
  findCommit,
  unknownRevision,
  type Commit,
  type RevisionChoice,
} from './choose-revisions.ts';
import { openGitObjects } from './git-objects.ts';
import { GitTrees } from './git-tree.ts';
import { loadRevision, type LoadedRevision, type RevisionPlace, type OtherTexts } from './load-revision.ts';
import type { Revision } from './project-at.ts';
import { namingRevision, revisionOfCommit, revisionOfWorkspace } from './revision-at.ts';

export interface Revisions {
  /** @throws PipeError `unknown-revision`. */
  choose(choice: RevisionChoice): Promise<readonly Commit[]>;
  /** Undefined where git knows no such commit, or the project is in no git repository. */
  find(name: string): Promise<Commit | undefined>;
  /** @throws PipeError with everything that is wrong in its pipeline files, which the places name with the revision. */
  open(commit: Commit, texts?: OtherTexts): Promise<Revision>;
  /** As `find` and `open`. @throws PipeError `unknown-revision`. */
  at(name: string): Promise<Revision>;
  /** Ends git. */
  close(): void;
}

export function openRevisions(place: RevisionPlace): Revisions {
  const objects = openGitObjects(place.git, place.gitCommand);
  const trees = new GitTrees(objects);
  const loaded = new Map<string, Promise<LoadedRevision>>();
  const load = (tree: string): Promise<LoadedRevision> => {
    const known = loaded.get(tree) ?? loadRevision(tree, place, trees);
    loaded.set(tree, known);
    return known;
  };
  const revisions: Revisions = {
    choose: (choice) => chooseRevisions(choice, objects, place.git),
    find: (name) => findCommit(name, objects),
    async open(commit, texts) {
      const name = commit.names.join(',');
      try {
        return revisionOfCommit(
          name,
          commit,
          texts ? await loadRevision(commit.tree, place, trees, texts) : await load(commit.tree),
          trees,
        );
      } catch (error) {
        throw error instanceof PipeError ? namingRevision(error, name) : error;
      }
    },
    async at(name) {
      const commit = await findCommit(name, objects);
      if (!commit) throw unknownRevision(name, []);
      return revisions.open(commit);
    },
    close: () => objects.close(),
  };
  return revisions;
}

/** @returns undefined where the project is in no git repository. @param root absolute. */
export function revisionsIn(root: string, dialect: Dialect): Revisions | undefined {
  const top = gitTop(root);
  if (top === undefined) return undefined;
  return openRevisions({ git: top, top, root, isDvcRepository: dialect.lockFile.name === 'dvc.lock' });
}

export const revisionsOf = ({
  project,
  dialect,
}: Pick<Loaded, 'project' | 'dialect'>): Revisions | undefined => revisionsIn(project.root, dialect);

/** The project as it is in the workspace. */
export const workspaceRevision = ({ dialect, project, graph, folders }: Loaded): Revision =>
  revisionOfWorkspace({ dialect, project, graph }, folders.state);

export function gitTop(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return dirname(folder) === folder ? undefined : gitTop(dirname(folder));
}
