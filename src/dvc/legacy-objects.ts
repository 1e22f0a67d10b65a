// The objects of DVC 2 (`.dvc/cache/xx/rest`): whether they exist, how they are kept and how they get into the workspace.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Restored } from '../cache/object-store.ts';
import { shardOf } from '../cache/remote/vault.ts';
import { makeRealFolder } from '../disk/real-folder.ts';
import { replaceFile, type NewContent } from '../disk/replace-file.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import type { Hasher } from '../hash/hasher.ts';
import { legacyFileDigest } from './legacy-digest.ts';
import { formatDvcManifest, parseDvcManifest, type DvcEntry } from './manifest.ts';

export interface LegacyObjectsOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly hasher: Hasher;
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  /** A group shares the cache. */
  readonly shared?: boolean;
}

const STEPS = { write: 'write object', rename: 'rename object' };

export class LegacyObjects {
  readonly #options: LegacyObjectsOptions;

  constructor(options: LegacyObjectsOptions) {
    this.#options = options;
  }

  has({ digest }: Content): boolean {
    if (digest.length < 3 || !existsSync(this.#at(digest))) return false;
    return !isDirectory(digest) || this.filesOf(digest).every((entry) => existsSync(this.#at(entry.digest)));
  }

  filesOf(directory: Digest): readonly DvcEntry[] {
    return parseDvcManifest(readFileSync(this.#at(directory), 'utf8'));
  }

  /** Undefined where they are missing or damaged. */
  bytes(digest: Digest): Buffer | undefined {
    const path = this.#at(digest);
    return existsSync(path) && legacyFileDigest(path) === digest ? readFileSync(path) : undefined;
  }

  async keep(path: string, { digest }: Content): Promise<void> {
    if (!isDirectory(digest)) return this.#write({ copyOf: path }, digest);
    const { entries } = await this.#options.hasher.tree(path);
    const files = entries.flatMap((entry) =>
      entry.kind === 'file' ? [{ ...entry, digest: legacyFileDigest(join(path, entry.path)) }] : [],
    );
    for (const file of files) this.#write({ copyOf: join(path, file.path) }, file.digest);
    this.#write(formatDvcManifest(files), digest);
  }

  /** Makes the whole at a temporary path first, so that the path in the workspace is complete at any time. */
  restore({ digest }: Content, path: string): Restored {
    const { scratch } = this.#options;
    const temporary = join(scratch, temporaryName());
    makeRealFolder(dirname(dirname(scratch)), scratch);
    const files = isDirectory(digest) ? this.filesOf(digest) : [{ path: '', digest }];
    if (isDirectory(digest)) mkdirSync(temporary);
    for (const file of files) {
      const to = join(temporary, file.path);
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, readFileSync(this.#at(file.digest)));
      if (legacyFileDigest(to) !== file.digest) {
        rmSync(temporary, { recursive: true });
        return 'corrupt';
      }
    }
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { recursive: true, force: true });
    renameSync(temporary, path);
    return 'restored';
  }

  #at(digest: Digest): string {
    return join(this.#options.dir, shardOf(digest));
  }

  #write(content: NewContent, digest: Digest): void {
    const { dir, shared = false } = this.#options;
    const at = this.#at(digest);
    if (existsSync(at)) return;
    makeRealFolder(dir, dirname(at), shared);
    replaceFile(at, content, {
      temporary: `${at}.${temporaryName()}`,
      replaceLink: true,
      durable: true,
      steps: STEPS,
    });
  }
}
