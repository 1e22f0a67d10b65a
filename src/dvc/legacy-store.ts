// Objects of DVC 2 (`.dvc/cache/xx/rest`), beside those of the store: contents that carry `legacy` are found, put back
// and kept there, everything else goes to the store itself.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { formatDvcManifest, parseDvcManifest, type DvcEntry } from './manifest.ts';
import type { Hasher } from '../hash/hasher.ts';
import { legacyFileDigest } from './legacy-digest.ts';
import { replaceFile, type NewContent } from '../disk/replace-file.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import type { ObjectStore, Restored } from '../cache/object-store.ts';
import { makeRealFolder } from '../disk/real-folder.ts';

export interface LegacyOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly store: ObjectStore;
  readonly hasher: Hasher;
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  /** A group shares the cache. */
  readonly shared?: boolean;
}

const OBJECT_STEPS = { write: 'write object', rename: 'rename object' };

export function withLegacyObjects({
  dir,
  store,
  hasher,
  scratch,
  shared = false,
}: LegacyOptions): ObjectStore {
  const at = (digest: Digest): string => join(dir, digest.slice(0, 2), digest.slice(2));

  const filesOf = (digest: Digest): readonly DvcEntry[] => parseDvcManifest(readFileSync(at(digest), 'utf8'));

  function has({ digest }: Content): boolean {
    if (digest.length < 3 || !existsSync(at(digest))) return false;
    return !isDirectory(digest) || filesOf(digest).every((entry) => existsSync(at(entry.digest)));
  }

  function keep(content: NewContent, digest: Digest): void {
    if (existsSync(at(digest))) return;
    makeRealFolder(dir, dirname(at(digest)), shared);
    replaceFile(at(digest), content, {
      temporary: `${at(digest)}.${temporaryName()}`,
      replaceLink: true,
      steps: OBJECT_STEPS,
    });
  }

  async function keepDirectory(path: string, { digest }: Content): Promise<void> {
    const { entries } = await hasher.tree(path);
    const files = entries.flatMap((entry) =>
      entry.kind === 'file' ? [{ ...entry, digest: legacyFileDigest(join(path, entry.path)) }] : [],
    );
    for (const file of files) keep({ copyOf: join(path, file.path) }, file.digest);
    keep(formatDvcManifest(files), digest);
  }

  /** Aside first, so that what stands in the workspace is whole at any time. */
  function restore({ digest }: Content, path: string): Restored {
    const aside = join(scratch, temporaryName());
    makeRealFolder(dirname(dirname(scratch)), scratch);
    const files = isDirectory(digest) ? filesOf(digest) : [{ path: '', digest }];
    if (isDirectory(digest)) mkdirSync(aside);
    for (const file of files) {
      const to = join(aside, file.path);
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, readFileSync(at(file.digest)));
      if (legacyFileDigest(to) !== file.digest) {
        rmSync(aside, { recursive: true });
        return 'corrupt';
      }
    }
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { recursive: true, force: true });
    renameSync(aside, path);
    return 'restored';
  }

  return {
    has: (content) => (content.legacy ? has(content) : store.has(content)),
    entries({ digest, legacy }) {
      if (!legacy) return store.entries({ digest, size: 0 });
      return has({ digest, size: 0 })
        ? filesOf(digest).map((file) => ({ ...file, size: undefined }))
        : undefined;
    },
    async store(path, content) {
      if (!content.legacy) return store.store(path, content);
      if (has(content)) return undefined;
      if (isDirectory(content.digest)) await keepDirectory(path, content);
      else keep({ copyOf: path }, content.digest);
    },
    async restore(content, path) {
      if (!content.legacy) return store.restore(content, path);
      return has(content) ? restore(content, path) : 'missing';
    },
    unprotect: (path) => store.unprotect(path),
    flush: () => store.flush(),
  };
}
