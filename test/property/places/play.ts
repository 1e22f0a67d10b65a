// One step, in the real places and in memory.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { file, objectsOf, partAt, put, type Part } from '../projects/tree.ts';
import { assertPart, differences, differencesIn, sorted } from './compare.ts';
import { partOnDisk } from './disk.ts';
import type { Place, Places } from './places.ts';
import { MOVED, partsAt, RAW, STAGES, TABLE } from './project.ts';
import {
  compared,
  neededBy,
  partsOf,
  recordedIn,
  sentOf,
  transfer,
  worst,
  type Clone,
  type Commit,
  type Experiment,
  type Store,
} from './reference.ts';
import type { Kind, Step } from './steps.ts';

type Play = (places: Places, place: Place, step: Step) => void | Promise<unknown>;

/** What people change by hand; undefined: they remove it. */
const EDITS = new Map<string, readonly (string | undefined)[]>([
  ['in.txt', ['a\n', 'b\n', 'longer than before\n']],
  ['params.yaml', ['rate: 1\n', 'rate: 2\n']],
  ['vars.yaml', ['word: low\n', 'word: high\n']],
  [`${RAW}/a`, ['one\n', 'two\n', '']],
  [`${RAW}/deep/b`, ['one\n', 'two\n']],
  [`${RAW}/deep/c`, ['c\n', undefined]],
  [TABLE, ['x,y\n', '1,2\n']],
  ['out/copy.txt', ['a\n', 'by hand\n', undefined]],
  ['out/tree/deep/all', ['by hand\n', undefined]],
]);

const TARGETS = [...STAGES.map(({ name }) => name), RAW, TABLE, 'out/tree'];

/** Half of the time none, which means everything. */
function targetsOf({ data }: Clone, pick: number): readonly string[] | undefined {
  const target = TARGETS[pick % (2 * TARGETS.length)];
  return target === undefined || (target.startsWith('data/') && !data.has(target)) ? undefined : [target];
}

const picked = <T>(all: readonly T[], pick: number): T | undefined => all[pick % Math.max(1, all.length)];

/** Flags that choose commits, with these commits. */
function revisions({ commits }: Places, { head }: Place, pick: number): [string[], readonly Commit[]] {
  switch (pick % 6) {
    case 0:
      return [['-A'], commits.slice(0, head + 1)];
    case 1:
      return [['--rev', `HEAD~${head - (pick % (head + 1))}`], [commits[pick % (head + 1)]!]];
    default:
      return [[], []];
  }
}

/** What a remote has of the workspace and of these commits. */
const sentParts = (clone: Clone, commits: readonly Commit[], targets?: readonly string[]): Part[] =>
  [clone, ...commits].flatMap((one) => [...sentOf(recordedIn(one, targets)).values()]);

const push: Play = (places, place, { a, b }) => {
  const { clone } = place;
  const targets = targetsOf(clone, a);
  const [flags, commits] = revisions(places, place, b);
  const jobs = b % 4 === 0 ? ['-j', '1'] : [];
  return places.run(place, ['push', ...flags, ...jobs, ...(targets ?? [])], () =>
    transfer(sentParts(clone, commits, targets), clone.cache, places.remote),
  );
};

const bring: Play = (places, place, { kind, a, b }) => {
  const { clone } = place;
  const targets = targetsOf(clone, a);
  const force = kind !== 'fetch' && b % 3 === 0;
  const [flags, commits] = kind === 'checkout' ? [[], []] : revisions(places, place, b >> 3);
  return places.run(place, [kind, ...flags, ...(force ? ['-f'] : []), ...(targets ?? [])], () => {
    const fetched =
      kind === 'checkout' ? 0 : transfer(sentParts(clone, commits, targets), places.remote, clone.cache);
    return worst([fetched, kind === 'fetch' ? 0 : clone.checkout(force, targets)]);
  });
};

