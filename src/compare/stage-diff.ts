// What differs between the stages of two revisions.
import { canonicalJson } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';

/** A stage, as far as it is compared. */
export interface StageFacts {
  readonly address: string;
  /** Lines. */
  readonly cmd: string;
  readonly wdir: string;
  readonly frozen: boolean;
  /** Digests of what was read, by path; undefined where nothing is recorded. */
  readonly deps: ReadonlyMap<string, string | undefined>;
  readonly outs: readonly string[];
  /** By file and key, `params.yaml:lr`. */
  readonly params: ReadonlyMap<string, Value | undefined>;
}

export interface StageChange {
  readonly address: string;
  readonly cmd?: Pair<string>;
  readonly wdir?: Pair<string>;
  readonly frozen?: Pair<boolean>;
  readonly deps: Listed;
  /** Dependencies of both whose recorded content differs. */
  readonly changedDeps: readonly string[];
  readonly outs: Listed;
  readonly params: ReadonlyMap<string, Pair<Value | undefined>>;
}

interface Pair<T> {
  readonly old: T;
  readonly new: T;
}

/** Of a list in a declaration. */
interface Listed {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface StagesDiff {
  readonly added: readonly StageFacts[];
  readonly removed: readonly StageFacts[];
  readonly changed: readonly StageChange[];
}

export function diffStages(old: readonly StageFacts[], now: readonly StageFacts[]): StagesDiff {
  const before = new Map(old.map((stage) => [stage.address, stage]));
  const after = new Set(now.map(({ address }) => address));
  return {
    added: now.filter(({ address }) => !before.has(address)),
    removed: old.filter(({ address }) => !after.has(address)),
    changed: now.flatMap((stage) => {
      const was = before.get(stage.address);
      const change = was && changeOf(was, stage);
      return change ? [change] : [];
    }),
  };
}

function changeOf(old: StageFacts, now: StageFacts): StageChange | undefined {
  const deps = listed([...old.deps.keys()], [...now.deps.keys()]);
  const outs = listed(old.outs, now.outs);
  const changedDeps = [...now.deps].flatMap(([path, digest]) => {
    const before = old.deps.get(path);
    return digest !== undefined && before !== undefined && before !== digest ? [path] : [];
  });
  const keys = [...new Set([...now.params.keys(), ...old.params.keys()])];
  const params = new Map(
    keys.flatMap((key) => {
      const pair = { old: old.params.get(key), new: now.params.get(key) };
      return textOf(pair.old) === textOf(pair.new) ? [] : [[key, pair] as const];
    }),
  );
  const change: StageChange = {
    address: now.address,
    ...(old.cmd !== now.cmd && { cmd: { old: old.cmd, new: now.cmd } }),
    ...(old.wdir !== now.wdir && { wdir: { old: old.wdir, new: now.wdir } }),
    ...(old.frozen !== now.frozen && { frozen: { old: old.frozen, new: now.frozen } }),
    deps,
    changedDeps,
    outs,
    params,
  };
  const lists = [deps.added, deps.removed, outs.added, outs.removed, changedDeps];
  const isSame =
    !change.cmd &&
    !change.wdir &&
    !change.frozen &&
    params.size === 0 &&
    lists.every(({ length }) => length === 0);
  return isSame ? undefined : change;
}

const listed = (old: readonly string[], now: readonly string[]): Listed => ({
  added: now.filter((item) => !old.includes(item)),
  removed: old.filter((item) => !now.includes(item)),
});

const textOf = (value: Value | undefined): string => (value === undefined ? '' : canonicalJson(value));
