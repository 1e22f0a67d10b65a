// One project in several places: clones of its repository, their caches, and a remote. Every step happens there and in memory
// (reference.ts); after it all files, records and objects are compared.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  contentOf,
  counted,
  objectsOf,
  partAt,
  put,
  file,
  type Node,
  type Part,
  type Tree,
} from '../projects/tree.ts';
import { lockAt } from '../projects/compare.ts';
import { runHere } from '../../cli/here.ts';
import { damage, objectPath, objectsAt, savedAt, treeAt, writeAt } from './disk.ts';
import { DATA, declaration, GIT_IGNORES, RAW, SOURCES, STAGES } from './project.ts';
import { Clone, sentOf, Store, transfer, worst, type Code, type Commit } from './reference.ts';
import type { Step } from './steps.ts';

interface Place {
  readonly root: string;
  readonly clone: Clone;
}

const WHO = ['ada', 'bob'];

const GIT = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];

export class Places {
  readonly #root: string;
  readonly #remote = new Store();
  readonly #commits: Commit[] = [];
  readonly #places: Place[] = [];
  /** What happened, for who reads a failure. */
  readonly log: string[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  async begin(): Promise<void> {
    const root = join(this.#root, WHO[0]!);
    mkdirSync(root);
    mkdirSync(join(this.#root, 'remote'));
    this.#git(this.#root, 'init', '-q', '--bare', '-b', 'main', 'origin');
    this.#git(root, 'init', '-q', '-b', 'main');
    this.#git(root, 'remote', 'add', 'origin', '../origin');
    writeFileSync(join(root, 'pipeline.yaml'), declaration('../remote'));
    writeFileSync(join(root, '.gitignore'), GIT_IGNORES);
    const first = new Clone({ sources: SOURCES, data: new Set(), lock: new Map() }, new Store());
    this.#places.push({ root, clone: first });
    for (const [path, node] of [...SOURCES, ...DATA]) this.#write(this.#places[0]!, path, node);
    for (const path of [RAW, 'data/table.csv']) await this.#add(this.#places[0]!, path);
    await this.#repro(this.#places[0]!);
    this.#commit(this.#places[0]!);
    for (const name of WHO.slice(1)) {
      this.#git(this.#root, 'clone', '-q', 'origin', name);
      const clone = new Clone(this.#commits.at(-1)!, new Store());
      this.#places.push({ root: join(this.#root, name), clone });
    }
  }

  async step(step: Step): Promise<void> {
    const place = this.#places[step.who % this.#places.length]!;
    const { root, clone } = place;
    switch (step.kind) {
      case 'edit': {
        const [path, texts] = [...EDITS][step.a % EDITS.size]!;
        const text = texts[step.b % texts.length];
        return this.#write(place, path, text === undefined ? undefined : file(text, path.includes('deep')));
      }
      case 'add':
        return this.#add(place, [RAW, 'data/table.csv'][step.a % 2]!);
      case 'repro':
        return this.#repro(place);
      case 'commit':
        return this.#commit(place);
      case 'git pull':
        return this.#gitPull(place);
      case 'push':
        return this.#push(place, step);
      case 'fetch':
      case 'pull':
      case 'checkout':
        return this.#bring(place, step);
      case 'remove outputs': {
        for (const path of clone.recorded().keys()) this.#write(place, path, undefined);
        return;
      }
      case 'hurt': {
        const [at, store] =
          step.who % 3 === 0
            ? [join(this.#root, 'remote'), this.#remote]
            : [join(root, 'cache'), clone.cache];
        const digest = [...store.whole].toSorted()[step.a % Math.max(1, store.whole.size)];
        if (digest === undefined) return;
        store.whole.delete(digest);
        this.log.push(`${step.b % 3 === 0 ? 'lose' : 'damage'} ${at} ${digest}`);
        if (step.b % 3 === 0) return rmSync(objectPath(at, digest));
        store.damaged.add(digest);
        return damage(objectPath(at, digest), step.b % 3 === 1);
      }
    }
  }

  #write(place: Place, path: string, node: Node | undefined): void {
    const { clone, root } = place;
    const part = node && new Map([['', node]]);
    // A folder that becomes empty stays one, also in memory.
    clone.tree = put(clone.tree, path, part);
    writeAt(root, path, node);
    this.log.push(`${root} ${path} = ${node?.kind === 'file' ? JSON.stringify(node.text) : 'nothing'}`);
  }

  async #add(place: Place, path: string): Promise<void> {
    const { clone } = place;
    if (!partAt(clone.tree, path)) return;
    await this.#run(place, ['add', path], () => clone.add(path));
  }

  async #repro(place: Place): Promise<void> {
    await this.#run(place, ['repro', '-k'], () => place.clone.repro());
  }

  /** The history is a line: who is behind pulls first. */
  #commit({ root, clone }: Place): void {
    if (this.#commits.length > 0 && this.#heads.get(clone) !== this.#commits.length - 1) return;
    this.#git(root, 'add', '-A');
    this.#git(root, 'commit', '-q', '--allow-empty', '-m', 'One');
    this.#git(root, 'push', '-q', 'origin', 'HEAD:main');
    this.#heads.set(clone, this.#commits.length);
    this.#commits.push(clone.commit);
    this.log.push(`${root} git commit`);
  }

  readonly #heads = new Map<Clone, number>();

  #gitPull({ root, clone }: Place): void {
    this.#git(root, 'fetch', '-q', 'origin');
    this.#git(root, 'add', '-A');
    this.#git(root, 'reset', '-q', '--hard', 'origin/main');
    this.#heads.set(clone, this.#commits.length - 1);
    clone.moveTo(this.#commits.at(-1)!);
    this.log.push(`${root} git reset --hard origin/main`);
  }

  async #push(place: Place, { a }: Step): Promise<void> {
    const { clone } = place;
    const targets = targetsOf(a);
    await this.#run(place, ['push', ...(targets ?? [])], () =>
      transfer(sentOf(clone.recorded(targets)).values(), clone.cache, this.#remote),
    );
  }

  async #bring(place: Place, { kind, a, b }: Step): Promise<void> {
    const { clone } = place;
    const targets = targetsOf(a);
    const force = kind !== 'fetch' && b % 3 === 0;
    await this.#run(place, [kind, ...(force ? ['-f'] : []), ...(targets ?? [])], () => {
      const parts = sentOf(clone.recorded(targets)).values();
      const fetched = kind === 'checkout' ? 0 : transfer(parts, this.#remote, clone.cache);
      return worst([fetched, kind === 'fetch' ? 0 : clone.checkout(force, targets)]);
    });
  }

  /** @param happens to the reference; @returns the exit code. */
  async #run({ root, clone }: Place, args: readonly string[], happens: () => Code): Promise<void> {
    const before = { tree: clone.tree, recorded: clone.recorded() };
    const kept = objectsAt(join(root, 'cache'));
    const code = happens();
    const ran = await runHere(root, args);
    this.log.push(
      `${root} pipe ${args.join(' ')} → ${ran.code}, expected ${code}\n${ran.stdout}${ran.stderr}`,
    );
    if (code !== 'either') assert.equal(ran.code, code);
    this.#compareObjects(join(root, 'cache'), clone.cache);
    this.#compareObjects(join(this.#root, 'remote'), this.#remote);
    const after = treeAt(root);
    if (code === 'either') clone.tree = adopted(after, before.tree, clone);
    assert.deepEqual(filesIn(after), filesIn(clone.tree));
    for (const path of clone.recorded().keys())
      assert.deepEqual(textOf(partAt(after, path)), textOf(partAt(clone.tree, path)), path);
    assert.deepEqual(recordedAt(root), recordedIn(clone));
    const recorded = [...before.recorded].reduce(
      (tree, [path, part]) => put(tree, path, part),
      new Map() as Tree,
    );
    const there = new Set([...digestsIn(after), ...digestsIn(recorded), ...kept.keys(), ...savedAt(root)]);
    for (const digest of digestsIn(before.tree))
      assert.ok(there.has(digest), 'what was edited by hand is lost');
  }

