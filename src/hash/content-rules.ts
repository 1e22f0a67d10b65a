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
  /** @param path absolute, of a folder or a link. @returns whether directories around it never include it. */
  isForeign(name: string, path: string): boolean;
  /** The digest of what a stage writes includes what belongs to git inside of it. */
  readonly keepsGit: boolean;
  /** A dependency has the same content as an output; otherwise it includes what its symlinks lead to. */
  readonly hashesAlike: boolean;
  /** A symlink in a directory is an entry of its own; otherwise its target is the entry. */
  readonly keepsLinks: boolean;
  readonly keepsEmptyFolders: boolean;
  /** The executable bit of a file in a directory is part of its entry. */
  readonly keepsModes: boolean;
  /** @param entries sorted by path. @returns the text whose digest is that of the directory. */
  formatManifest(entries: readonly TreeEntry[]): string;
  /** @throws PipeError for a text that is not a manifest, or that lists paths which must not be written. */
  parseManifest(text: string): readonly ManifestEntry[];
}
