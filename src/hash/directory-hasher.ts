// Contents of directories: remembered where the signature of the walk is the same, else made from their files.
import type { Content } from './digest.ts';
import type { FileHasher } from './file-hasher.ts';
import { listFiles } from './file-list.ts';
import { isGone } from './hash-problem.ts';
import type { FoundFiles } from './found-files.ts';
import type { HasherOptions, View } from './hasher.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { keepTrees } from './kept-trees.ts';
import { namedBy, readFiles, treeOf, treeWith, type FileSource } from './read-tree.ts';
import { signatureOf } from './signature.ts';
import type { Look } from '../disk/look-inside.ts';
import { isSettled } from '../disk/stat-key.ts';
import type { StateDatabase } from './state-database.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { walkDirectory, type Found } from './walk-directory.ts';

/** What a walk through a directory found. */
export interface Walked {
  readonly found: Found;
  readonly signature: string;
  readonly hasLinks: boolean;
  /** See `Looked`. */
  readonly plain: boolean;
}

export class DirectoryHasher {
  readonly #options: HasherOptions;
  readonly #state: StateDatabase;
  readonly #files: FileHasher;
  readonly #ignores: IgnoreRules;
  readonly #trees = keepTrees();
  /** Paths of directories that were moved there as a whole. */
  readonly #placed = new Set<string>();
  /** By path of a directory: what the last walk through it as an output left out. */
  readonly #leftOut = new Map<string, readonly string[]>();
  /** Directories in which the last walk found nothing that may be a link into the cache. */
  readonly #withoutLinks = new Set<string>();

  constructor(options: HasherOptions, state: StateDatabase, files: FileHasher, ignores: IgnoreRules) {
    this.#options = options;
    this.#state = state;
    this.#files = files;
    this.#ignores = ignores;
  }

  /** @param known files in it that need no look. @returns undefined where the directory, or a part of it, went away. */
  walk(path: string, view: View, known?: ReadonlyMap<string, Look>): Walked | undefined {
    const { root, rules, objects, isData } = this.#options;
    this.#withoutLinks.delete(path);
    const withoutGit = !rules.keepsGit || view === 'input' || isData?.(path) === true;
    try {
      const options = { root, rules, objects, ignores: this.#ignores, withoutGit, ...(known && { known }) };
      const found = walkDirectory(path, options);
      const { others, leftOut, holdsGit, mayHoldLinks } = found;
      if (!mayHoldLinks) this.#withoutLinks.add(path);
      if (view === 'output' || rules.hashesAlike) this.#leftOut.set(path, leftOut);
      const hasLinks = others.some(({ kind }) => kind === 'symlink');
      const plain = rules.hashesAlike || (!holdsGit && !hasLinks);
      return { found, signature: signatureOf(found), hasLinks, plain };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** See `Hasher`. */
  leftOut(path: string): readonly string[] {
    if (!this.#leftOut.has(path)) this.walk(path, 'output');
    return this.#leftOut.get(path) ?? [];
  }

  /** See `Hasher`. */
  watchForLinks(path: string): () => boolean {
    this.#withoutLinks.delete(path);
    return () => !this.#withoutLinks.has(path);
  }

  /** @returns undefined when something in the directory changed since the walk. */
  async content(path: string, walked: Walked): Promise<Content | undefined> {
    const known = this.#options.afresh ? undefined : this.#state.directory(path, walked.signature);
    return known ?? (await this.tree(path, walked))?.content;
  }

  /** As `content`, with the entries. */
  async tree(path: string, walked: Walked): Promise<Tree | undefined> {
    const { found, signature } = walked;
    const { files } = found;
    const read = await readFiles(files, {
      known: this.#knownFiles(path, files),
      read: (index) => this.#files.read(`${path}/${files.paths[index]}`, files.key(index)),
    });
    if (!read) return undefined;
    const { digests, unsettled } = read;
    const tree = treeOf(found, digests, this.#options.rules);
    const settled = unsettled.size === 0 ? signature : undefined;
    this.#state.rememberDirectory(path, settled, tree.content, listFiles(files, digests, unsettled));
    this.#trees.keep(path, tree);
    return tree;
  }

  /** See `Hasher`. */
  placed(path: string, entries: readonly TreeEntry[], files: ReadonlyMap<string, Look>): void {
    if (![...files.values()].every(isSettled)) return;
    const walked = this.walk(path, 'output', files);
    const digests = walked && namedBy(entries, walked.found, this.#options.rules);
    if (!digests) return;
    const { content } = treeWith(entries, this.#options.rules);
    this.#state.rememberDirectory(path, walked.signature, content, listFiles(walked.found.files, digests));
    this.#placed.add(path);
  }

  /** See `Hasher`. */
  hasPlaced(path: string): boolean {
    return this.#placed.has(path);
  }

  /** The tree that was read last at the path, if it has this content. */
  lastTree(path: string, content: Content | undefined): Tree | undefined {
    return this.#trees.get(path, content);
  }

  #knownFiles(path: string, files: FoundFiles): FileSource['known'] {
    if (this.#options.afresh) return () => undefined;
    const listed = this.#state.files(path)?.matching(files);
    return (index) => {
      const digest = listed?.(index);
      if (digest !== undefined) return { digest, settled: true };
      return this.#files.wroteAny
        ? this.#files.known(`${path}/${files.paths[index]}`, files.key(index))
        : undefined;
    };
  }
}