/** Ends in the middle; what is there then is right, and the same once more completes it. */
const killed =
  (kind: 'push' | 'pull'): Play =>
  async (places, place, { a }) => {
    const { clone } = place;
    const [from, to] = kind === 'push' ? [clone.cache, places.remote] : [places.remote, clone.cache];
    await places.run(
      place,
      [kind],
      () => {
        for (const digest of [...sentOf(clone.recorded()).values()].flatMap(objectsOf))
          if (from.has(digest) && !to.seems(digest)) to.unsure.add(digest);
        return 'either';
      },
      1 + (a % 40),
    );
    await (kind === 'push' ? push : bring)(places, place, { kind, who: 0, a: TARGETS.length, b: 2 });
  };

const collect =
  (isCloud: boolean): Play =>
  async (places, place, { b }) => {
    const { clone } = place;
    const [chosen, commits] = revisions(places, place, b % 2);
    const flags = b % 3 === 0 ? ['-w'] : chosen;
    const needed = [
      ...neededBy(clone.lock),
      ...(b % 3 === 0 ? [] : commits.flatMap(({ lock }) => neededBy(lock))),
      ...[...place.experiments.values()].flatMap(({ lock }) => neededBy(lock)),
    ];
    const lists = needed.map((part) => objectsOf(part)[0]!);
    const { remote, pushed } = places;
    // What is damaged may be in the way of it.
    if (isCloud && lists.some((digest) => remote.damaged.has(digest) || clone.cache.damaged.has(digest)))
      return;
    if (places.isShared) places.age();
    const others = places.isShared ? places.clones.filter((other) => other !== place) : [];
    await places.run(place, ['gc', ...flags, ...(isCloud ? ['-c', '-y', '--grace', '0m'] : [])], () => {
      if (isCloud)
        remote.collect(
          [...needed, ...[...pushed.values()].flatMap(({ lock }) => neededBy(lock))],
          (digest) => remote.has(digest) || clone.cache.has(digest),
        );
      clone.cache.collect(
        [
          ...needed,
          ...others.flatMap((other) => [
            ...neededBy(other.clone.lock),
            ...[...other.experiments.values()].flatMap(({ lock }) => neededBy(lock)),
          ]),
        ],
        clone.cache.has,
        others.flatMap(({ noted }) => [...noted]),
      );
      return 0;
    });
  };

const nothing = (): 0 => 0;

const cloudStatus: Play = async (places, place, { a }) => {
  const { clone } = place;
  const { remote } = places;
  const printed = await places.run(place, ['status', '-c', '--json'], nothing);
  const sent = [...sentOf(clone.recorded())];
  const isDamaged = (digest: string): boolean =>
    remote.damaged.has(digest) || clone.cache.damaged.has(digest);
  if (sent.some(([, part]) => objectsOf(part).some(isDamaged))) return;
  const { remotes } = JSON.parse(printed) as {
    remotes: { same: number; outputs: { path: string; objects: { state: string; path?: string }[] }[] }[];
  };
  const found = remotes.flatMap(({ outputs }) =>
    outputs.map(
      ({ path, objects }) =>
        [path, objects.map((one) => `${one.state} ${one.path ?? ''}`).toSorted()] as const,
    ),
  );
  const expected = sent.flatMap(([path, part]) => {
    const objects = compared(part, clone.cache, remote)
      .map((one) => `${one.state} ${one.path ?? ''}`)
      .toSorted();
    return objects.length > 0 ? [[path, objects] as const] : [];
  });
  assert.deepEqual(sorted(found), sorted(expected));
  void a;
};

const status: Play = async (places, place) => {
  const printed = await places.run(place, ['status', '--json'], nothing);
  const { stages } = JSON.parse(printed) as { stages: { name: string; state: string }[] };
  const fresh = stages.flatMap(({ name, state }) => (state === 'fresh' ? [name] : []));
  assert.deepEqual(fresh.toSorted(), place.clone.fresh.toSorted());
};

