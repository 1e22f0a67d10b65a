// The objects of DVC 2 (`.dvc/cache/xx/rest`): whether they exist, how they are kept and how they get into the workspace.
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { hash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Restored } from '../cache/object-store.ts';
import { shardOf } from '../cache/remote/vault.ts';
import { TemporaryPlaces } from '../cache/temporary-places.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { discardFolder } from '../disk/discard.ts';
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
const WRITABLE = 0o666;

export class LegacyObjects {
  readonly #options: LegacyObjectsOptions;

  constructor(options: LegacyObjectsOptions) {
    this.#options = options;
  }

  has({ digest }: Content): boolean {
    if (digest.length < 3 || !existsSync(this.#at(digest))) return false;
    if (!isDirectory(digest)) return true;
    return this.filesOf(digest)?.every((entry) => existsSync(this.#at(entry.digest))) === true;
  }

  /** Undefined where the list is damaged. */
  filesOf(directory: Digest): readonly DvcEntry[] | undefined {
    const bytes = readFileSync(this.#at(directory));
    const isWhole = `${hash('md5', bytes)}.dir` === directory;
    return isWhole ? parseDvcManifest(bytes.toString('utf8')) : undefined;
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
    const files = isDirectory(digest) ? this.filesOf(digest) : [{ path: '', digest }];
    if (!files) return 'corrupt';
    const places = new TemporaryPlaces(this.#options.scratch, crashPoint);
    const temporary = places.newPath(path);
    try {
      if (isDirectory(digest)) mkdirSync(temporary);
      for (const file of files) {
        const to = join(temporary, file.path);
        mkdirSync(dirname(to), { recursive: true });
        copyFileSync(this.#at(file.digest), to, constants.COPYFILE_FICLONE);
        chmodSync(to, WRITABLE & ~process.umask());
        if (legacyFileDigest(to) !== file.digest) return 'corrupt';
      }
      rmSync(path, { recursive: true, force: true });
      places.moveIn(temporary, path);
      return 'restored';
    } finally {
      discardFolder(temporary);
    }
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
