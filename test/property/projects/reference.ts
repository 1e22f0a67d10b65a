// A second engine, in memory: what a command does to a workspace, its lock files and its cache. It knows nothing of hashing by stat
// data, of parallel stages or of files on the disk, so it is short, and is right where the engine may be wrong.
import { stagesOf } from './declare.ts';
import { run } from './run-command.ts';
import type { OutModel, Stage, World } from './project.ts';
import {
  contentOf,
  endOf,
  inputAt,
  isFile,
  isInside,
  objectsOf,
  partAt,
  put,
  sameContent,
  type Part,
  type Recorded,
  type Tree,
} from './tree.ts';

/** An output as it was recorded. */
interface LockedOut {
  readonly path: string;
  readonly at: string;
  readonly part: Part;
}

export interface Entry {
  readonly key: string;
  readonly stage: Stage;
  readonly deps: readonly ({ readonly path: string } & Partial<Recorded>)[];
  /** What was at its dependencies. */
  readonly inputs: readonly Part[];
  readonly outs: readonly LockedOut[];
}

export type Outcome = 'fresh' | 'restored' | 'ran' | 'failed' | 'skipped';

export interface Asked {
  /** Names of stages. */
  readonly targets?: readonly string[];
  readonly single?: boolean;
  readonly downstream?: boolean;
  readonly force?: boolean;
  readonly forceDownstream?: boolean;
  /** `-S word=…`. */
  readonly word?: string;
}

interface Done {
  readonly code: 0 | 1;
  /** Why the whole run is refused, as a code of problems. */
  readonly refused?: string;
  /** By address, of the stages that were asked for. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly tree: Tree;
}

export class Reference {
  lock: ReadonlyMap<string, Entry> = new Map();
  /** That of the last run, which the lock file of the root has. */
  overlay: readonly string[] = [];
  /** Results of runs by the key of their inputs, newest first. */
  #known = new Map<string, readonly (readonly LockedOut[])[]>();
  /** Digests of the objects that the cache keeps. */
  #objects = new Set<string>();
  /** What stages began to write and was not recorded. */
  #attempts: readonly Attempt[] = [];

  repro(world: World, asked: Asked = {}): Done {
    const { word } = asked;
    const vars = { ...world.vars, ...(word !== undefined && { over: word }) };
    const all = inOrder(stagesOf({ ...world, vars }), world.tree);
    const refusal = (refused: string): Done => ({ code: 1, refused, outcomes: new Map(), tree: world.tree });
    if (asked.targets?.some((target) => !all.some((stage) => isNamed(stage, target))))
      return refusal('unknown-target');
    const cleared = this.#withoutVanished(world.tree, all);
    if (!cleared) return refusal('vanished-unsaved');
    let tree = cleared;
    const outcomes = new Map<string, Outcome>();
    for (const stage of selected(all, asked, tree)) {
      const before = producersOf(stage, all, tree).map(({ address }) => outcomes.get(address));
      if (before.includes('failed') || before.includes('skipped')) {
        outcomes.set(stage.address, 'skipped');
        continue;
      }
      const forced = asked.force === true || (asked.forceDownstream === true && before.includes('ran'));
      const done = this.#reproduce(stage, tree, forced);
      ({ tree } = done);
      outcomes.set(stage.address, done.outcome);
    }
    this.overlay = word === undefined ? [] : [`word=${word}`];
    const declared = new Map(all.map((stage) => [stage.address, attemptOf(stage).outs]));
    this.lock = new Map([...this.lock].filter(([address]) => declared.has(address)));
    this.#attempts = this.#attempts.filter(({ address, outs }) => declared.get(address) === outs);
    return { code: [...outcomes.values()].includes('failed') ? 1 : 0, outcomes, tree };
  }

