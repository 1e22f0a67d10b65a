// A second engine for several places, in memory: what each command does to a clone, its cache and the remote.
import {
  contentOf,
  isFile,
  objectsOf,
  partAt,
  put,
  sameContent,
  type Part,
  type Tree,
} from '../projects/tree.ts';
import { isInGit, isSent, partsAt, STAGES, type Lock } from './project.ts';

export interface Entry {
  /** Of all that the stage read. */
  readonly key: string;
  readonly outs: Lock;
}

/** As git has it. */
export interface Commit {
  readonly sources: Tree;
  readonly data: ReadonlySet<string>;
  readonly lock: ReadonlyMap<string, Entry>;
}

/** A cache or a remote: the digests of its objects. */
export class Store {
  readonly whole = new Set<string>();
  /** Damaged by the test: what is there now may be damaged, whole again, or set aside. */
  readonly damaged = new Set<string>();
  /** Whole, or not there. */
  readonly unsure = new Set<string>();

  has = (digest: string): boolean => this.whole.has(digest);

  /** By its name. */
  seems = (digest: string): boolean => this.whole.has(digest) || this.damaged.has(digest);

  hasAll = (part: Part): boolean => objectsOf(part).every(this.has);

  keep(part: Part): void {
    for (const digest of objectsOf(part)) if (!this.damaged.has(digest)) this.whole.add(digest);
  }
}

/** How a command ends: where damage is in the way it may find another way, or fail. */
export type Code = 0 | 1 | 'either';

export const worst = (codes: Iterable<Code>): Code => {
  const all = [...codes];
  return all.includes(1) ? 1 : all.includes('either') ? 'either' : 0;
};

export class Clone {
  tree: Tree;
  /** Paths of data that is declared. */
  data: ReadonlySet<string>;
  lock: ReadonlyMap<string, Entry>;
  readonly cache: Store;

  constructor({ sources, data, lock }: Commit, cache: Store) {
    this.tree = sources;
    this.data = data;
    this.lock = lock;
    this.cache = cache;
  }

  get commit(): Commit {
    const sources = new Map([...this.tree].filter(([path]) => isInGit(path)));
    return { sources, data: this.data, lock: this.lock };
  }

  /** `git reset`: what git ignores stays. */
  moveTo({ sources, data, lock }: Commit): void {
    this.tree = new Map([...[...this.tree].filter(([path]) => !isInGit(path)), ...sources]);
    this.data = data;
    this.lock = lock;
  }

  /** Of stages and data that are declared, what is recorded. */
  recorded(targets?: readonly string[]): Lock {
    const names = [...STAGES.map(({ name }) => name), ...this.data];
    const outs = names.flatMap((name) =>
      [...(this.lock.get(name)?.outs ?? [])].filter(
        ([path]) => !targets || targets.includes(name) || targets.includes(path),
      ),
    );
    return new Map(outs);
  }

  isChanged = (path: string): boolean => !sameContent(partAt(this.tree, path), this.recorded().get(path));

  /** What is there is nowhere else, and what is recorded could replace it. */
  #isUnsaved(path: string, recorded: Part): boolean {
    const part = partAt(this.tree, path);
    if (!part || !objectsOf(recorded).every(this.cache.seems)) return false;
    const [list, ...files] = objectsOf(part);
    if (this.cache.seems(list!)) return false;
    // Where a link leads is in the list only.
    return (
      isFile(part) || [...part.values()].some(({ kind }) => kind === 'link') || !files.every(this.cache.seems)
    );
  }

  add(path: string): Code {
    this.data = new Set([...this.data, path]);
    this.#record(path, this.tree, [path]);
    return 0;
  }

  repro(): Code {
    const codes = new Map<string, Code>();
    for (const path of this.data) {
      if (!this.isChanged(path)) continue;
      if (partAt(this.tree, path)) this.#record(path, this.tree, [path]);
      else codes.set(path, this.#restore(path, this.recorded().get(path)));
    }
    for (const stage of STAGES) {
      if (stage.reads.some((path) => codes.get(path))) continue;
      const entry = this.lock.get(stage.name);
      const key = this.#keyOf(stage.reads);
      const inPlace = stage.outs.every((path) => sameContent(partAt(this.tree, path), entry?.outs.get(path)));
      if (entry?.key === key && inPlace) continue;
      this.tree = stage.run(this.tree);
      this.#record(stage.name, this.tree, stage.outs, key);
    }
    return worst(codes.values());
  }

  checkout(force: boolean, targets?: readonly string[]): Code {
    const changed = [...this.recorded(targets)].filter(([path]) => this.isChanged(path));
    if (!force && changed.some(([path, part]) => this.#isUnsaved(path, part))) return 1;
    return worst(changed.map(([path, part]) => this.#restore(path, part)));
  }

  #restore(path: string, part: Part | undefined): Code {
    if (!part || !objectsOf(part).every(this.cache.seems)) return 1;
    if (!this.cache.hasAll(part)) return 'either';
    this.tree = put(this.tree, path, part);
    return 0;
  }

  #record(name: string, tree: Tree, paths: readonly string[], key = ''): void {
    const outs = partsAt(tree, paths);
    for (const part of outs.values()) this.cache.keep(part);
    this.lock = new Map([...this.lock, [name, { key, outs }]]);
  }

  #keyOf = (reads: readonly string[]): string =>
    JSON.stringify(
      reads.map((path) => {
        const part = partAt(this.tree, path);
        return part && contentOf(part);
      }),
    );
}

/** What `push` sends, or `fetch` brings, of one record. */
export const sentOf = (lock: Lock): Lock => new Map([...lock].filter(([path]) => isSent(path)));

/** Copies what is lacking. Of a folder whose list of files is missing no file is known, and the list comes last. */
export function transfer(parts: Iterable<Part>, from: Store, to: Store): Code {
  return worst(
    [...parts].map((part) => {
      const [first, ...others] = objectsOf(part);
      if (from.damaged.has(first!)) return to.has(first!) ? 'either' : 1;
      if (!from.has(first!) && !to.has(first!)) return to.damaged.has(first!) ? 'either' : 1;
      const code = worst(others.map((digest) => copy(digest, from, to)));
      if (code === 'either' && from.has(first!) && !to.seems(first!)) to.unsure.add(first!);
      return code === 0 ? copy(first!, from, to) : code;
    }),
  );
}

function copy(digest: string, from: Store, to: Store): Code {
  if (to.has(digest)) return 0;
  // Nobody looks at each byte of what is there.
  if (to.damaged.has(digest)) return 'either';
  if (!from.has(digest)) return 1;
  to.whole.add(digest);
  return 0;
}
