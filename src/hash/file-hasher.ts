// Contents of single files: remembered where the stat data is the same, read otherwise.
import type { BigIntStats } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { giveTurn } from '../base/event-loop-turn.ts';
import { partsOfStamp, type PathStamp } from '../disk/path-stamp.ts';
import {
  isPlaced,
  isSettled,
  keyText,
  lookKey,
  now,
  sameLook,
  timesOf,
  unsettledFor,
  type LookKey,
  type PlacedStats,
} from '../disk/stat-key.ts';
import { statSync } from '../disk/witnessed-fs.ts';
import type { Content, Digest } from './digest.ts';
import { LARGE_FILE, readFile } from './file-pool.ts';
import type { FileRead } from './file-task.ts';
import { isGone, readError, shownPath } from './hash-problem.ts';
import type { HasherOptions } from './hasher.ts';
import type { HashedFile } from './read-tree.ts';
import type { StateDatabase } from './state-database.ts';

/** Waiting so long for a file's times to settle takes less time than reading a large file once more. */
const SHORT_WAIT_NS = 50_000_000n;

/** `settled` as of a file that was read: else its times are too recent for the state database. */
interface Written extends HashedFile {
  readonly key: LookKey;
}

/** Renaming it changed its other time. */
interface Placed extends HashedFile {
  readonly placed: PlacedStats;
}

export class FileHasher {
  readonly #options: HasherOptions;
  readonly #clock: () => bigint;
  readonly #state: StateDatabase;
  /** Files that the engine wrote itself. */
  readonly #written = new Map<string, Written | Placed>();
  readonly #progress = { bytes: 0, files: 0 };

  constructor(options: HasherOptions, state: StateDatabase) {
    this.#options = options;
    this.#clock = options.clock ?? now;
    this.#state = state;
  }

  /** @param stats of the path. @returns undefined when the file changed while it was read. */
  async content(path: string, stats: BigIntStats): Promise<Content | undefined> {
    const remembered = this.#options.afresh ? undefined : this.remembered(path, stats);
    if (remembered) return remembered;
    const key = keyText(stats);
    const look = lookKey(stats);
    const read = this.known(path, look) ?? (await this.read(path, look));
    if (read?.settled) this.#state.rememberFile(path, key, read.digest, Number(stats.size));
    return read && contentOf(stats, read.digest);
  }

  remembered(path: string, stats: BigIntStats): Content | undefined {
    const known = this.#state.file(path, keyText(stats));
    return known && contentOf(stats, known);
  }

  /** Of a file that was looked at before. */
  rememberedAs(path: string, stamp: PathStamp): Content | undefined {
    const { key, size, mode } = partsOfStamp(stamp);
    const known = this.#state.file(path, key);
    return known && contentOf({ size, mode }, known);
  }

  /** The engine wrote files. */
  get wroteAny(): boolean {
    return this.#written.size > 0;
  }

  /** The digest of a file that the engine wrote and that still has this stat data. */
  known(path: string, key: LookKey): HashedFile | undefined {
    if (this.#options.afresh) return undefined;
    const written = this.#written.get(path);
    if (!written) return undefined;
    const isSame = 'placed' in written ? isPlaced(key, written.placed) : sameLook(key, written.key);
    return isSame ? written : undefined;
  }

  /** @param stats from before the file was moved to the path. */
  placed(path: string, digest: Digest, { ino, size, mtimeMs }: PlacedStats): void {
    const placed = { ino, size, mtimeMs };
    this.#written.set(path, { placed, digest, settled: isSettled(placed) });
  }

  /** @param since see `Hasher`. */
  remember(path: string, { digest }: Content, since?: bigint): void {
    const stats = this.stat(path);
    if (!stats?.isFile()) return;
    const { mtimeNs } = stats;
    const settled = since !== undefined && unsettledFor({ mtimeNs, ctimeNs: mtimeNs }, since) === 0n;
    this.#written.set(path, { key: lookKey(stats), digest, settled });
  }

  /** @param key stat data from before. @returns undefined when the file changed since then. */
  async read(path: string, key: LookKey): Promise<HashedFile | undefined> {
    if (key.size > LARGE_FILE) await this.#settle(key);
    else await giveTurn();
    const started = this.#clock();
    const read = await this.#readWhole(path, key.size);
    if (!read?.key || !sameLook(lookKey(read.key), key) || read.bytes !== key.size) return undefined;
    this.#report(0, 1);
    return { digest: read.digest, settled: unsettledFor(read.key, started) === 0n };
  }

  /** @returns undefined where nothing exists. */
  stat(path: string): BigIntStats | undefined {
    try {
      return statSync(path, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if (isGone(error)) return undefined;
      throw readError(error, shownPath(path, this.#options.root));
    }
  }

  async #settle(key: LookKey): Promise<void> {
    const wait = unsettledFor(timesOf(key), this.#clock());
    if (wait > 0n && wait < SHORT_WAIT_NS) await sleep(Number(wait / 1_000_000n) + 2);
  }

  async #readWhole(path: string, size: number): Promise<FileRead | undefined> {
    const { root, rules } = this.#options;
    try {
      return await readFile({ path, algorithm: rules.algorithm, size }, (bytes) => this.#report(bytes, 0));
    } catch (error) {
      if (isGone(error)) return undefined;
      throw readError(error, shownPath(path, root));
    }
  }

  #report(bytes: number, files: number): void {
    this.#progress.bytes += bytes;
    this.#progress.files += files;
    this.#options.onProgress?.(this.#progress);
  }
}

function contentOf({ size, mode }: Pick<BigIntStats, 'size' | 'mode'>, digest: Digest): Content {
  const isexec = (mode & 0o100n) !== 0n;
  return { digest, size: Number(size), ...(isexec && { isexec: true as const }) };
}
