// Files of a workspace in memory, with their digests as a lock file has them: computed by itself, without the engine.
import { createHash } from 'node:crypto';
import { posix } from 'node:path';

export type Node =
  | { readonly kind: 'file'; readonly text: string; readonly exec: boolean }
  | { readonly kind: 'link'; readonly target: string }
  /** One without anything in it. */
  | { readonly kind: 'folder' };

/** By path from the root. */
export type Tree = ReadonlyMap<string, Node>;

/** What is at one path: of a file under the empty name, of a folder by names relative to it. */
export type Part = Tree;

export const file = (text: string, exec = false): Node => ({ kind: 'file', text, exec });

export const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/** Names that `.pipeignore` has in every project here; `*.bak` only that of `dir/deep`, where all such files are. */
export const isIgnored = (path: string): boolean =>
  /\.(?:tmp|bak)$/.test(path) || path.split('/').includes('skipped');

/** @returns undefined where nothing is. A symlink at the path itself is followed. */
export function partAt(tree: Tree, path: string): Part | undefined {
  const node = tree.get(path);
  if (node?.kind === 'link') return partAt(tree, endOf(path, node.target));
  if (node?.kind === 'file') return new Map([['', node]]);
  const inside = [...tree].flatMap(([at, inner]): [string, Node][] =>
    at.startsWith(`${path}/`) ? [[at.slice(path.length + 1), inner]] : [],
  );
  if (!node && inside.length === 0) return undefined;
  return new Map(inside);
}

export const endOf = (path: string, target: string): string => posix.join(posix.dirname(path), target);

export const isFile = (part: Part): boolean => part.has('');

/** What counts of a folder: without ignored files; a folder that has nothing else is an empty one. */
export function counted(part: Part): Part {
  const kept = new Map([...part].filter(([path]) => !isIgnored(path)));
  for (const path of part.keys())
    for (let at = posix.dirname(path); at !== '.'; at = posix.dirname(at))
      if (!isIgnored(at) && ![...kept.keys()].some((other) => other.startsWith(`${at}/`)))
        kept.set(at, { kind: 'folder' });
  return kept;
}

/** As a lock file records it. */
export interface Recorded {
  readonly sha256: string;
  readonly size: number;
  readonly nfiles?: number;
  readonly isexec?: true;
  readonly links?: string;
}

export function contentOf(part: Part): Recorded {
  const single = part.get('');
  if (single?.kind === 'file') return { ...ofText(single.text), ...(single.exec && { isexec: true }) };
  const entries = [...counted(part)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = entries.map(([path, node]) => {
    if (node.kind === 'folder') return { path, directory: true };
    if (node.kind === 'link') return { path, symlink: node.target };
    return { path, ...ofText(node.text), ...(node.exec && { isexec: true }) };
  });
  const files = entries.flatMap(([, node]) => (node.kind === 'file' ? [node.text] : []));
  const manifest = [{ schema: 'pipe-tree/1' }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
  return {
    sha256: `${sha256(manifest)}.dir`,
    size: files.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    nfiles: files.length,
  };
}

/** Of a dependency: also what the symlinks in it lead to. */
export function inputAt(tree: Tree, path: string): Recorded | undefined {
  const part = partAt(tree, path);
  if (!part) return undefined;
  const links = [...counted(part)].flatMap(([name, node]) =>
    node.kind === 'link' ? [[`${path}/${name}`, endOf(`${path}/${name}`, node.target)] as const] : [],
  );
  if (links.length === 0) return contentOf(part);
  const lines: object[] = [{ schema: 'pipe-links/1' }];
  for (const [link, to] of links.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    lines.push({ link, to, kind: kindOf(partAt(tree, to)) });
  for (const to of new Set(links.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, end]) => end))) {
    const end = partAt(tree, to);
    if (end) lines.push({ path: to, sha256: contentOf(end).sha256, isexec: contentOf(end).isexec === true });
  }
  return { ...contentOf(part), links: sha256(lines.map((line) => `${JSON.stringify(line)}\n`).join('')) };
}

const kindOf = (part: Part | undefined): string => (!part ? 'nothing' : isFile(part) ? 'file' : 'directory');

/** Digests of all objects that the cache keeps for a part. */
export function objectsOf(part: Part): string[] {
  const files = [...counted(part).values()].flatMap((node) =>
    node.kind === 'file' ? [sha256(node.text)] : [],
  );
  return isFile(part) ? files : [contentOf(part).sha256, ...files];
}

export const sameContent = (a: Part | undefined, b: Part | undefined): boolean =>
  JSON.stringify(a && contentOf(a)) === JSON.stringify(b && contentOf(b));

/** The tree with a part at a path. @param keeps ignored files of a folder that was there stay. */
export function put(tree: Tree, path: string, part: Part | undefined, keeps = false): Tree {
  const left = [...tree].filter(([at]) => !isInside(at, path) || (keeps && isIgnored(at)));
  const added = [...(part ?? [])].map(([name, node]): [string, Node] => [
    name ? `${path}/${name}` : path,
    node,
  ]);
  if (part?.size === 0) added.push([path, { kind: 'folder' }]);
  return withoutFull(new Map([...left, ...added]));
}

/** A folder that got something is no empty one. */
function withoutFull(tree: Tree): Tree {
  return new Map(
    [...tree].filter(
      ([path, { kind }]) => kind !== 'folder' || ![...tree.keys()].some((at) => at.startsWith(`${path}/`)),
    ),
  );
}

const ofText = (text: string): { sha256: string; size: number } => ({
  sha256: sha256(text),
  size: Buffer.byteLength(text),
});

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
