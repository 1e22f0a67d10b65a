// Keeps what is at a path of the workspace: brings its bytes into the store, and links them back where links are configured.
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { linkOutside, shownPath } from '../hash/hash-problem.ts';
import type { Hasher } from '../hash/hasher.ts';
import { isLink, type LinkKind } from './link-kind.ts';
import { changedProblem } from './object-copier.ts';
import type { Objects } from './objects.ts';
import type { Placer } from './placer.ts';
import type { SeenObjects } from './seen-objects.ts';
import type { StoredContents } from './stored-contents.ts';

export interface KeepOptions {
  /** Absolute root of the project. */
  readonly root: string;
  /** Absolute folder of the objects. */
  readonly folder: string;
  readonly objects: Objects;
  readonly contents: StoredContents;
  readonly placer: Placer;
  readonly hasher: Hasher;
  /** An output that is a symlink may lead out of the project. */
  readonly linksAnywhere: boolean;
  readonly seen: SeenObjects | undefined;
}

/** As `ObjectStore.store`. */
export async function storeOutput(
  path: string,
  content: Content,
  options: KeepOptions,
  recorded?: Digest,
): Promise<void> {
  const { root, folder, contents, linksAnywhere } = options;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) {
    const target = readlinkSync(path);
    if (target.startsWith(`${folder}/`) && contents.has(content)) return;
    const real = realpathSync.native(path);
    if (!linksAnywhere && !real.startsWith(`${realpathSync.native(root)}/`))
      throw linkOutside(shownPath(path, root), target);
  }
  if (isDirectory(content.digest)) await storeDirectory(path, content, options, recorded);
  else await storeFile(path, content, options);
}

async function storeDirectory(
  path: string,
  content: Content,
  options: KeepOptions,
  recorded: Digest | undefined,
): Promise<void> {
  const { root, hasher, objects, placer, seen } = options;
  const tree = await hasher.tree(path, content);
  if (tree.content.digest !== content.digest) throw changedProblem(shownPath(path, root));
  const files = tree.entries.filter((entry) => entry.kind === 'file');
  if (placer.links) for (const file of files) await storeFile(`${path}/${file.path}`, file, options);
  else {
    const lacking =
      seen && recorded !== undefined
        ? seen.lacking(path, content.digest, files, recorded)
        : objects.unkept(files);
    for (const { path: name, digest, size } of lacking)
      await objects.addLacking(`${path}/${name}`, digest, size, false);
  }
  // Last: a reader that finds the manifest expects the objects.
  objects.addText(tree.manifest, content.digest);
}

async function storeFile(path: string, content: Content, options: KeepOptions): Promise<void> {
  const { objects, placer } = options;
  const kinds = placer.kindsFor(content);
  const link = kinds.find(isLink);
  const [first] = kinds;
  const isObject = await objects.add(
    path,
    content.digest,
    content.size,
    link !== undefined && first === link,
  );
  if (link === undefined || (isObject && first === 'hardlink')) return;
  if (!isLinkedBack(path, content.digest, link, objects)) await placer.file(content, path, true);
}

function isLinkedBack(path: string, digest: Digest, link: LinkKind, objects: Objects): boolean {
  const stats = lstatSync(path);
  if (link === 'symlink') return stats.isSymbolicLink() && readlinkSync(path) === objects.at(digest);
  const object = objects.find(digest);
  return object !== undefined && stats.ino === lstatSync(object).ino;
}
