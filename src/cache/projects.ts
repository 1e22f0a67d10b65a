// The projects that share one cache folder. Each keeps a file there that names its root, its lock files and the objects that these
// name, so that garbage collection of one project keeps what the others need, also where it may not read their folders.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import {
  GROUP_FILE,
  inFolder,
  listFolder,
  makeRealFolder,
  NO_LINK,
  removeSeen,
  type Entry,
} from '../disk/real-folder.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { PROJECTS } from './cache-tag.ts';

export interface CacheProject {
  /** Absolute, without links. */
  readonly root: string;
  readonly host: string;
  /** Lock files, relative to the root. */
  readonly locks: readonly string[];
  /** Objects that were needed when the project last used the cache. */
  readonly needed: readonly Digest[];
}

/** As it was found. */
export interface FoundProject extends CacheProject {
  readonly file: Entry;
  /** Milliseconds since the epoch. */
  readonly lastUse: number;
}

const SCHEMA = 'pipe-project/1';
const NAME = /^[0-9a-f]{16}\.json$/;

/** The folder exists where another project uses the cache, or did. @param dir absolute cache folder. */
export const projectsFolder = (dir: string): string => join(dir, PROJECTS);

const nameOf = ({ root, host }: Pick<CacheProject, 'root' | 'host'>): string =>
  `${createHash('sha256').update(`${host}\n${root}`).digest('hex').slice(0, 16)}.json`;

/** Writes the file of a project, also where nothing has changed: its age is that of the last use. @param dir absolute. */
export function noteProject(dir: string, project: CacheProject, shared: boolean): void {
  const folder = projectsFolder(dir);
  makeRealFolder(dir, folder, shared);
  const file = join(folder, nameOf(project));
  replaceFile(file, `${JSON.stringify({ schema: SCHEMA, ...project })}\n`, {
    temporary: `${file}.${temporaryName()}`,
    replaceLink: true,
    ...(shared && { mode: GROUP_FILE }),
  });
}

/**
 * All projects that use the cache but the one at `root` on this machine.
 * @param dir absolute. @returns those that can be read, and names of files that cannot.
 */
export function otherProjects(
  dir: string,
  root: string,
): { readonly projects: readonly FoundProject[]; readonly unreadable: readonly string[] } {
  const folder = projectsFolder(dir);
  const own = nameOf({ root, host: hostname() });
  const projects: FoundProject[] = [];
  const unreadable: string[] = [];
  for (const file of listFolder(dir, folder)) {
    if (!NAME.test(file.name) || file.name === own) continue;
    const project = inFolder(dir, folder, (at) => readProject(at(file.name)));
    if (project) projects.push({ ...project, file, lastUse: file.stats.mtimeMs });
    else if (existsSync(join(folder, file.name))) unreadable.push(file.name);
  }
  return { projects, unreadable };
}

/** Forgets a project, unless it has used the cache since it was found. */
export function forgetProject(dir: string, { file }: FoundProject): void {
  removeSeen(dir, join(projectsFolder(dir), file.name), file.stats);
}

function readProject(file: string): CacheProject | undefined {
  try {
    const value = JSON.parse(
      readFileSync(file, { encoding: 'utf8', flag: NO_LINK }),
    ) as Partial<CacheProject> & {
      schema?: unknown;
    };
    const { schema, root, host, locks, needed } = value;
    const isOurs = schema === SCHEMA && typeof root === 'string' && typeof host === 'string';
    return isOurs && isTexts(locks) && isTexts(needed) ? { root, host, locks, needed } : undefined;
  } catch {
    return undefined;
  }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
