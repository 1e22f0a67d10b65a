// The entries of directories that were looked at last, so that storing them needs no second look.
import type { Content } from './digest.ts';
import type { Tree } from './tree.ts';

/** Entries that are kept, of all directories together. */
const KEEP_ENTRIES = 200_000;

export interface KeptTrees {
  /** @param content what was seen there last; none where that is something else by now. */
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
