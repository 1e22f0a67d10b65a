// What differs between dialects when content is hashed and compared.
import type { Algorithm } from './digest.ts';
import type { ManifestEntry, TreeEntry } from './tree.ts';

export interface ContentRules {
  readonly algorithm: Algorithm;
  /** Matches a digest, of a file or a directory (`….dir`). */
  readonly digest: RegExp;
  /** Name of the files that list what is ignored. */
  readonly ignoreFile: string;
  /** Why an ignore file inside of a directory is refused; undefined where its patterns apply to what is below it. */
  readonly whyNoInnerIgnoreFile: string | undefined;
  /** @param path absolute, of a folder or a link. @returns whether it is never part of the directory around it. */
  isForeign(name: string, path: string): boolean;
  /** An output is hashed with what belongs to git inside of it. */
  readonly keepsGit: boolean;
  /** A dependency is hashed as an output is; otherwise what its links lead to is part of it. */
  readonly hashesAlike: boolean;
  /** Symlinks in directories are entries of their own; otherwise what they lead to is the entry. */
  readonly keepsLinks: boolean;
  readonly keepsEmptyFolders: boolean;
  /** The executable bit of a file in a directory is part of its entry. */
  readonly keepsModes: boolean;
  /** @param entries sorted by path. @returns the text whose digest stands for the directory. */
  formatManifest(entries: readonly TreeEntry[]): string;
  /** @throws PipeError for a text that is no manifest, or lists what must not be written. */
  parseManifest(text: string): readonly ManifestEntry[];
}