  /** What a run would do, which does not happen. */
  preview(world: World): Done['outcomes'] {
    const before = {
      overlay: this.overlay,
      lock: this.lock,
      known: new Map(this.#known),
      objects: new Set(this.#objects),
      attempts: this.#attempts,
    };
    const { outcomes } = this.repro(world);
    this.overlay = before.overlay;
    this.lock = before.lock;
    this.#known = before.known;
    this.#objects = before.objects;
    this.#attempts = before.attempts;
    return outcomes;
  }

  /** Digests of what the cache must have. */
  get objects(): ReadonlySet<string> {
    return this.#objects;
  }

  declaredOuts = (world: World): readonly string[] =>
    stagesOf(world).flatMap(({ outs }) => outs.map(({ path }) => path));

  /** One that the cache keeps is lost. @returns its name. */
  loseObject(pick: number): string | undefined {
    const objects = [...this.#objects].map((digest) => digest).toSorted();
    const lost = objects[pick % objects.length];
    if (lost !== undefined) this.#objects.delete(lost);
    return lost;
  }

  /** As recorded, with all that was changed by hand. */
  checkout(world: World): { code: 0 | 1; tree: Tree } {
    let { tree } = world;
    let code: 0 | 1 = 0;
    for (const stage of stagesOf(world))
      for (const { at, part } of this.#outsOf(stage)) {
        if (sameContent(partAt(tree, at), part)) continue;
        if (this.#has(part)) tree = restored(tree, at, part);
        else if (stage.outs.find((out) => out.path === at)?.cache) code = 1;
      }
    return { code, tree };
  }

  /** The workspace is the result of every stage that differs from its record. @returns false where something is missing. */
  commit({ tree, ...world }: World): boolean {
    const differing = stagesOf({ tree, ...world }).filter(
      (stage) => !stage.always && !this.#isCommitted(stage, tree),
    );
    if (differing.some((stage) => !outsAt(stage, tree) || isMissingInput(stage, tree))) return false;
    for (const stage of differing) this.#record(stage, tree, outsAt(stage, tree)!);
    this.overlay = [];
    return true;
  }

  #isCommitted(stage: Stage, tree: Tree): boolean {
    const entry = this.lock.get(stage.address);
    if (!entry) return stage.frozen && outsAt(stage, tree) !== undefined;
    const isKept = stage.outs.every(
      (out) => !keepsBytes(out) || this.#has(partOf(entry, out.path) ?? new Map()),
    );
    const isSame = stage.frozen || stage.isData || entry.key === keyOf(stage, tree);
    return isSame && isKept && this.#isInPlace(stage, entry, tree);
  }

  /** What no record names goes. */
  collect(): void {
    const needed = new Set(
      [...this.lock.values()].flatMap(({ inputs, outs }) =>
        [...inputs, ...outs.map(({ part }) => part)].flatMap((part) =>
          this.#isListed(part) ? objectsOf(part) : [],
        ),
      ),
    );
    this.#objects = new Set([...this.#objects].filter((digest) => needed.has(digest)));
    for (const [key, results] of this.#known) {
      const left = results.filter((outs) => outs.every(({ part }) => this.#has(part)));
      if (left.length > 0) this.#known.set(key, left);
      else this.#known.delete(key);
    }
  }

  /** What is in a folder is only known where the cache has its list. */
  #isListed = (part: Part): boolean => isFile(part) || this.#objects.has(contentOf(part).sha256);

  #reproduce(stage: Stage, tree: Tree, forced: boolean): { outcome: Outcome; tree: Tree } {
    const entry = this.lock.get(stage.address);
    if (stage.frozen || stage.isData) return this.#keep(stage, entry, tree);
    const key = keyOf(stage, tree);
    if (!forced && !stage.always) {
      if (entry?.key === key) {
        if (this.#isInPlace(stage, entry, tree)) return { outcome: 'fresh', tree };
        const lacking = entry.outs.filter(({ at, part }) => !sameContent(partAt(tree, at), part));
        if (lacking.every(({ part }) => this.#has(part))) return this.#restore(stage, entry.outs, tree);
      }
      const earlier = isReusable(stage)
        ? this.#known.get(key)?.find((outs) => outs.every(({ part }) => this.#has(part)))
        : undefined;
      if (earlier) return this.#restore(stage, earlier, tree);
    }
    if (isMissingInput(stage, tree)) return { outcome: 'failed', tree };
    const after = run(stage, tree);
    this.#attempts = [...this.#attempts.filter(isOther(stage)), attemptOf(stage)];
    if (stage.fails) return { outcome: 'failed', tree: after };
    // What changed meanwhile may have been read as it was before or after.
    if (keyOf(stage, after) === key) this.#record(stage, after, outsAt(stage, after)!);
    return { outcome: 'ran', tree: after };
  }

  #restore(stage: Stage, outs: readonly LockedOut[], tree: Tree): { outcome: Outcome; tree: Tree } {
    const after = outs.reduce((now, { at, part }) => restored(now, at, part), tree);
    this.#record(stage, after, outs, false);
    return { outcome: 'restored', tree: after };
  }

  /** A frozen stage never runs, and data is what people say it is. */
  #keep(stage: Stage, entry: Entry | undefined, tree: Tree): { outcome: Outcome; tree: Tree } {
    const reasons = stage.outs.filter(({ path }) => !sameContent(partAt(tree, path), partOf(entry, path)));
    const lost = reasons.filter(({ path }) => partAt(tree, path) === undefined);
    if (
      entry &&
      reasons.length > 0 &&
      lost.length === reasons.length &&
      entry.outs.every(({ at, part }) => sameContent(partAt(tree, at), part) || this.#has(part))
    )
      return {
        outcome: 'restored',
        tree: entry.outs.reduce((now, { at, part }) => restored(now, at, part), tree),
      };
    if (stage.outs.some(({ path }) => partAt(tree, path) === undefined)) return { outcome: 'failed', tree };
    if (stage.isData && reasons.length > 0) this.#record(stage, tree, outsAt(stage, tree)!);
    return { outcome: 'fresh', tree };
  }

  /** @param stores else the cache has what was restored, and need not have what was in place. */
  #record(stage: Stage, tree: Tree, outs: readonly LockedOut[], stores = true): void {
    const key = keyOf(stage, tree);
    const deps = stage.deps.map(({ path, at }) => ({ path, ...inputAt(tree, at) }));
    const inputs = stage.deps.flatMap(({ at }) => partAt(tree, at) ?? []);
    this.lock = new Map([...this.lock, [stage.address, { key, stage, deps, inputs, outs }]]);
    this.#attempts = this.#attempts.filter(isOther(stage));
    for (const { at, part } of stores ? outs : [])
      if (keepsBytes(stage.outs.find((out) => out.path === at)!))
        for (const digest of objectsOf(part)) this.#objects.add(digest);
    if (!isReusable(stage) || stage.isData) return;
    const others = (this.#known.get(key) ?? []).filter((earlier) => textOf(earlier) !== textOf(outs));
    this.#known.set(key, [outs, ...(others.length < 5 ? others : [...others.slice(0, 3), others.at(-1)!])]);
  }

  #outsOf(stage: Stage): readonly LockedOut[] {
    const declared = new Set(stage.outs.map(({ path }) => path));
    return (this.lock.get(stage.address)?.outs ?? []).filter(({ at }) => declared.has(at));
  }

  #isInPlace = (stage: Stage, entry: Entry, tree: Tree): boolean =>
    stage.outs.every(({ path }) => {
      const part = partOf(entry, path);
      return part !== undefined && sameContent(partAt(tree, path), part);
    });

  #has = (part: Part): boolean => objectsOf(part).every((digest) => this.#objects.has(digest));

  /** Removes outputs that are no longer declared. @returns undefined where the cache does not have one of them. */
  #withoutVanished(tree: Tree, stages: readonly Stage[]): Tree | undefined {
    const declared = stages.flatMap(({ outs }) => outs.map(({ path }) => path));
    const read = stages.flatMap(({ deps, params }) => [...deps, ...params].map(({ at }) => at));
    const isDeclared = (at: string): boolean =>
      declared.some((path) => isInside(path, at) || isInside(at, path));
    const recorded = [...this.lock.values()].flatMap(({ stage, outs }) => (stage.isData ? [] : outs));
    const partial = this.#attempts
      .flatMap(({ outs }) => outs.split('\n'))
      .filter((at) => recorded.every((out) => out.at !== at));
    if (partial.some((at) => !isDeclared(at) && partAt(tree, at) !== undefined)) return undefined;
    let left = tree;
    for (const { at, part } of recorded) {
      if (isDeclared(at)) continue;
      const now = partAt(tree, at);
      if (!now || read.some((path) => isInside(path, at))) continue;
      const isSame = contentOf(now).sha256 === contentOf(part).sha256;
      const objects = objectsOf(now).filter((digest) => !digest.endsWith('.dir'));
      if (!isSame || !objects.every((digest) => this.#objects.has(digest))) return undefined;
      left = put(left, at, undefined, !isFile(now));
    }
    return left;
  }
}

interface Attempt {
  readonly address: string;
  /** Paths, one per line. */
  readonly outs: string;
}

const attemptOf = ({ address, outs }: Stage): Attempt => ({
  address,
  outs: outs.map(({ path }) => path).join('\n'),
});

const isOther =
  (stage: Stage) =>
  ({ address, outs }: Attempt): boolean =>
    address !== stage.address || outs !== attemptOf(stage).outs;

const partOf = (entry: Entry | undefined, path: string): Part | undefined =>
  entry?.outs.find(({ at }) => at === path)?.part;

const textOf = (outs: readonly LockedOut[]): string =>
  JSON.stringify(outs.map(({ at, part }) => [at, contentOf(part)]));

const keepsBytes = ({ cache, section }: OutModel): boolean => cache || section !== 'outs';

const isReusable = ({ outs, always }: Stage): boolean =>
  !always && outs.every((out) => !out.persist && keepsBytes(out));

const isMissingInput = ({ deps, isData }: Stage, tree: Tree): boolean =>
  !isData && deps.some(({ at }) => partAt(tree, at) === undefined);

/** Everything that the stage can see. */
function keyOf(stage: Stage, tree: Tree): string {
  const deps = stage.deps.map(({ path, at }) => {
    const content = inputAt(tree, at);
    return [path, content?.sha256, content?.isexec, content?.links];
  });
  const params = stage.params.map(({ path, values }) => [
    path,
    Object.entries(values).map(([key, value]) => [key, spelled(value)]),
  ]);
  const outs = stage.outs.map(({ path }) => path).toSorted();
  return JSON.stringify([
    stage.cmd,
    stage.home,
    stage.wdir,
    stage.env,
    deps.toSorted(byPath),
    params.toSorted(byPath),
    outs,
  ]);
}

const byPath = ([a]: readonly unknown[], [b]: readonly unknown[]): number => (String(a) < String(b) ? -1 : 1);

const spelled = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? `int ${inner}` : typeof inner === 'number' ? `float ${inner}` : inner,
  );

function restored(tree: Tree, at: string, part: Part): Tree {
  const now = partAt(tree, at);
  if (sameContent(now, part)) return tree;
  return put(tree, at, part, now !== undefined && !isFile(now) && !isFile(part));
}

function outsAt({ outs }: Stage, tree: Tree): LockedOut[] | undefined {
  const found = outs.map(({ path }) => ({ path, at: path, part: partAt(tree, path) }));
  return found.every((out): out is LockedOut => out.part !== undefined) ? found : undefined;
}

/** Stages whose outputs this one reads, by containment and by links in a folder. */
function producersOf(stage: Stage, all: readonly Stage[], tree: Tree): readonly Stage[] {
  const places = [...stage.deps, ...stage.params].flatMap(({ at }) => [at, ...linkedFrom(tree, at)]);
  return all.filter(
    ({ outs, address }) =>
      address !== stage.address &&
      outs.some(({ path }) => places.some((place) => isInside(place, path) || isInside(path, place))),
  );
}

function linkedFrom(tree: Tree, at: string): readonly string[] {
  const own = tree.get(at);
  if (own?.kind === 'link') return [endOf(at, own.target)];
  return [...tree].flatMap(([path, node]) =>
    node.kind === 'link' && isInside(path, at) ? [endOf(path, node.target)] : [],
  );
}

/** Each after those that it reads from. */
function inOrder(all: readonly Stage[], tree: Tree): readonly Stage[] {
  const ordered = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (ordered.has(stage)) return;
    producersOf(stage, all, tree).forEach(visit);
    ordered.add(stage);
  };
  all.forEach(visit);
  return [...ordered];
}

/** As itself or by its group. */
const isNamed = ({ name }: Stage, target: string): boolean =>
  name === target || name.startsWith(`${target}@`);

/** In the order of all. */
function selected(
  all: readonly Stage[],
  { targets, single, downstream }: Asked,
  tree: Tree,
): readonly Stage[] {
  if (!targets) return all;
  const chosen = new Set(all.filter((stage) => targets.some((target) => isNamed(stage, target))));
  const dependencies = (stage: Stage): readonly Stage[] =>
    stage.frozen ? [] : producersOf(stage, all, tree);
  if (downstream) {
    for (const stage of chosen)
      for (const other of all) if (dependencies(other).includes(stage)) chosen.add(other);
  } else if (!single)
    for (const stage of chosen) for (const before of dependencies(stage)) chosen.add(before);
  return all.filter((stage) => chosen.has(stage));
}
