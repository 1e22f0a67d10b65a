// The same places on the disk: makes and damages files, and reads what is there.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { file, isInside, partAt, type Node, type Part, type Tree } from '../projects/tree.ts';

/** What git and `pipe` edit by themselves, and what is theirs. */
const OTHER = new Set(['.git', '.gitignore', 'cache', 'pipeline.yaml', 'pipeline.lock']);

/** Empty folders that are no part of an output are left out by the caller's comparison. */
export function treeAt(root: string, isLeftOut = (path: string): boolean => OTHER.has(path)): Tree {
  const tree = new Map<string, Node>();
  const collect = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const at = join(root, path);
      if (isLeftOut(path)) continue;
      if (entry.isSymbolicLink()) tree.set(path, { kind: 'link', target: readlinkSync(at) });
      else if (entry.isDirectory() && readdirSync(at).length > 0) collect(path);
      else if (entry.isDirectory()) tree.set(path, { kind: 'folder' });
      else tree.set(path, file(readFileSync(at, 'utf8'), (statSync(at).mode & 0o100) !== 0));
    }
  };
  collect('');
  return tree;
}

/** @param node undefined: nothing is there from now on, and no folder that has nothing else. */
export function writeAt(root: string, path: string, node: Node | undefined): void {
  const at = join(root, path);
  // What is a link into the cache must not be written through.
  rmSync(at, { recursive: true, force: true });
  if (node?.kind !== 'file') return removeEmpty(root, dirname(path));
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, node.text);
  chmodSync(at, node.exec ? 0o755 : 0o644);
}

function removeEmpty(root: string, folder: string): void {
  const at = join(root, folder);
  if (folder === '.' || (existsSync(at) && readdirSync(at).length > 0)) return;
  if (existsSync(at)) rmdirSync(at);
  removeEmpty(root, dirname(folder));
}

/** Whether each object of a cache or remote has the bytes of its name. */
export function objectsAt(root: string): ReadonlyMap<string, boolean> {
  const folder = join(root, 'objects/sha256');
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return new Map(
    names
      .filter((name) => /^..\/[0-9a-f]{62}(?:\.dir)?$/.test(name))
      .map((name) => {
        const digest = name.replace('/', '');
        return [digest, digestOf(join(folder, name)) === digest.replace('.dir', '')];
      }),
  );
}

export const objectPath = (root: string, digest: string): string =>
  join(root, 'objects/sha256', digest.slice(0, 2), digest.slice(2));

/** Bytes of each. */
export const sizesOf = (root: string, objects: readonly string[]): ReadonlyMap<string, number> =>
  new Map(objects.map((digest) => [digest, statSync(objectPath(root, digest)).size]));

/** A byte less or another one, as a bad disk has it. */
export function damage(path: string, isShorter: boolean): void {
  const bytes = readFileSync(path);
  chmodSync(path, 0o644);
  if (!isShorter && bytes[0] !== undefined) bytes[0] ^= 1;
  writeFileSync(path, isShorter ? bytes.subarray(1) : bytes);
  chmodSync(path, 0o444);
}

/** What was saved before it was replaced: digests of all its files, and the former paths by id. */
export function savedAt(root: string): { files: ReadonlySet<string>; paths: ReadonlyMap<string, string> } {
  const folder = join(root, 'cache/saved');
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.map((name) => join(folder, name)).filter((path) => lstatSync(path).isFile());
  const ids = names.filter((name) => /^[0-9a-f]{8}$/.test(name));
  const about = (id: string): { at: string } =>
    JSON.parse(readFileSync(join(folder, id, 'about.json'), 'utf8')) as { at: string };
  return { files: new Set(files.map(digestOf)), paths: new Map(ids.map((id) => [id, about(id).at])) };
}

/** What is at one path; nothing: undefined. */
export function partOnDisk(at: string): Part | undefined {
  const tree = treeAt(dirname(at), (path) => !isInside(path, basename(at)));
  return partAt(tree, basename(at));
}

export function ageAt(folder: string): void {
  const time = Date.now() / 1000 - 3 * 24 * 3600;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    utimesSync(join(folder, name), time, time);
}

const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
