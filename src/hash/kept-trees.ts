// The entries of the directories that were read last, so that storing them needs no second read.
import type { Content } from './digest.ts';
import type { Tree } from './tree.ts';

/** Entries of all directories together. */
const KEEP_ENTRIES = 200_000;

export interface KeptTrees {
  /** @returns the last tree at the path, if it has this content. */
  get(path: string, content: Content | undefined): Tree | undefined;
  keep(path: string, tree: Tree): void;
}

export function keepTrees(): KeptTrees {
  const trees = new Map<string, Tree>();
  return {
    get(path, content) {
      const last = trees.get(path);
      return last && last.content.digest === content?.digest ? last : undefined;
    },
    keep(path, tree) {
      trees.delete(path);
      trees.set(path, tree);
      let entries = 0;
      for (const kept of trees.values()) entries += kept.entries.length;
      for (const [oldest, kept] of trees) {
        if (entries <= KEEP_ENTRIES || oldest === path) break;
        trees.delete(oldest);
        entries -= kept.entries.length;
      }
    },
  };
}
