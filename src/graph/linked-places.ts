// The places of the workspace that stages read and write by way of symlinks, as the workspace is now. In projects of our own
// they make edges as the declared paths do.
import { lstatSync, type Stats } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { endOf, followLinks, isInside, type FollowedLinks, type LinkEnd } from '../hash/follow-links.ts';
import { ignoreRules } from '../hash/ignore-rules.ts';
import { IGNORE_FILE } from '../hash/entry-names.ts';
import { absolutePath, isUrl, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { errno } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';

/** The project with `linked` set wherever a symlink leads elsewhere; the same object where none does. */
export function withLinkedPlaces(project: Project): Project {
  const places = openPlaces(project.root);
  const stages = project.stages.map((stage) => withLinks(stage, places));
  return stages.every((stage, index) => stage === project.stages[index]) ? project : { ...project, stages };
}

function withLinks(stage: Stage, places: Places): Stage {
  const deps = linkedItems(stage.deps, (at) => places.read(at));
  const params = linkedItems(stage.params, (at) => places.read(at));
  const outs = linkedItems(stage.outs, (at) => places.written(at));
  return deps === stage.deps && params === stage.params && outs === stage.outs
    ? stage
    : { ...stage, deps, params, outs };
}

function linkedItems<T extends { readonly at: WorkspacePath }>(
  items: readonly T[],
  linkedOf: (at: WorkspacePath) => readonly WorkspacePath[],
): readonly T[] {
  const links = items.map(({ at }) => linkedOf(at));
  return links.every((linked) => linked.length === 0)
    ? items
    : items.map((item, index) => (links[index]!.length > 0 ? { ...item, linked: links[index]! } : item));
}

interface Places {
  /** Where a dependency is in truth, and where the links in it lead. */
  read(at: WorkspacePath): readonly WorkspacePath[];
  /** Where an output is written in truth: a link on the way is followed, the output itself is replaced. */
  written(at: WorkspacePath): readonly WorkspacePath[];
}

const NONE: readonly WorkspacePath[] = [];

function openPlaces(root: string): Places {
  const ignores = ignoreRules(root, IGNORE_FILE);
  const ends = new Map<WorkspacePath, LinkEnd>([['.' as WorkspacePath, { path: root, kind: 'directory' }]]);
  const known = new Map<WorkspacePath, readonly WorkspacePath[]>();

  /** Every folder is looked at once. */
  const endAt = (at: WorkspacePath): LinkEnd => {
    let end = ends.get(at);
    if (!end) {
      end = endIn(endAt(parentFolder(at)), basename(at));
      ends.set(at, end);
    }
    return end;
  };

  const elsewhere = (at: WorkspacePath, paths: readonly string[]): readonly WorkspacePath[] => {
    const own = absolutePath(root, at);
    const others = paths.filter((path) => isInside(path, root) && !isInside(path, own));
    if (others.length === 0) return NONE;
    return [...new Set(others)].map((path) => (relative(root, path) || '.') as WorkspacePath);
  };

  const linksIn = (folder: string): FollowedLinks['links'] => {
    try {
      return followLinks(folder, ignores).links;
    } catch (error) {
      if (errno(error) === undefined) throw error;
      return []; // hashing reports what cannot be read
    }
  };

  const read = (at: WorkspacePath): readonly WorkspacePath[] => {
    const end = endAt(at);
    const links = end.kind === 'directory' && isInside(end.path, root) ? linksIn(end.path) : [];
    return elsewhere(at, [end.path, ...links.map((link) => link.end.path)]);
  };

  return {
    read(at) {
      if (isOutside(at)) return NONE;
      let linked = known.get(at);
      if (!linked) {
        linked = read(at);
        known.set(at, linked);
      }
      return linked;
    },
    written(at) {
      if (isOutside(at)) return NONE;
      return elsewhere(at, [join(endAt(parentFolder(at)).path, basename(at))]);
    },
  };
}

const isOutside = (at: WorkspacePath): boolean => at.startsWith('/') || isUrl(at);

function endIn(folder: LinkEnd, name: string): LinkEnd {
  const path = join(folder.path, name);
  if (folder.kind !== 'directory') return { path, kind: 'nothing' };
  const stats = statsOf(path);
  if (stats?.isSymbolicLink()) return endOf(path) ?? { path, kind: 'nothing' };
  return { path, kind: !stats ? 'nothing' : stats.isDirectory() ? 'directory' : 'file' };
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // the folder around it may not be searched
  }
}
