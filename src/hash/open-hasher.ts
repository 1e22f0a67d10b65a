// The hasher: what stands at a path, by reading no more than the state database makes necessary. Owns the order of
// looking (stat, state, read, look again); walking, reading and remembering are in files of their own.
import type { BigIntStats } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Algorithm, Content, Digest } from './digest.ts';
import { LARGE_FILE, readFile } from './file-pool.ts';
import { isGone, keepsChanging, notAFile, readError, shownPath } from './hash-problem.ts';
import type { Hasher, Tree } from './hasher.ts';
import { ignoreRules, type Ignored } from './ignore-rules.ts';
import { keyText, now, sameKey, unsettledFor, type StatKey } from './stat-key.ts';
import { readFiles, treeOf } from './read-tree.ts';
import { openState } from './state.ts';
import { signatureOf } from './signature.ts';
import { giveTurn } from './turns.ts';
import { describe, UnknownIgnoreFile, walkDirectory, type Found } from './walk-directory.ts';
import { statSync } from '../pipeline/witnessed-fs.ts';

export interface HasherOptions {
  /** Absolute root of the project. */
  readonly root: string;
  readonly algorithm: Algorithm;
  /** Absolute path of the state database; without it nothing outlives the process. */
  readonly stateFile?: string;
  /** Name of ignore files; default `.pipeignore`, for md5 `.dvcignore`. */
  readonly ignore?: string;
  /** Absolute folder of the cache's objects: symlinks into it are files that the cache linked back. */
  readonly objects?: string;
  /** Called with all that was read so far by this hasher. */
  readonly onProgress?: (done: { readonly bytes: number; readonly files: number }) => void;
}

/** How often a file that changed while it was read is read again. */
const ATTEMPTS = 3;
/** Entries of directories that are kept for `tree` after `look`. */
const KEEP_ENTRIES = 200_000;

interface Walked {
  readonly found: Found[];
  readonly signature: string;
}

export function openHasher(options: HasherOptions): Hasher {
  const { root, algorithm } = options;
  const asDvc = algorithm === 'md5';
  const ignoreFile = options.ignore ?? (asDvc ? '.dvcignore' : '.pipeignore');
  const ignores = ignoreRules(root, ignoreFile);
  const state = openState(options.stateFile, algorithm);
  // What we wrote ourselves and what was hashed a moment ago, whose times are too fresh for the database.
  const written = new Map<string, { key: string; content: Content }>();
  const trees = new Map<string, Tree>();
  const progress = { bytes: 0, files: 0 };

  const report = (bytes: number, files: number): void => {
    progress.bytes += bytes;
    progress.files += files;
    options.onProgress?.(progress);
  };

  /** @returns the digest of a file, and whether its times will show any later change; undefined when it changed meanwhile. */
  async function hashFile(
    path: string,
    key: StatKey,
  ): Promise<{ digest: Digest; settled: boolean } | undefined> {
    if (key.size > LARGE_FILE) {
      // Reading it again next time would take longer than waiting until its times are settled.
      const wait = unsettledFor(key, now());
      if (wait > 0n && wait < 50_000_000n) await sleep(Number(wait / 1_000_000n) + 2);
    } else await giveTurn();
    const started = now();
    const read = await readFile({ path, algorithm, size: Number(key.size) }, (bytes) =>
      report(bytes, 0),
    ).catch((error: unknown) => {
      if (isGone(error)) return undefined;
      throw readError(error, shownPath(path, root));
    });
    if (!read?.key || !sameKey(read.key, key) || read.bytes !== Number(key.size)) return undefined;
    report(0, 1);
    return { digest: read.digest, settled: unsettledFor(key, started) === 0n };
  }

  function stat(path: string): BigIntStats | undefined {
    try {
      return statSync(path, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if (isGone(error)) return undefined;
      throw readError(error, shownPath(path, root));
    }
  }

  async function lookAtFile(path: string, stats: BigIntStats): Promise<Content | undefined> {
    const key = keyText(stats);
    const content = (digest: Digest): Content => ({
      digest,
      size: Number(stats.size),
      ...((stats.mode & 0o100n) !== 0n && { isexec: true as const }),
    });
    const own = written.get(path);
    if (own?.key === key) return content(own.content.digest);
    const known = state.file(path, key);
    if (known) return content(known);
    const read = await hashFile(path, stats);
    if (read?.settled) state.rememberFile(path, key, read.digest);
    return read && content(read.digest);
  }

  async function walk(path: string): Promise<Walked | undefined> {
    let ignored: Ignored | undefined = await ignores.above(path);
    const known = new Set<string>(ignored ? [path] : []);
    for (;;) {
      try {
        const found = walkDirectory(
          path,
          { root, asDvc, objects: options.objects, ignored, ignoreFile },
          known,
        );
        return { found, signature: signatureOf(found) };
      } catch (error) {
        if (error instanceof UnknownIgnoreFile) {
          known.add(error.folder);
          ignored = await ignores.found(error.folder);
        } else if (isGone(error)) return undefined;
        else throw error;
      }
    }
  }

  /** @returns undefined when something in the directory changed meanwhile. */
  async function readTree(path: string, { found, signature }: Walked): Promise<Tree | undefined> {
    const known = state.files(path);
    const files = await readFiles(found, {
      known: (item, key) => {
        const digest = known(item.path, key);
        if (digest) return { digest, settled: true };
        const own = written.get(`${path}/${item.path}`);
        return own?.key === key ? { digest: own.content.digest, settled: false } : undefined;
      },
      read: (item) => hashFile(`${path}/${item.path}`, item),
    });
    if (!files) return undefined;
    const tree = treeOf(found, files.digests, algorithm);
    state.rememberDirectory(path, files.settled ? signature : undefined, tree.content, files.remembered());
    return tree;
  }

  function keepTree(path: string, tree: Tree): void {
    trees.delete(path);
    trees.set(path, tree);
    let entries = 0;
    for (const kept of trees.values()) entries += kept.entries.length;
    for (const [oldest, kept] of trees) {
      if (entries <= KEEP_ENTRIES || oldest === path) break;
      trees.delete(oldest);
      entries -= kept.entries.length;
    }
  }

  async function lookAtDirectory(path: string): Promise<Content | undefined> {
    const walked = await walk(path);
    if (!walked) return undefined;
    const known = state.directory(path, walked.signature);
    if (known) return known;
    const tree = await readTree(path, walked);
    if (tree) keepTree(path, tree);
    return tree?.content;
  }

  async function look(path: string): Promise<Content | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stats = stat(path);
      if (!stats) return undefined;
      if (!stats.isFile() && !stats.isDirectory()) throw notAFile(shownPath(path, root), describe(stats));
      const content = await (stats.isFile() ? lookAtFile(path, stats) : lookAtDirectory(path));
      if (content) return content;
    }
    throw keepsChanging(shownPath(path, root));
  }

  async function tree(path: string, looked?: Content): Promise<Tree> {
    const last = trees.get(path);
    if (last && last.content.digest === looked?.digest) return last;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (!stat(path)?.isDirectory()) throw notAFile(shownPath(path, root), 'no directory');
      const walked = await walk(path);
      if (!walked) continue;
      const read = await readTree(path, walked);
      if (!read) continue;
      keepTree(path, read);
      return read;
    }
    throw keepsChanging(shownPath(path, root));
  }

  return {
    algorithm,
    look,
    tree,
    remember(path, content) {
      const stats = stat(path);
      if (stats?.isFile()) written.set(path, { key: keyText(stats), content });
    },
    close: () => state.save(),
  };
}
