// One project in several places: clones of its repository with their caches, a remote, and another project that imports from it. What
// happens there happens in memory, too (reference.ts); after each command all files, records and objects are compared.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runHere } from '../../cli/here.ts';
import { runPipe } from '../../workspace.ts';
import { objectsOf, partAt, put, type Node, type Part, type Tree } from '../projects/tree.ts';
import {
  adopted,
  assertNothingLost,
  assertPart,
  filesIn,
  lockedIn,
  recordedAt,
  recordedTree,
  unheldOf,
} from './compare.ts';
import {
  ageAt,
  damage,
  objectPath,
  objectsAt,
  partOnDisk,
  savedAt,
  sizesOf,
  treeAt,
  writeAt,
} from './disk.ts';
import { DATA, declaration, GIT_IGNORES, PARAMS, RAW, SOURCES, TABLE } from './project.ts';
import { Clone, neededBy, partsOf, Store, type Code, type Commit, type Experiment } from './reference.ts';

export interface Place {
  readonly root: string;
  readonly clone: Clone;
  /** Its cache, which another clone may share. */
  readonly cache: string;
  /** The number of the commit that it is at. */
  head: number;
  readonly experiments: Map<string, Experiment>;
  /** All that was ever recorded: in a shared cache it notes what it needed when it was last used. */
  readonly noted: Set<Part>;
}

const GIT = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
const EMPTY: Commit = { sources: new Map(), data: new Set(), lock: new Map() };

export class Places {
  readonly root: string;
  readonly isShared: boolean;
  readonly remote = new Store();
  readonly pushed = new Map<string, Experiment>();
  readonly commits: Commit[] = [];
  readonly clones: Place[] = [];
  /** Another project, which only has what it imports. */
  readonly importer: Place;
  /** What was saved before it was replaced, by id. */
  readonly saved = new Map<string, Part>();
  /** What happened, for who reads a failure. */
  readonly log: string[] = [];

  /** @param isShared the clones share a cache. */
  constructor(root: string, isShared: boolean) {
    this.root = root;
    this.isShared = isShared;
    this.importer = this.#place('importer', EMPTY, new Store());
  }

  async begin(): Promise<void> {
    const { root } = this.importer;
    mkdirSync(root);
    mkdirSync(join(this.root, 'remote'));
    writeFileSync(join(root, 'pipeline.yaml'), 'stages: {}\n');
    writeFileSync(join(root, '.gitignore'), GIT_IGNORES);
    this.git('.', 'init', '-q', '--bare', '-b', 'main', 'origin');
    this.git('importer', 'init', '-q', '-b', 'main');
    const ada = await this.#first();
    this.git('.', 'clone', '-q', 'origin', 'bob');
    this.clones.push(this.#place('bob', this.commits[0]!, this.isShared ? ada.clone.cache : new Store()));
    this.#configure('bob');
    // Only what changes something notes itself in a shared cache.
    if (this.isShared)
      await this.run(this.clones[1]!, ['checkout'], () => this.clones[1]!.clone.checkout(false));
  }

  async #first(): Promise<Place> {
    const ada = this.#place('ada', { ...EMPTY, sources: SOURCES }, new Store());
    this.clones.push(ada);
    mkdirSync(ada.root);
    this.#configure('ada');
    this.git('ada', 'init', '-q', '-b', 'main');
    this.git('ada', 'remote', 'add', 'origin', '../origin');
    writeFileSync(join(ada.root, 'pipeline.yaml'), declaration('../remote'));
    writeFileSync(join(ada.root, '.gitignore'), GIT_IGNORES);
    for (const [path, node] of [...SOURCES, ...DATA]) this.write(ada, path, node);
    await this.run(ada, ['add', RAW, TABLE], () => ada.clone.add(RAW, TABLE));
    await this.run(ada, ['repro'], () => ada.clone.repro());
    this.commit(ada);
    return ada;
  }

