// The one function that decides whether a stage is fresh, can be restored, or must run, for `status`, `repro --dry` and
// `repro`. It reads only what it is given.
import type { Content } from '../hash/digest.ts';
import { lockedPath, type LockedPath, type LockEntry } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Decision, Reason } from './decision.ts';
import { countingChanges } from './input-changes.ts';
import type { Inputs } from './fingerprint.ts';
import { isRestorable } from './reusable.ts';
import type { Rules } from './rules.ts';

/** What the decision can look up, each at most once and only when it matters. */
export interface Lookup {
  /** Contents of the declared outputs in the workspace, in declaration order. */
  outs(): Promise<readonly (Content | undefined)[]>;
  /** The cache holds all the bytes of these outputs. */
  stored(outs: readonly LockedPath[]): boolean;
  /** Outputs that an earlier run with these inputs gave. */
  earlierRun(inputs: Inputs): readonly LockedPath[] | undefined;
}

export interface DecideOptions {
  readonly force: boolean;
  readonly rules: Rules;
}

export async function decide(
  stage: Stage,
  entry: LockEntry | undefined,
  inputs: Inputs,
  lookup: Lookup,
  { force, rules }: DecideOptions,
): Promise<Decision> {
  if (stage.frozen || stage.cmd === null)
    return { kind: 'frozen', reasons: await frozenReasons(stage, entry, lookup, rules) };
  if (force) return { kind: 'run', reasons: [{ kind: 'forced' }] };
  if (isAlwaysChanged(stage)) return { kind: 'run', reasons: [{ kind: 'always-changed' }] };

  if (!entry) return restoreOrRun([{ kind: 'new' }], inputs, lookup);
  const changes = countingChanges(stage, entry, inputs, rules);
  if (changes.length > 0) {
    return restoreOrRun(
      changes.map((change): Reason => ({ kind: 'changed', change })),
      inputs,
      lookup,
    );
  }
  const reasons = await outReasons(stage, entry, lookup, rules);
  if (reasons.length === 0) return { kind: 'fresh' };
  if (rules.restoresFromLockOnly) {
    const restorable = isRestorable(stage, rules) && lookup.stored(entry.outs);
    return restorable
      ? { kind: 'restore', reasons, outs: entry.outs, from: 'lock' }
      : { kind: 'run', reasons };
  }
  // The other outputs are in place as recorded; those that the cache does not keep come from git.
  const changed = new Set(reasons.map((reason) => ('path' in reason ? reason.path : undefined)));
  const lacking = entry.outs.filter(({ path }) => changed.has(path));
  if (lookup.stored(lacking)) return { kind: 'restore', reasons, outs: entry.outs, from: 'lock' };
  return restoreOrRun(reasons, inputs, lookup);
}

/**
 * Data always needs a record; where frozen stages are recorded, so does one without an entry or with another command.
 * An output that is missing is a reason with and without a record: no run can make it.
 */
async function frozenReasons(
  stage: Stage,
  entry: LockEntry | undefined,
  lookup: Lookup,
  rules: Rules,
): Promise<Reason[]> {
  if (!entry) {
    const contents = await lookup.outs();
    const missing = stage.outs.filter((_, index) => !contents[index]);
    return [
      ...(rules.recordsFrozen || stage.cmd === null ? [{ kind: 'new' } as const] : []),
      ...missing.map(({ path }): Reason => ({ kind: 'out-missing', path })),
    ];
  }
  const reasons = await outReasons(stage, entry, lookup, rules);
  if (!rules.recordsFrozen || stage.cmd === null) return reasons;
  const inputs: Inputs = { ...entry, cmd: stage.cmd, outs: stage.outs.map((out) => out.path) };
  const changes = countingChanges(stage, entry, inputs, rules).filter((change) => change.kind === 'cmd');
  return [...reasons, ...changes.map((change): Reason => ({ kind: 'changed', change }))];
}

/** DVC's rule: a command with neither dependencies nor outputs runs every time. */
export function isAlwaysChanged(stage: Stage): boolean {
  return (
    stage.alwaysChanged || (stage.deps.length === 0 && stage.params.length === 0 && stage.outs.length === 0)
  );
}

function restoreOrRun(reasons: readonly Reason[], inputs: Inputs, lookup: Lookup): Decision {
  const outs = lookup.earlierRun(inputs);
  return outs ? { kind: 'restore', reasons, outs, from: 'run cache' } : { kind: 'run', reasons };
}

async function outReasons(stage: Stage, entry: LockEntry, lookup: Lookup, rules: Rules): Promise<Reason[]> {
  const contents = await lookup.outs();
  return stage.outs.flatMap((out, index): Reason[] => {
    const locked = lockedPath(entry.outs, out.path);
    if (rules.needsObjects && out.cache && locked && !lookup.stored([locked]))
      return [{ kind: 'out-not-in-cache', path: out.path }];
    const content = contents[index];
    if (!content) return [{ kind: 'out-missing', path: out.path }];
    const same =
      locked &&
      content.digest === locked.content.digest &&
      (!rules.outModesCount || content.isexec === locked.content.isexec);
    return same ? [] : [{ kind: 'out-modified', path: out.path }];
  });
}
