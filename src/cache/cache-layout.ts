// What differs between dialects in the cache folder and on remotes: where objects and runs are, and how they are written.
import type { ContentRules } from '../hash/content-rules.ts';
import type { OtherVault, OtherVaultOptions } from './remote/vault.ts';
import type { RunFormat } from './run-format.ts';

export interface CacheLayout {
  readonly content: ContentRules;
  /** Folder of the objects, below the cache folder and below the URL of a remote. */
  readonly objects: string;
  /** Below the cache folder: the files by which it is known as one from elsewhere. */
  readonly marks: readonly string[];
  readonly runs: RunFormat;
  /** Absolute folder of corrupt objects. @param dir cache folder; @param scratch folder of files on their way. */
  quarantine(dir: string, scratch: string): string;
  /** @throws PipeError where the cache folder holds files that are not of a cache. */
  check(dir: string): void;
  /** Makes the cache folder. @param shared for a group. @throws PipeError where it cannot be made. */
  make(dir: string, shared: boolean): void;
  /** Notes that an object was stored again, since garbage collection uses its age. @param path absolute. */
  renew(path: string): void;
  /** An output that is a symlink may lead out of the project. */
  readonly linksAnywhere: boolean;
  /** Sizes in lock files are those of the content; otherwise they may be missing or outdated. */
  readonly exactSizes: boolean;
  /** Objects that are kept in another way, where the dialect has such. */
  openOtherVault?(options: OtherVaultOptions): OtherVault;
}
