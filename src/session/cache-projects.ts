// What a project has to know of the others that use the same cache: it notes its own needs there, and reads theirs before it removes
// anything.
import { existsSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import {
  forgetProject,
  noteProject,
  otherProjects,
  projectsFolder,
  type FoundProject,
} from '../cache/projects.ts';
import type { Content, Digest } from '../hash/digest.ts';
import { errno, PipeError } from '../base/problem.ts';
import { contentsIn } from '../lock/lock-entry.ts';
import { lockAt } from '../lock/locks.ts';
import type { Loaded } from './load.ts';
import { contentsBeside, neededContents } from './needed-contents.ts';
import type { OpenWorkspace } from './open-workspace.ts';

const DAY = 24 * 3600 * 1000;
/** What a project needed is kept for so long after its root is gone: it can be on a disk that is not mounted now. */
const GONE_FOR = 90 * DAY;

/** Whether other projects use the cache too, or may do so. */
export const isCacheShared = ({
  dialect,
  project,
  folders,
}: Pick<Loaded, 'dialect' | 'project' | 'folders'>): boolean =>
  folders.cache !== join(project.root, dialect.defaultCache) || existsSync(projectsFolder(folders.cache));

/** Notes what this project needs of a shared cache. Where the cache cannot be written to, nothing of it can be removed from here. */
function noteUse(workspace: OpenWorkspace): void {
  const { dialect, project, folders } = workspace;
  if (!isCacheShared(workspace)) return;
  const folderOf = (file: string): string => (dirname(file) === '.' ? '' : `${dirname(file)}/`);
  const locks = new Set(['', ...project.stages.map(({ file }) => folderOf(file))]);
  try {
    noteProject(
      folders.cache,
      {
        root: realpathSync(project.root),
        host: hostname(),
        locks: [...locks].map((folder) => `${folder}${dialect.lockFile.name}`),
        needed: [...new Set(neededContents(workspace).map(({ digest }) => digest))].sort(),
      },
      project.config.cache?.shared === true,
    );
  } catch (error) {
    if (!UNWRITABLE.includes(errno(error) ?? '')) throw error;
  }
}

/** Notes it before, since a run can be killed, and after. */
export async function notingUse<T>(workspace: OpenWorkspace, work: () => Promise<T>): Promise<T> {
  noteUse(workspace);
  try {
    return await work();
  } finally {
    noteUse(workspace);
  }
}

const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT'];

export interface Others {
  /** Objects that other projects need. */
  readonly needed: readonly Content[];
  readonly kept: readonly OtherProject[];
}

export interface OtherProject {
  readonly root: string;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly lastUse: number;
  /** Its root cannot be seen from here: what it needed last is kept for 90 days. */
  readonly gone: boolean;
}

/**
 * What the other projects of the cache need, as they are now where they can be read, and as they were when they last used the cache.
 * @param dry forget no project. @throws PipeError for a project whose needs cannot be read.
 */
export function othersOf({ dialect, project, folders }: Loaded, dry: boolean): Others {
  const { projects, unreadable } = otherProjects(folders.cache, realpathSync(project.root));
  if (unreadable.length > 0) throw unreadableProblem(join(projectsFolder(folders.cache), unreadable[0]!));
  const kept: OtherProject[] = [];
  const needed: Content[] = [];
  for (const found of projects) {
    const { root, host, lastUse } = found;
    const gone = host !== hostname() || !existsSync(root);
    if (gone && lastUse < Date.now() - GONE_FOR) {
      if (!dry) forgetProject(folders.cache, found);
      continue;
    }
    kept.push({ root, host, lastUse, gone });
    for (const content of found.needed) needed.push(contentOf(content));
    if (!gone) for (const content of neededNow(found, dialect)) needed.push(content);
  }
  return { needed, kept };
}

const contentOf = (digest: Digest): Content => ({ digest, size: 0 });

/** Read from the project itself; nothing where it belongs to somebody who does not allow that. */
function neededNow({ root, locks }: FoundProject, dialect: Loaded['dialect']): readonly Content[] {
  const own = dialect.ownFolder(root);
  const { format } = dialect.lockFile;
  try {
    const recorded = locks.map((path) => lockAt(root, path, join(own, 'state'), format));
    return [
      ...recorded.flatMap(({ entries }) => contentsIn([...entries.values()])),
      ...contentsBeside({ own, experiments: dialect.experimentsFolder(root) }, dialect),
    ];
  } catch (error) {
    if (errno(error) === 'EACCES') return [];
    throw foreignProblem(root, error);
  }
}

function foreignProblem(root: string, error: unknown): unknown {
  if (!(error instanceof PipeError)) return error;
  return new PipeError({
    code: 'cache-project-unreadable',
    title: `another project uses this cache, and what it needs cannot be read`,
    facts: [
      ['project', root],
      ['reason', error.problems[0]?.title ?? error.message],
    ],
    hint: 'mend it there; nothing was removed',
  });
}

function unreadableProblem(file: string): PipeError {
  return new PipeError({
    code: 'cache-project-unreadable',
    title: 'another project uses this cache, and the file with what it needs cannot be read',
    facts: [['file', file]],
    hint: 'a newer version of pipe may have written it: update pipe; if its project is gone, delete the file. Nothing was removed',
  });
}
