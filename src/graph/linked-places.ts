// The places of the workspace that stages read and write through symlinks, as the workspace is now. In projects of our own
// they make edges in the same way as declared paths.
import { lstatSync, readdirSync, type Dirent, type Stats } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { endOf, followLinks, type FollowedLinks, type LinkEnd } from '../hash/follow-links.ts';
import { ignoreRules, type IgnoreRules } from '../hash/ignore-rules.ts';
import { IGNORE_FILE } from '../hash/entry-names.ts';
import { absolutePath, isInside, isUrl, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { errno } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';

/** The project with `linked` set wherever a symlink leads elsewhere; the same object where none does. */
export function withLinkedPlaces(project: Project): Project {
  const resolver = new LinkResolver(project.root);
  const stages = project.stages.map((stage) => withLinks(stage, resolver));
  return stages.every((stage, index) => stage === project.stages[index]) ? project : { ...project, stages };
}

function withLinks(stage: Stage, resolver: LinkResolver): Stage {
  const deps = linkedItems(stage.deps, (at) => resolver.placesRead(at));
  const params = linkedItems(stage.params, (at) => resolver.placesRead(at));
  const outs = linkedItems(stage.outs, (at) => resolver.placesWritten(at));
  return deps === stage.deps && params === stage.params && outs === stage.outs
    ? stage
    : { ...stage, deps, params, outs };
}

function linkedItems<T extends { readonly at: WorkspacePath }>(
  items: readonly T[],
  linkedOf: (at: WorkspacePath) => readonly WorkspacePath[],
): readonly T[] {
  if (items.every(({ at }) => linkedOf(at).length === 0)) return items;
  return items.map((item) => {
    const linked = linkedOf(item.at);
    return linked.length > 0 ? { ...item, linked } : item;
  });
}

const NONE: readonly WorkspacePath[] = [];

/** After so many looks at single names of a folder, one listing of it takes less time than more looks. */
const LIST_AFTER = 32;

interface LookedInto {
  looks: number;
  listed?: Listed | undefined;
}

/** The names in a folder. */
interface Listed {
  /** Neither links nor folders: most names. */
  readonly plain: ReadonlySet<string>;
  readonly others: ReadonlyMap<string, Dirent>;
}

/** A folder that is declared, or in which something is. */
interface Around {
  readonly end: LinkEnd;
  /** No link is on the way to it. */
  readonly isOwn: boolean;
}

/** Looks at every folder once. */
class LinkResolver {
  readonly #root: string;
  readonly #ignores: IgnoreRules;
  readonly #ends: Map<WorkspacePath, LinkEnd>;
  readonly #folders = new Map<string, LookedInto>();
  readonly #around = new Map<WorkspacePath, Around>();
  readonly #read = new Map<WorkspacePath, readonly WorkspacePath[]>();

  constructor(root: string) {
    this.#root = root;
    this.#ignores = ignoreRules(root, IGNORE_FILE);
    this.#ends = new Map([['.' as WorkspacePath, { path: root, kind: 'directory' }]]);
  }

  /** The real path of a dependency, and where the links in it lead. */
  placesRead(at: WorkspacePath): readonly WorkspacePath[] {
    if (isOutside(at) || this.#isPlain(at)) return NONE;
    let places = this.#read.get(at);
    if (!places) {
      const end = this.#endAt(at);
      const isFolder = end.kind === 'directory' && isInside(end.path, this.#root);
      const links = isFolder ? this.#linksIn(end.path) : [];
      places = this.#elsewhere(at, [end.path, ...links.map((link) => link.end.path)]);
      this.#read.set(at, places);
    }
    return places;
  }

  /** The real path of an output: links on the way to it are followed, the output itself is replaced. */
  placesWritten(at: WorkspacePath): readonly WorkspacePath[] {
    if (isOutside(at)) return NONE;
    const { end, isOwn } = this.#aroundOf(at);
    return isOwn ? NONE : this.#elsewhere(at, [inFolder(end.path, basename(at))]);
  }

  /** Known without a look at the path itself: a file to which no link leads. */
  #isPlain(at: WorkspacePath): boolean {
    const { end, isOwn } = this.#aroundOf(at);
    return isOwn && this.#folders.get(end.path)?.listed?.plain.has(basename(at)) === true;
  }

  #aroundOf(at: WorkspacePath): Around {
    const folder = parentFolder(at);
    let around = this.#around.get(folder);
    if (!around) {
      const end = this.#endAt(folder);
      around = { end, isOwn: end.path === absolutePath(this.#root, folder) };
      this.#around.set(folder, around);
    }
    return around;
  }

  #endAt(at: WorkspacePath): LinkEnd {
    let end = this.#ends.get(at);
    if (!end) {
      end = this.#endIn(this.#endAt(parentFolder(at)), basename(at));
      this.#ends.set(at, end);
    }
    return end;
  }

  #endIn(folder: LinkEnd, name: string): LinkEnd {
    const path = inFolder(folder.path, name);
    if (folder.kind !== 'directory') return { path, kind: 'nothing' };
    const listed = this.#listed(folder.path);
    if (listed?.plain.has(name)) return { path, kind: 'file' };
    const found = listed?.others.get(name) ?? statsOf(path);
    if (found?.isSymbolicLink()) return endOf(path) ?? { path, kind: 'nothing' };
    return { path, kind: !found ? 'nothing' : found.isDirectory() ? 'directory' : 'file' };
  }

  /** One listing of a folder in which many paths are declared; undefined where that is not so. */
  #listed(folder: string): Listed | undefined {
    const known = this.#folders.get(folder) ?? { looks: 0 };
    known.looks += 1;
    this.#folders.set(folder, known);
    if (known.looks === LIST_AFTER) known.listed = listingOf(folder);
    return known.listed;
  }

  /** The paths inside of the project that are not inside of the declared path. */
  #elsewhere(at: WorkspacePath, paths: readonly string[]): readonly WorkspacePath[] {
    const root = this.#root;
    const own = absolutePath(root, at);
    if (paths.length === 1 && paths[0] === own) return NONE;
    const others = paths.filter((path) => isInside(path, root) && !isInside(path, own));
    if (others.length === 0) return NONE;
    return [...new Set(others)].map((path) => (relative(root, path) || '.') as WorkspacePath);
  }

  #linksIn(folder: string): FollowedLinks['links'] {
    try {
      return followLinks(folder, this.#ignores, this.#root).links;
    } catch (error) {
      if (errno(error) === undefined) throw error;
      return []; // hashing reports what cannot be read
    }
  }
}

/** Faster than `join`: both are normalised, but for `..` at the start of a path. */
const inFolder = (folder: string, name: string): string =>
  folder === '/' || name === '..' ? join(folder, name) : `${folder}/${name}`;

const isOutside = (at: WorkspacePath): boolean => at.startsWith('/') || isUrl(at);

function listingOf(folder: string): Listed | undefined {
  const plain = new Set<string>();
  const others = new Map<string, Dirent>();
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isFile()) plain.add(entry.name);
      else others.set(entry.name, entry);
  } catch {
    return undefined; // it can be searched and not listed
  }
  return { plain, others };
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // the folder around it cannot be searched
  }
}