  #compareObjects(at: string, store: Store): void {
    const found = objectsAt(at);
    for (const digest of store.damaged) {
      if (found.get(digest) === true) store.whole.add(digest);
      if (found.get(digest) !== false) store.damaged.delete(digest);
    }
    for (const digest of store.unsure) if (found.get(digest) === true) store.whole.add(digest);
    store.unsure.clear();
    const whole = [...found].filter(([, isWhole]) => isWhole).map(([digest]) => digest);
    assert.deepEqual(whole.toSorted(), [...store.whole].toSorted(), at);
    const damaged = [...found].filter(([, isWhole]) => !isWhole).map(([digest]) => digest);
    assert.deepEqual(damaged.toSorted(), [...store.damaged].toSorted(), at);
  }

  #git(cwd: string, ...args: readonly string[]): void {
    execFileSync('git', [...GIT, ...args], { cwd, stdio: 'pipe' });
  }
}

/** What people change by hand; undefined: they remove it. */
const EDITS = new Map<string, readonly (string | undefined)[]>([
  ['in.txt', ['a\n', 'b\n', 'longer than before\n']],
  ['params.yaml', ['rate: 1\n', 'rate: 2\n']],
  ['vars.yaml', ['word: low\n', 'word: high\n']],
  [`${RAW}/a`, ['one\n', 'two\n', '']],
  [`${RAW}/deep/b`, ['one\n', 'two\n']],
  [`${RAW}/deep/c`, ['c\n', undefined]],
  ['data/table.csv', ['x,y\n', '1,2\n']],
  ['out/copy.txt', ['a\n', 'by hand\n', undefined]],
  ['out/tree/deep/all', ['by hand\n', undefined]],
]);

