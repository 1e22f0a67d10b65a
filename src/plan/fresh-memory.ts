// Remembers which stages are fresh, with the stat data of the files that they read and write, so that a stage of which nothing changed
// is neither compared with its record nor looked up. It holds only while the declarations, the parameter files and the lock files are the
// same. A damaged or missing memory costs time only.
import { hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { absolutePath, type Placed } from '../base/workspace-path.ts';
import { readChecked, removeLeftovers, writeChecked } from '../disk/checked-file.ts';
import { fileStamp, readFileSync } from '../disk/witnessed-fs.ts';
import type { Hasher } from '../hash/hasher.ts';
import { lockedPath, type LockEntry } from '../lock/lock-entry.ts';
import type { Locks } from '../lock/locks.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { isAlwaysChanged } from './decide.ts';
import type { FileLooks } from './file-looks.ts';
import type { Outcome } from './walk.ts';

/** What is read from the file of the memory. */
export interface RecalledFresh {
  /** Digests of the lock files. */
  readonly locks: readonly string[];
  readonly params: string;
  /** By address: the stamps of the dependencies, then of the outputs. */
  readonly stages: ReadonlyMap<string, string>;
}

export interface FreshContext {
  /** Absolute folder of our state. */
  readonly state: string;
  /** All that decides besides lock files, parameter files and files of stages: the build, the declarations. */
  readonly circumstances: readonly unknown[];
  readonly root: string;
  readonly stages: readonly Stage[];
  readonly locks: Locks;
  readonly hasher: Hasher;
  readonly looks: FileLooks;
}

type Place = Pick<FreshContext, 'state' | 'circumstances'>;

const fileIn = (state: string): string => join(state, 'fresh');

const headerOf = (circumstances: readonly unknown[]): string =>
  `pipe-fresh/1 ${JSON.stringify(circumstances)}`;

/** @returns undefined where nothing is remembered under these circumstances. */
export function recallFresh({ state, circumstances }: Place): RecalledFresh | undefined {
  const [head, ...lines] = readChecked(fileIn(state), headerOf(circumstances));
  if (head === undefined) return undefined;
  const { locks, params } = JSON.parse(head) as Pick<RecalledFresh, 'locks' | 'params'>;
  const stages = new Map<string, string>();
  for (const line of lines) {
    const tab = line.lastIndexOf('\t');
    stages.set(line.slice(0, tab), line.slice(tab + 1));
  }
  return { locks, params, stages };
}

/** Makes the next command decide about every stage. */
export const forgetFresh = (state: string): void => rmSync(fileIn(state), { force: true });

export class FreshMemory {
  readonly #context: FreshContext;
  readonly #recalled: RecalledFresh | undefined;
  readonly #params: string;
  /** Everything but the files of stages is as remembered; so no output of a stage that is not declared any more is left. */
  readonly holds: boolean;
  /** Stages that were found fresh by it. */
  readonly #found = new Set<Stage>();

  constructor(recalled: RecalledFresh | undefined, context: FreshContext) {
    this.#context = context;
    this.#recalled = recalled;
    this.#params = paramsDigest(context);
    this.holds = recalled?.params === this.#params && isSame(recalled.locks, context.locks.digests());
  }

  /** The stage is as it was when it was found fresh. @param before outcomes of the stages that it depends on. */
  isFresh(stage: Stage, before: ReadonlyMap<StageAddress, Outcome>): boolean {
    const stamps = this.holds ? this.#recalled!.stages.get(stage.address) : undefined;
    if (stamps === undefined) return false;
    // What was written meanwhile can differ from what was looked at.
    for (const outcome of before.values()) if (outcome !== 'fresh') return false;
    const between = this.#endOfSame(stage.deps, stamps, 0);
    const end = between === undefined ? undefined : this.#endOfSame(stage.outs, stamps, between);
    if (end !== stamps.length) return false;
    this.#found.add(stage);
    return true;
  }

  /** Where the stamps of these items end in those that are remembered; undefined where they differ. */
  #endOfSame(items: readonly Placed[], stamps: string, start: number): number | undefined {
    let at = start;
    for (const item of items) {
      const stamp = this.#context.looks.stamp(item.at);
      if (stamp === undefined || !stamps.startsWith(stamp, at)) return undefined;
      at += stamp.length + 1;
      if (stamps[at - 1] !== ' ') return undefined;
    }
    return at;
  }

  /**
   * Remembers stages that are fresh now, as the lock files have them now.
   * @param allDeclared see `Vanished`.
   */
  keep(fresh: Iterable<Stage>, allDeclared: boolean): void {
    const locks = this.#context.locks.digests();
    if (!allDeclared || !locks || paramsDigest(this.#context) !== this.#params) return;
    const before: RecalledFresh['stages'] = this.holds ? this.#recalled!.stages : new Map();
    const changed = new Map<string, string>();
    let learned = !this.holds || !isSame(locks, this.#recalled!.locks);
    for (const stage of fresh) {
      if (this.#found.has(stage)) continue;
      const stamps = this.#recordedStamps(stage);
      if (stamps === undefined || stamps === before.get(stage.address)) continue;
      changed.set(stage.address, stamps);
      learned = true;
    }
    if (learned) this.#save(locks, before, changed);
  }

  /** @param changed in place of those before, and more. */
  #save(
    locks: readonly string[],
    before: RecalledFresh['stages'],
    changed: ReadonlyMap<string, string>,
  ): void {
    const { state, circumstances } = this.#context;
    const file = fileIn(state);
    const head = JSON.stringify({ locks, params: this.#params });
    removeLeftovers(file);
    writeChecked(file, headerOf(circumstances), linesOf(head, before, changed));
  }

  /**
   * The stamps of its files, if the state database knows for each that with this stat data it is as recorded; undefined for any other
   * stage.
   */
  #recordedStamps(stage: Stage): string | undefined {
    if (!isRemembered(stage)) return undefined;
    const entry = this.#context.locks.entry(stage);
    if (!entry || entry.deps.length !== stage.deps.length || entry.outs.length !== stage.outs.length)
      return undefined;
    const deps = this.#stampsOf(stage.deps, entry.deps);
    const outs = deps === undefined ? undefined : this.#stampsOf(stage.outs, entry.outs);
    return outs === undefined ? undefined : deps + outs;
  }

  #stampsOf(items: Stage['deps'] | Stage['outs'], recorded: LockEntry['deps']): string | undefined {
    let stamps = '';
    for (const { path, at } of items) {
      const absolute = absolutePath(this.#context.root, at);
      const stamp = fileStamp(absolute);
      const now = stamp && this.#context.hasher.remembered(absolute, stamp);
      const before = lockedPath(recorded, path)?.content;
      if (!now || !before || now.digest !== before.digest || now.isexec !== before.isexec) return undefined;
      stamps += `${stamp} `;
    }
    return stamps;
  }
}

function* linesOf(
  head: string,
  before: ReadonlyMap<string, string>,
  changed: ReadonlyMap<string, string>,
): Iterable<string> {
  yield head;
  for (const [address, stamps] of before) yield `${address}\t${changed.get(address) ?? stamps}`;
  for (const [address, stamps] of changed) if (!before.has(address)) yield `${address}\t${stamps}`;
}

/** Only files decide about it, each known by its own stat data. */
const isRemembered = (stage: Stage): boolean =>
  stage.cmd !== null &&
  !stage.frozen &&
  !isAlwaysChanged(stage) &&
  !stage.deps.some(({ imports }) => imports) &&
  !stage.address.includes('\n');

function isSame(before: readonly string[], now: readonly string[] | undefined): boolean {
  return now?.length === before.length && before.every((digest, index) => digest === now[index]);
}

/** Digest of all parameter files. */
function paramsDigest({ root, stages }: FreshContext): string {
  const files = new Set(stages.flatMap(({ params }) => params.map(({ at }) => at)));
  return hash('sha256', JSON.stringify([...files].map((at) => [at, contentAt(absolutePath(root, at))])));
}

function contentAt(path: string): string | undefined {
  const stamp = fileStamp(path);
  try {
    return stamp && `${stamp} ${hash('sha256', readFileSync(path))}`;
  } catch {
    return undefined; // deciding reports it
  }
}