const diff: Play = async (places, place, { a }) => {
  const { clone, head } = place;
  const back = a % (head + 1);
  const printed = await places.run(place, ['diff', `HEAD~${back}`, '--json'], nothing);
  const old = sentOf(recordedIn(places.commits[head - back]!));
  const now = sentOf(partsAt(clone.tree, [...STAGES.flatMap(({ outs }) => outs), ...clone.data]));
  // Without its list nothing is known of the files of a folder.
  if ([...old.values()].some((part) => !clone.cache.has(objectsOf(part)[0]!))) return;
  assert.deepEqual(differencesIn(printed), differences(old, now));
};

const experiment: Play = async (places, place, { a }) => {
  const { clone, experiments } = place;
  if (clone.fresh.length < STAGES.length + clone.data.size || !clone.data.has(RAW)) return;
  const name = `${place.root.slice(-3)}-${experiments.size + (a % 100)}`;
  if (experiments.has(name)) return;
  const rate = 1 + (a % 4);
  await places.run(place, ['exp', 'run', name, '-S', `rate=${rate}`], () => {
    experiments.set(name, clone.experiment(file(`rate: ${rate}\n`)));
    return 0;
  });
};

const apply: Play = async (places, place, { a }) => {
  const { clone, experiments } = place;
  const chosen = picked([...experiments], a);
  if (!chosen || !partsOf(chosen[1].lock).every((part) => clone.cache.hasAll(part))) return;
  await places.run(place, ['exp', 'apply', chosen[0]], () => clone.apply(chosen[1]));
};

const forget: Play = async (places, place, { a }) => {
  const name = picked([...place.experiments.keys()], a);
  if (name === undefined) return;
  await places.run(place, ['exp', 'remove', name], () => {
    place.experiments.delete(name);
    return 0;
  });
};

/** Everything of it is there, and nothing damaged is in its way. */
const isWholeFor = ({ lock }: Experiment, from: Store, to: Store): boolean =>
  partsOf(lock)
    .flatMap(objectsOf)
    .every((digest) => from.has(digest) && !to.damaged.has(digest));

const pushExperiment: Play = async (places, place, { a }) => {
  const chosen = picked([...place.experiments], a);
  if (!chosen) return;
  const [name, one] = chosen;
  const { cache } = place.clone;
  if (!isWholeFor(one, cache, places.remote)) return;
  await places.run(place, ['exp', 'push', name, '-f'], () => {
    places.pushed.set(name, one);
    return transfer(partsOf(one.lock), cache, places.remote);
  });
};

const pullExperiment: Play = async (places, place, { a }) => {
  const chosen = picked([...places.pushed], a);
  if (!chosen) return;
  const [name, one] = chosen;
  const { cache } = place.clone;
  if (!isWholeFor(one, places.remote, cache)) return;
  await places.run(place, ['exp', 'pull', name, '-f'], () => {
    place.experiments.set(name, one);
    return transfer(partsOf(one.lock), places.remote, cache);
  });
};

/** Of a commit of one project, without tracking it. */
const get: Play = async (places, { root, clone, head }, { a, b }) => {
  const { importer, remote } = places;
  const back = b % (head + 1);
  const chosen = picked([...sentOf(recordedIn(places.commits[head - back]!))], a);
  if (!chosen) return;
  const [path, part] = chosen;
  const objects = objectsOf(part);
  if (objects.some((digest) => clone.cache.damaged.has(digest) || remote.damaged.has(digest))) return;
  const isThere = objects.every((digest) => clone.cache.has(digest) || remote.has(digest));
  const args = ['get', root, path, '--rev', `HEAD~${back}`, '-o', '../got'];
  await places.run(importer, args, () => (isThere ? 0 : 1));
  const got = join(places.root, 'got');
  assertPart(partOnDisk(got), isThere ? part : undefined, path);
  rmSync(got, { recursive: true, force: true });
};

const IMPORTED = ['out/tree', RAW, 'out/model.txt'];