  #place(name: string, commit: Commit, objects: Store): Place {
    const root = join(this.root, name);
    const isShared = this.isShared && name !== 'importer';
    const cache = isShared ? join(this.root, 'team') : join(root, 'cache');
    return {
      root,
      clone: new Clone(commit, objects),
      cache,
      head: 0,
      experiments: new Map(),
      noted: new Set(),
    };
  }

  #configure(name: string): void {
    if (!this.isShared) return;
    mkdirSync(join(this.root, name, 'cache'));
    writeFileSync(join(this.root, name, 'cache/config.yaml'), 'cache: {dir: ../team}\n');
  }

  git(folder: string, ...args: readonly string[]): void {
    execFileSync('git', [...GIT, ...args], { cwd: resolve(this.root, folder), stdio: 'pipe' });
  }

  write({ clone, root }: Place, path: string, node: Node | undefined): void {
    clone.tree = put(clone.tree, path, node && new Map([['', node]]));
    writeAt(root, path, node);
    this.log.push(`${root} ${path} = ${node?.kind === 'file' ? JSON.stringify(node.text) : 'nothing'}`);
  }

  /** The history is a line: who is behind pulls first. */
  commit(place: Place): void {
    const { root, clone } = place;
    if (place.head < this.commits.length - 1) return;
    this.git(root, 'add', '-A');
    this.git(root, 'commit', '-q', '--allow-empty', '-m', 'One');
    this.git(root, 'push', '-q', 'origin', 'HEAD:main');
    place.head = this.commits.length;
    this.commits.push(clone.commit);
    this.log.push(`${root} git commit`);
  }

  /** What was not committed is discarded; what git ignores stays. */
  gitPull(place: Place): void {
    const { root, clone } = place;
    this.git(root, 'fetch', '-q', 'origin');
    this.git(root, 'add', '-A');
    this.git(root, 'reset', '-q', '--hard', 'origin/main');
    place.head = this.commits.length - 1;
    clone.moveTo(this.commits.at(-1)!);
    this.log.push(`${root} git reset --hard origin/main`);
  }

  /** An object that a record names, if there is one. @param how 0: it is lost. */
  hurt(at: string, store: Store, pick: number, how: number): void {
    const named = this.clones
      .flatMap(({ clone }) => partsOf(clone.lock).flatMap(objectsOf))
      .filter(store.has);
    const digests = [...new Set(named.length > 0 ? named : store.whole)].toSorted();
    const digest = digests[pick % Math.max(1, digests.length)];
    if (digest === undefined) return;
    store.whole.delete(digest);
    this.log.push(`${how === 0 ? 'lose' : 'damage'} ${at} ${digest}`);
    if (how === 0) return rmSync(objectPath(at, digest));
    store.damaged.add(digest);
    damage(objectPath(at, digest), how === 1);
  }

  /** Garbage collection spares what is young in a folder that several projects use. */
  age = (): void => ageAt(join(this.root, 'team'));

  /**
   * @param happens to the reference; @returns the exit code.
   * @param crashAt the number of the step at which the command is killed. @returns what it printed.
   */
  async run(place: Place, args: readonly string[], happens: () => Code, crashAt?: number): Promise<string> {
    const { root, clone, cache } = place;
    const edited = [...clone.tree].filter(([path]) => !PARAMS.includes(path) || !this.#isInGit(place, path));
    const objects = [...objectsAt(cache).keys()];
    const before = { tree: clone.tree, recorded: clone.recorded(), sizes: sizesOf(cache, objects) };
    const code = happens();
    for (const part of neededBy(clone.lock)) place.noted.add(part);
    const ran =
      crashAt === undefined
        ? await runHere(root, args)
        : await runPipe(root, args, { PIPE_FAULT_AT: String(crashAt) });
    this.log.push(
      `${root} pipe ${args.join(' ')} → ${ran.code}, expected ${code}\n${ran.stdout}${ran.stderr}`,
    );
    if (code !== 'either') assert.equal(ran.code, code);
    for (const one of [...this.clones, this.importer]) this.#compareObjects(one.cache, one.clone.cache);
    this.#compareObjects(join(this.root, 'remote'), this.remote);
    const after = treeAt(root);
    this.#noteSaved(place, before);
    if (code === 'either') clone.tree = adopted(after, before.tree, clone.recorded());
    assert.deepEqual(filesIn(after), filesIn(clone.tree));
    for (const path of clone.recorded().keys())
      assertPart(partAt(after, path), partAt(clone.tree, path), path);
    assert.deepEqual(recordedAt(root), lockedIn(clone.lock));
    assertNothingLost(
      new Map(edited),
      [after, recordedTree(before.recorded)],
      [objects, savedAt(root).files],
    );
    return ran.stdout;
  }

  /** As the commit has it: an experiment that is applied may replace it. */
  #isInGit = ({ clone, head }: Place, path: string): boolean =>
    JSON.stringify(clone.tree.get(path)) === JSON.stringify(this.commits[head]?.sources.get(path));

  #compareObjects(at: string, store: Store): void {
    const found = objectsAt(at);
    for (const digest of store.damaged) {
      if (found.get(digest) === true) store.whole.add(digest);
      if (found.get(digest) !== false) store.damaged.delete(digest);
    }
    for (const digest of store.unsure) if (found.get(digest) === true) store.whole.add(digest);
    store.unsure.clear();
    const named = (isWhole: boolean): string[] =>
      [...found].flatMap(([digest, whole]) => (whole === isWhole ? [digest] : [])).toSorted();
    assert.deepEqual(named(true), [...store.whole].toSorted(), at);
    assert.deepEqual(named(false), [...store.damaged].toSorted(), `damaged: ${at}`);
  }

  /** What was just saved is what was there and not in the cache. */
  #noteSaved(
    { root }: Place,
    before: { readonly tree: Tree; readonly sizes: ReadonlyMap<string, number> },
  ): void {
    for (const [id, at] of savedAt(root).paths) {
      const key = `${root} ${id}`;
      if (this.saved.has(key)) continue;
      const part = unheldOf(partAt(before.tree, at)!, before.sizes);
      assertPart(partOnDisk(join(root, 'cache/saved', id, 'content')), part, `saved: ${at}`);
      this.saved.set(key, part);
    }
  }
}
