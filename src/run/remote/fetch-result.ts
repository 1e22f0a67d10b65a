// Fetches the result of one stage from its remote into the cache, if the remote has it: what the lock file records for these
// inputs, or the result of another run with them.
import { fetchObjects } from '../../cache/remote/fetch-objects.ts';
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import { openRunRecords } from '../../cache/remote/run-records.ts';
import type { TransferOptions } from '../../cache/remote/transfer.ts';
import type { LockedPath } from '../../lock/lock-entry.ts';
import type { Problem } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { countingChanges } from '../../plan/input-changes.ts';
import { isAlwaysChanged } from '../../plan/decide.ts';
import { lockEntry, type Inputs } from '../../plan/fingerprint.ts';
import { hasReusableResult } from '../../plan/reusable.ts';
import type { Exchange } from './exchange.ts';
import { failureProblem } from './remote-failure.ts';
import { isObject, remoteOf } from './remote-outs.ts';

export interface FetchedResult {
  readonly outs: readonly LockedPath[];
  /** A record of an earlier run was fetched for it. */
  readonly record: boolean;
}

/**
 * @returns the outputs, which the cache has now; undefined where no result for these inputs is known.
 * @throws PipeError where a remote cannot be reached, refuses or fails.
 */
export async function fetchResult(
  stage: Stage,
  inputs: Inputs,
  exchange: Exchange,
  onProgress?: TransferOptions['onProgress'],
): Promise<FetchedResult | undefined> {
  const shown = onProgress && { onProgress };
  const { project, locks, runCache, rules, layout } = exchange.workspace;
  const entry = locks.entry(stage);
  const neverRuns = stage.frozen || stage.cmd === null;
  if (entry && (neverRuns || isCurrent())) {
    if (await fetchLacking(stage, entry.outs, undefined, exchange, shown))
      return { outs: entry.outs, record: false };
  }
  if (neverRuns || !hasReusableResult(stage, rules)) return undefined;

  const key = rules.runKey(inputs);
  const own = runCache.find(key);
  if (own) return { outs: own, record: false };
  const name = remoteOf(stage, exchange.asked, project.config.remotes);
  if (name === undefined) return undefined;
  const remote = await exchange.remote(name);
  const refused = (): void => exchange.warn(refusedProblem(stage, name));
  const found = await openRunRecords(remote, layout.runs, refused)?.find(key);
  if (!found || !isOfStage(found)) return undefined;
  if (!(await fetchLacking(stage, found, name, exchange, shown))) return undefined;
  runCache.save(key, lockEntry(inputs, found));
  return { outs: found, record: true };

  function isCurrent(): boolean {
    return !isAlwaysChanged(stage) && countingChanges(stage, entry!, inputs, rules).length === 0;
  }

  function isOfStage(outs: readonly LockedPath[]): boolean {
    const paths = outs.map(({ path }) => path).sort();
    const declared = stage.outs.map(({ path }) => path).sort();
    return (
      JSON.stringify(paths) === JSON.stringify(declared) &&
      outs.every(({ content }) => isObject(content, layout))
    );
  }
}

/**
 * Fetches what is neither in the cache nor in the workspace. @param from the remote that has all of it; else each output's
 * own. @returns whether nothing is missing now.
 */
async function fetchLacking(
  stage: Stage,
  outs: readonly LockedPath[],
  from: string | undefined,
  exchange: Exchange,
  shown: Pick<TransferOptions, 'onProgress'> | undefined,
): Promise<boolean> {
  const { project, store, contents, rules, layout } = exchange.workspace;
  const declared = new Map(stage.outs.map((out) => [out.path, out]));
  const lacking = new Map<string, LockedPath[]>();
  for (const { path, content } of outs) {
    const out = declared.get(path);
    if (!out || store.has(content)) continue;
    // The result of another run can only be restored if the cache has all of it.
    const inPlace = from === undefined && (!rules.needsObjects || !out.cache);
    if (inPlace && (await contents.get(out.at, content))?.digest === content.digest) continue;
    if (!isObject(content, layout)) return false;
    const name = from ?? chooseRemote(project.config.remotes, out.remote ?? exchange.asked);
    lacking.set(name, [...(lacking.get(name) ?? []), { path, content }]);
  }
  for (const [name, wanted] of lacking) {
    const remote = await exchange.remote(name);
    const contents = wanted.map(({ content }) => content);
    const { failed } = await fetchObjects(contents, { ...exchange.transfer(remote), ...shown });
    for (const { path, content } of wanted) {
      const failure = failed.get(content.digest);
      // A recorded output that was not pushed is normal; a record of a run without its objects is an error.
      if (failure && (from !== undefined || failure.kind === 'corrupt'))
        exchange.warn(failureProblem(remote, stage, path, failure));
    }
    if (failed.size > 0) return false;
  }
  return true;
}

function refusedProblem({ address, place }: Stage, name: string): Problem {
  return {
    code: 'remote-unsigned',
    title: `the record of an earlier run of '${address}' on '${name}' is ignored: it is not signed with our key`,
    hint: 'push it again with the key (`pipe push --run-cache`), and check who can write there',
    place,
  };
}
