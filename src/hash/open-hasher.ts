// The hasher: what stands at a path, by reading no more than the state database makes necessary. Owns the order of
// looking (stat, state, read, look again); walking, reading and remembering are in files of their own.
import type { BigIntStats } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContentRules } from './content-rules.ts';
import type { Content, Digest } from './digest.ts';
import { LARGE_FILE, readFile } from './file-pool.ts';
import { isGone, keepsChanging, notAFile, readError, shownPath } from './hash-problem.ts';
import { followLinks, realFolder, type LinkEnd } from './follow-links.ts';
import type { Hasher, Looked, View } from './hasher.ts';
import type { Tree } from './tree.ts';
import { ignoreRules } from './ignore-rules.ts';
import { keepTrees } from './kept-trees.ts';
import { linksDigest } from './links-digest.ts';
import { keyText, now, sameKey, unsettledFor, type StatKey } from '../disk/stat-key.ts';
import { readFiles, treeOf } from './read-tree.ts';
import { openState } from './state-database.ts';
import { signatureOf } from './signature.ts';
import { giveTurn } from '../base/event-loop-turn.ts';
import { describe, walkDirectory, type Found } from './walk-directory.ts';
import { statSync } from '../disk/witnessed-fs.ts';

export interface HasherOptions {
  /** Absolute root of the project. */
  readonly root: string;
  readonly rules: ContentRules;
  /** Absolute path of the state database; without it nothing outlives the process. */
  readonly stateFile?: string;
  /** Absolute folder of the cache's objects: symlinks into it are files that the cache linked back. */
  readonly objects?: string;
  /** Read every byte again, whatever is remembered; what is read is remembered. */
  readonly afresh?: boolean;
  /** Called with all that was read so far by this hasher. */
  readonly onProgress?: (done: { readonly bytes: number; readonly files: number }) => void;
  /** Nanoseconds since the epoch; default the system's clock. */
  readonly clock?: () => bigint;
}

/** How often a file that changed while it was read is read again. */
const ATTEMPTS = 3;

interface Walked {
  readonly found: readonly Found[];
  readonly signature: string;
  /** See `Looked`. */
  readonly plain: boolean;
}