const TARGETS = [...STAGES.map(({ name }) => name), RAW, 'data/table.csv', 'out/tree'];

function targetsOf(pick: number): readonly string[] | undefined {
  const target = TARGETS[pick % (2 * TARGETS.length)];
  return target === undefined ? undefined : [target];
}

/** Of each file that is recorded what was there, or what is recorded: nothing else is right. */
function adopted(after: Tree, before: Tree, clone: Clone): Tree {
  const recorded = [...clone.recorded()].reduce(
    (tree, [path, part]) => put(tree, path, part),
    new Map() as Tree,
  );
  for (const path of new Set([...after.keys(), ...before.keys(), ...recorded.keys()])) {
    if (after.get(path)?.kind === 'folder') continue;
    const allowed = [before.get(path), recorded.get(path), undefined].map((node) => JSON.stringify(node));
    assert.ok(
      allowed.includes(JSON.stringify(after.get(path))),
      `${path} is neither as before nor as recorded`,
    );
  }
  return after;
}

const digestsIn = (tree: Tree): string[] =>
  [...tree.values()].flatMap((node) => (node.kind === 'file' ? objectsOf(new Map([['', node]])) : []));

const textOf = (part: Part | undefined): object | undefined => part && contentOf(counted(part));

const filesIn = (tree: Tree): object =>
  Object.fromEntries(
    [...tree].filter(([, { kind }]) => kind !== 'folder').toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

/** By path, as the lock file has it. */
function recordedAt(root: string): object {
  const { data, stages } = lockAt(join(root, 'pipeline.lock')) as {
    data: { path: string }[];
    stages: Record<string, { outs: { path: string }[] }>;
  };
  const outs = [...data, ...Object.values(stages).flatMap((entry) => entry.outs)];
  return sorted(outs.map(({ path, ...rest }) => [path, rest]));
}

const recordedIn = ({ lock }: Clone): object =>
  sorted(
    [...lock.values()].flatMap(({ outs }) =>
      [...outs].map(([path, part]): [string, object] => [path, { hash: 'sha256', ...contentOf(part) }]),
    ),
  );

const sorted = (entries: readonly (readonly [string, object])[]): object =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
