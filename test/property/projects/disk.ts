// Makes the files of a workspace those of a world, and reads what is there.
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
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { filesOf } from './declare.ts';
import type { How } from './edits.ts';
import type { World } from './project.ts';
import { file, type Node, type Tree } from './tree.ts';

/** Writes what differs between two worlds. */
export function change(root: string, before: World | undefined, after: World, how: How = 'in place'): void {
  const files = before ? filesOf(before) : {};
  for (const [path, text] of Object.entries(filesOf(after)))
    if (files[path] !== text) write(join(root, path), file(text), 'in place');
  for (const path of before?.tree.keys() ?? []) if (!after.tree.has(path)) remove(root, path);
  for (const [path, node] of after.tree) {
    const known = before?.tree.get(path);
    if (known === undefined || JSON.stringify(known) !== JSON.stringify(node))
      write(join(root, path), node, how);
  }
}

/** With the folders that become empty: the tree in memory has them where it says so. */
function remove(root: string, path: string): void {
  rmSync(join(root, path), { recursive: true, force: true });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const at = join(root, folder);
    if (existsSync(at))
      if (readdirSync(at).length > 0) return;
      else rmdirSync(at);
  }
}

function write(path: string, node: Node, how: How): void {
  mkdirSync(dirname(path), { recursive: true });
  const stats = lstatSync(path, { throwIfNoEntry: false });
  // What is a link into the cache must not be written through.
  const replaces = how === 'replaced' || stats?.isFile() !== true || stats.nlink > 1 || node.kind !== 'file';
  if (stats && replaces) rmSync(path, { recursive: true });
  if (node.kind === 'folder') mkdirSync(path);
  else if (node.kind === 'link') symlinkSync(node.target, path);
  else {
    writeFileSync(path, node.text);
    chmodSync(path, node.exec ? 0o755 : 0o644);
    // A number can give back half a second exactly.
    const time = how === 'same times' && stats ? stats.mtimeMs / 1000 : Math.floor(Date.now() / 1000) - 0.5;
    utimesSync(path, time, time);
  }
}

/** Folders that are not what a project consists of. */
const OTHER = new Set(['cache']);

/** All files and links, and folders that hold neither. A link into the cache is the file that it leads to. */
export function treeAt(root: string, declared: Readonly<Record<string, unknown>>): Tree {
  const tree = new Map<string, Node>();
  const collect = (path: string): boolean => {
    let any = false;
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const at = path === '' ? entry.name : `${path}/${entry.name}`;
      if (OTHER.has(at)) continue;
      any = true;
      if (at in declared || /^(?:sub\/)?pipeline\.lock$/.test(at)) continue;
      if (entry.isDirectory()) {
        if (!collect(at)) tree.set(at, { kind: 'folder' });
        continue;
      }
      const target = entry.isSymbolicLink() ? readlinkSync(join(root, at)) : undefined;
      tree.set(at, target?.startsWith('/') === false ? { kind: 'link', target } : fileAt(join(root, at)));
    }
    return any;
  };
  collect('');
  return tree;
}

const fileAt = (path: string): Node => file(readFileSync(path, 'utf8'), (statSync(path).mode & 0o100) !== 0);