export function openHasher(options: HasherOptions): Hasher {
  const { root, rules, clock = now } = options;
  const { algorithm } = rules;
  const ignores = ignoreRules(root, rules.ignoreFile);
  const state = openState(options.stateFile, algorithm);
  // What we wrote ourselves and what was hashed a moment ago, whose times are too fresh for the database.
  const written = new Map<string, { key: string; content: Content }>();
  const trees = keepTrees();
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
      const wait = unsettledFor(key, clock());
      if (wait > 0n && wait < 50_000_000n) await sleep(Number(wait / 1_000_000n) + 2);
    } else await giveTurn();
    const started = clock();
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

  function knownFile(path: string, key: string): Digest | undefined {
    if (options.afresh) return undefined;
    const own = written.get(path);
    return own?.key === key ? own.content.digest : state.file(path, key);
  }

  async function lookAtFile(path: string, stats: BigIntStats): Promise<Looked | undefined> {
    const key = keyText(stats);
    const looked = (digest: Digest): Looked => ({
      content: {
        digest,
        size: Number(stats.size),
        ...((stats.mode & 0o100n) !== 0n && { isexec: true as const }),
      },
      plain: true,
      behind: [],
    });
    const known = knownFile(path, key);
    if (known) return looked(known);
    const read = await hashFile(path, stats);
    if (read?.settled) state.rememberFile(path, key, read.digest);
    return read && looked(read.digest);
  }

  function walk(path: string, view: View): Walked | undefined {
    try {
      const withoutGit = !rules.keepsGit || view === 'input';
      const { objects } = options;
      const { found, holdsGit } = walkDirectory(path, { root, rules, objects, ignores, withoutGit });
      const plain = rules.hashesAlike || (!holdsGit && !found.some(isSymlink));
      return { found, signature: signatureOf(found), plain };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** @returns undefined when something in the directory changed meanwhile. */
  async function readTree(path: string, { found, signature }: Walked): Promise<Tree | undefined> {
    const known = state.files(path);
    const files = await readFiles(found, {
      known: (item, key) => {
        if (options.afresh) return undefined;
        const digest = known(item.path, key);
        if (digest) return { digest, settled: true };
        const own = written.get(`${path}/${item.path}`);
        return own?.key === key ? { digest: own.content.digest, settled: false } : undefined;
      },
      read: (item) => hashFile(`${path}/${item.path}`, item),
    });
    if (!files) return undefined;
    const tree = treeOf(found, files.digests, rules);
    state.rememberDirectory(path, files.settled ? signature : undefined, tree.content, files.remembered());
    return tree;
  }

  async function contentOf(path: string, walked: Walked): Promise<Content | undefined> {
    const known = options.afresh ? undefined : state.directory(path, walked.signature);
    if (known) return known;
    const tree = await readTree(path, walked);
    if (tree) trees.keep(path, tree);
    return tree?.content;
  }

  async function lookAtDirectory(path: string): Promise<Looked | undefined> {
    const walked = walk(path, 'output');
    const content = walked && (await contentOf(path, walked));
    return content && { content, plain: walked.plain, behind: [] };
  }

  async function lookIntoDirectory(path: string): Promise<Looked | undefined> {
    const top = realFolder(path, root);
    const walked = walk(top, 'input');
    const content = walked && (await contentOf(top, walked));
    if (!content) return undefined;
    const looked = { content, plain: walked.plain, behind: top === path ? [] : [top] };
    return walked.found.some(isSymlink) ? withLinks(top, looked) : looked;
  }

  async function withLinks(top: string, { content, behind }: Looked): Promise<Looked> {
    const { links, ends } = followLinks(top, ignores);
    const contents = await Promise.all(ends.map(lookAtEnd));
    return {
      content: { ...content, links: linksDigest(links, ends, contents, root) },
      plain: false,
      behind: [...behind, ...links.map(({ end }) => end.path)],
    };
  }

  /** The links in it are followed with all others. */
  async function lookAtEnd({ path, kind }: LinkEnd): Promise<Content | undefined> {
    if (kind === 'file') return look(path);
    return settled(path, async () => {
      const walked = walk(path, 'input');
      return walked && contentOf(path, walked);
    });
  }

  /** @param read undefined where something changed meanwhile. */
  async function settled<T>(path: string, read: () => Promise<T | undefined>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const result = await read();
      if (result) return result;
    }
    throw keepsChanging(shownPath(path, root));
  }

  async function lookAs(view: View, path: string): Promise<Looked | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stats = stat(path);
      if (!stats) return undefined;
      if (!stats.isFile() && !stats.isDirectory()) throw notAFile(shownPath(path, root), describe(stats));
      const looked = await (stats.isFile()
        ? lookAtFile(path, stats)
        : view === 'input' && !rules.hashesAlike
          ? lookIntoDirectory(path)
          : lookAtDirectory(path));
      if (looked) return looked;
    }
    throw keepsChanging(shownPath(path, root));
  }

  const look = async (path: string): Promise<Content | undefined> => (await lookAs('output', path))?.content;

  async function treeAt(path: string, view: View, looked?: Content): Promise<Tree> {
    const last = trees.get(path, looked);
    if (last) return last;
    return settled(path, async () => {
      if (!stat(path)?.isDirectory()) throw notAFile(shownPath(path, root), 'no directory');
      const walked = walk(path, view);
      const read = walked && (await readTree(path, walked));
      if (read) trees.keep(path, read);
      return read;
    });
  }

  return {
    rules,
    look,
    lookAs,
    tree: (path, looked) => treeAt(path, 'output', looked),
    inputTree: (path, looked) => treeAt(rules.hashesAlike ? path : realFolder(path, root), 'input', looked),
    remember(path, content) {
      const stats = stat(path);
      if (stats?.isFile()) written.set(path, { key: keyText(stats), content });
    },
    close: () => state.save(),
  };
}

const isSymlink = ({ kind }: Found): boolean => kind === 'symlink';
