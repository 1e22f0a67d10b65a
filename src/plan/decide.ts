// The one function that decides whether a stage is fresh, can be restored, or must run. `status`, `repro --dry` and
// `repro` all ask it; it reads nothing but what it is handed.
import type { Content, Digest } from '../hash/digest.ts';
import type { LockedPath, LockEntry } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Decision, Reason } from './decision.ts';
import { changesBetween, fieldsOf, fingerprint, recordedInputs, type Inputs } from './field.ts';

/** What deciding may look up, each at most once and only when the answer matters. */
export interface Lookup {
  /** Contents of the declared outputs in the workspace, in declaration order. */
  outs(): Promise<readonly (Content | undefined)[]>;
  /** The cache holds all the bytes of these outputs. */
  stored(outs: readonly LockedPath[]): boolean;
  /** Outputs that an earlier run with this fingerprint gave. */
  earlierRun(fingerprint: Digest): readonly LockedPath[] | undefined;
}

export interface DecideOptions {
  readonly force: boolean;
  /** In a DVC repository: an output whose bytes the cache lacks makes its stage stale, executable bits do not. */
  readonly asDvc: boolean;
}

export async function decide(
  stage: Stage,
  entry: LockEntry | undefined,
  inputs: Inputs,
  lookup: Lookup,
  options: DecideOptions,
): Promise<Decision> {
  if (stage.frozen || stage.cmd === null)
    return { kind: 'frozen', reasons: entry ? await outReasons(stage, entry, lookup, options) : [] };
  if (options.force) return { kind: 'run', reasons: [{ kind: 'forced' }] };
  if (isAlwaysChanged(stage)) return { kind: 'run', reasons: [{ kind: 'always-changed' }] };

  const current = fieldsOf(inputs);
  if (!entry) return restoreOrRun([{ kind: 'new' }], current, lookup);
  const changes = changesBetween(fieldsOf(recordedInputs(entry)), current);
  if (changes.length > 0) {
    return restoreOrRun(
      changes.map((change): Reason => ({ kind: 'changed', change })),
      current,
      lookup,
    );
  }
  const reasons = await outReasons(stage, entry, lookup, options);
  if (reasons.length === 0) return { kind: 'fresh' };
  if (!reasons.some((reason) => reason.kind === 'out-not-in-cache') && lookup.stored(entry.outs)) {
    return { kind: 'restore', reasons, outs: entry.outs, from: 'lock' };
  }
  return restoreOrRun(reasons, current, lookup);
}

/** DVC's rule: a command with neither dependencies nor outputs runs every time. */
export function isAlwaysChanged(stage: Stage): boolean {
  return (
    stage.alwaysChanged || (stage.deps.length === 0 && stage.params.length === 0 && stage.outs.length === 0)
  );
}

function restoreOrRun(
  reasons: readonly Reason[],
  current: ReturnType<typeof fieldsOf>,
  lookup: Lookup,
): Decision {
  const outs = lookup.earlierRun(fingerprint(current));
  return outs ? { kind: 'restore', reasons, outs, from: 'run cache' } : { kind: 'run', reasons };
}

async function outReasons(
  stage: Stage,
  entry: LockEntry,
  lookup: Lookup,
  options: DecideOptions,
): Promise<Reason[]> {
  const recorded = new Map(entry.outs.map((out) => [out.path, out]));
  const contents = await lookup.outs();
  return stage.outs.flatMap((out, index): Reason[] => {
    const locked = recorded.get(out.path);
    if (options.asDvc && out.cache && locked && !lookup.stored([locked]))
      return [{ kind: 'out-not-in-cache', path: out.path }];
    const content = contents[index];
    if (!content) return [{ kind: 'out-missing', path: out.path }];
    const same =
      locked &&
      content.digest === locked.content.digest &&
      (options.asDvc || content.isexec === locked.content.isexec);
    return same ? [] : [{ kind: 'out-modified', path: out.path }];
  });
}