/** The first time; afterwards what is new. */
const importing: Play = async (places, place, { a }) => {
  const { importer, remote } = places;
  const { clone } = importer;
  const from = picked(IMPORTED, a)!;
  const to = `data/${from.replace('/', '-')}`;
  const source = places.clones[0]!;
  const part = recordedIn(places.commits[source.head]!).get(from);
  if (!part) return;
  const objects = objectsOf(part);
  const stores = [source.clone.cache, remote, clone.cache];
  if (objects.some((digest) => stores.some(({ damaged }) => damaged.has(digest)))) return;
  const isThere = objects.every((digest) => stores.some((store) => store.has(digest)));
  if (!isThere) return;
  const args = clone.data.has(to) ? ['update', to] : ['import', source.root, from, '-o', to];
  await places.run(importer, args, () => {
    clone.tree = put(clone.tree, to, part);
    return clone.add(to);
  });
  void place;
};

const restoreSaved: Play = async (places, { root, clone }, { a }) => {
  const keys = [...places.saved.keys()].filter((key) => key.startsWith(`${root} `));
  const key = picked(keys, a);
  if (key === undefined) return;
  const part = places.saved.get(key)!;
  const to = 'data/back';
  await places.run(
    { ...places.clones.find((one) => one.root === root)! },
    ['cache', 'restore', key.slice(root.length + 1), to],
    () => {
      clone.tree = put(clone.tree, to, part);
      return 0;
    },
  );
  rmSync(join(root, to), { recursive: true });
  clone.tree = put(clone.tree, to, undefined);
};

export const PLAYS: Readonly<Record<Kind, Play>> = {
  edit(places, place, { a, b }) {
    const [path, texts] = picked([...EDITS], a)!;
    const text = picked(texts, b);
    const isProgram = path.includes('deep') && b % 5 !== 4;
    places.write(place, path, text === undefined ? undefined : file(text, isProgram));
  },
  async add(places, place, { a }) {
    const path = picked([RAW, TABLE], a)!;
    if (partAt(place.clone.tree, path)) await places.run(place, ['add', path], () => place.clone.add(path));
  },
  async 'add a file'(places, place, { a }) {
    const { clone } = place;
    const name = picked(['a', 'deep/c'], a)!;
    const recorded = clone.recorded().get(RAW);
    if (!recorded || !clone.cache.hasAll(recorded) || !partAt(clone.tree, RAW)) return;
    if (!clone.tree.has(`${RAW}/${name}`) && !recorded.has(name)) return;
    await places.run(place, ['add', `${RAW}/${name}`], () => clone.addPart(RAW, name));
  },
  async move(places, place) {
    const { clone } = place;
    const [from, to] = clone.data.has(TABLE) ? [TABLE, MOVED] : [MOVED, TABLE];
    if (!clone.data.has(from) || partAt(clone.tree, to)) return;
    await places.run(place, ['move', from, to], () => clone.move(from, to));
  },
  async remove(places, place) {
    const { clone } = place;
    const path = [TABLE, MOVED].find((one) => clone.data.has(one));
    if (path !== undefined) await places.run(place, ['remove', path], () => clone.remove(path));
  },
  repro: (places, place) => places.run(place, ['repro', '-k'], () => place.clone.repro()),
  async commit(places, place) {
    if (place.clone.isComplete) await places.run(place, ['commit', '-f'], () => place.clone.commitAll());
  },
  'git commit': (places, place) => places.commit(place),
  'git pull': (places, place) => places.gitPull(place),
  push,
  pull: bring,
  fetch: bring,
  checkout: bring,
  status,
  'status -c': cloudStatus,
  diff,
  gc: collect(false),
  'gc -c': collect(true),
  'exp run': experiment,
  'exp apply': apply,
  'exp remove': forget,
  'exp push': pushExperiment,
  'exp pull': pullExperiment,
  get,
  import: importing,
  'cache restore': restoreSaved,
  'remove outputs'(places, place) {
    for (const path of place.clone.recorded().keys()) places.write(place, path, undefined);
  },
  hurt(places, { clone, cache }, { who, a, b }) {
    if (who % 3 === 0) places.hurt(join(places.root, 'remote'), places.remote, a, b % 3);
    else places.hurt(cache, clone.cache, a, b % 3);
  },
  'killed push': killed('push'),
  'killed pull': killed('pull'),
};
