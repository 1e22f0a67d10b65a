// A second engine for several places, in memory: what each command does to a clone, its cache and the remote.
import {
  contentOf,
  isFile,
  objectsOf,
  partAt,
  put,
  sameContent,
  type Node,
  type Part,
  type Tree,
} from '../projects/tree.ts';
import { isInGit, isSent, PARAMS, partsAt, STAGES, type Lock } from './project.ts';

export interface Entry {
  /** Of all that the stage read. */
  readonly key: string;
  readonly outs: Lock;
  /** What it read: garbage collection keeps it, too. */
  readonly deps?: Lock;
}

/** As git has it. */
export interface Commit {
  readonly sources: Tree;
  readonly data: ReadonlySet<string>;
  readonly lock: ReadonlyMap<string, Entry>;
}

/** The files of parameters, and the records of the stages that ran with them. */
export interface Experiment {
  readonly params: Tree;
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

  /** What none of these has goes. Where a list of files is missing, its files may go, too; what others needed may stay. */
  collect(kept: Iterable<Part>, isKnown = this.has, perhaps: Iterable<Part> = []): void {
    const needed = new Set<string>();
    const doubtful = new Set([...perhaps].flatMap(objectsOf));
    for (const [first, ...others] of [...kept].map(objectsOf)) {
      needed.add(first!);
      for (const digest of others) (isKnown(first!) ? needed : doubtful).add(digest);
    }
    for (const digest of this.whole) {
      if (needed.has(digest)) continue;
      this.whole.delete(digest);
      if (doubtful.has(digest)) this.unsure.add(digest);
    }
    for (const digest of this.damaged)
      if (!needed.has(digest) && !doubtful.has(digest)) this.damaged.delete(digest);
  }

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

/** Of stages and data that are declared, what is recorded. */
export function recordedIn({ data, lock }: Pick<Commit, 'data' | 'lock'>, targets?: readonly string[]): Lock {
  const names = [...STAGES.map(({ name }) => name), ...data];
  const outs = names.flatMap((name) =>
    [...(lock.get(name)?.outs ?? [])].filter(
      ([path]) => !targets || targets.includes(name) || targets.includes(path),
    ),
  );
  return new Map(outs);
}

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

  /** As `recordedIn`, here. */
  recorded = (targets?: readonly string[]): Lock => recordedIn(this, targets);

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

  add(...paths: readonly string[]): Code {
    this.data = new Set([...this.data, ...paths]);
    for (const path of paths) this.#record(path, this.tree, [path]);
    return 0;
  }

  /** One file of data that is a folder: the others stay as they are recorded. */
  addPart(path: string, name: string): Code {
    const node = this.tree.get(`${path}/${name}`);
    const recorded = this.recorded().get(path)!;
    const part = new Map([...recorded].filter(([at]) => at !== name));
    if (node) part.set(name, node);
    this.#keep(path, new Map([[path, part]]));
    return 0;
  }

  /** Everything that differs is the result of its stage. @returns undefined where something is missing. */
  get isComplete(): boolean {
    const outs = [...STAGES.flatMap((stage) => [...stage.outs, ...stage.reads]), ...this.data];
    return outs.every((path) => partAt(this.tree, path));
  }

  commitAll(): Code {
    for (const path of this.data) this.#record(path, this.tree, [path]);
    for (const { name, reads, outs } of STAGES) {
      this.#record(name, this.tree, outs, this.#keyOf(reads));
    }
    return 0;
  }

  move(from: string, to: string): Code {
    const part = partAt(this.tree, from);
    if (part) this.tree = put(put(this.tree, from, undefined), to, part);
    const recorded = this.recorded().get(from)!;
    this.remove(from);
    this.data = new Set([...this.data, to]);
    this.lock = new Map([...this.lock, [to, { key: '', outs: new Map([[to, recorded]]) }]]);
    return 0;
  }

  remove(path: string): Code {
    this.data = new Set([...this.data].filter((other) => other !== path));
    this.lock = new Map([...this.lock].filter(([name]) => name !== path));
    return 0;
  }

  /** Of each stage and data: it is as recorded, and so is all that it reads. */
  get fresh(): readonly string[] {
    const fresh = new Set([...this.data].filter((path) => this.lock.has(path) && !this.isChanged(path)));
    for (const { name, reads, outs } of STAGES) {
      const made = STAGES.filter((stage) => stage.outs.some((path) => reads.includes(path)));
      const before = [...made.map((stage) => stage.name), ...reads.filter((path) => this.data.has(path))];
      const isSame = this.lock.get(name)?.key === this.#keyOf(reads) && !outs.some(this.isChanged);
      if (isSame && before.every((other) => fresh.has(other))) fresh.add(name);
    }
    return [...fresh];
  }

  /** What a run with another parameter gives, of which the workspace gets nothing. Everything has to be fresh. */
  experiment(text: Node): Experiment {
    const sources = put(this.tree, PARAMS[0]!, new Map([['', text]]));
    const aside = new Clone({ ...this.commit, sources }, this.cache);
    aside.repro();
    const params = new Map([...sources].filter(([path]) => PARAMS.includes(path)));
    return { params, lock: new Map([...aside.lock].filter(([name]) => !this.data.has(name))) };
  }

  apply({ params, lock }: Experiment): Code {
    this.tree = new Map([...this.tree, ...params]);
    for (const { outs } of lock.values())
      for (const [path, part] of outs) this.tree = put(this.tree, path, part);
    this.lock = new Map([...this.lock, ...lock]);
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
    this.#keep(name, partsAt(tree, paths), key);
  }

  #keep(name: string, outs: Lock, key = ''): void {
    for (const part of outs.values()) this.cache.keep(part);
    const { reads = [] } = STAGES.find((stage) => stage.name === name) ?? {};
    const deps = partsAt(
      this.tree,
      reads.filter((path) => !PARAMS.includes(path)),
    );
    this.lock = new Map([...this.lock, [name, { key, outs, deps }]]);
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

/** All that records name. */
export const neededBy = (lock: ReadonlyMap<string, Entry>): Part[] =>
  [...lock.values()].flatMap(({ outs, deps }) => [...outs.values(), ...(deps?.values() ?? [])]);

/** Their outputs. */
export const partsOf = (lock: ReadonlyMap<string, Entry>): Part[] =>
  [...lock.values()].flatMap(({ outs }) => [...outs.values()]);

/** What only one side has, or none, as `status --cloud` says it. Of a folder whose list no side has, no file is known. */
export function compared(part: Part, cache: Store, remote: Store): { state: string; path?: string }[] {
  const list = isFile(part) ? undefined : objectsOf(part)[0]!;
  const named = list === undefined || cache.has(list) || remote.has(list) ? [...part] : [];
  const items = [
    ...(list === undefined ? [] : [{ digest: list, path: undefined }]),
    ...named.flatMap(([path, node]) =>
      node.kind === 'file' ? [{ digest: objectsOf(new Map([['', node]]))[0]!, path: path || undefined }] : [],
    ),
  ];
  return items.flatMap(({ digest, path }) => {
    const [here, there] = [cache.has(digest), remote.has(digest)];
    const state = here ? 'new' : there ? 'deleted' : 'missing';
    return here && there ? [] : [{ state, ...(path !== undefined && { path }) }];
  });
}
