// Fetches the recorded outputs of stages from their remotes into the cache, and on request the results of earlier runs with
// the present inputs, as far as these inputs are known before a run.
import { fetchObjects } from '../../cache/remote/fetch-objects.ts';
import { chooseRemote, type OpenRemote } from '../../cache/remote/open-remote.ts';
import type { Content } from '../../hash/digest.ts';
import type { Placed, WorkspacePath } from '../../base/workspace-path.ts';
import type { PipeError, Problem } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { determinesDeps, withExpected } from '../../plan/expected.ts';
import { gatherInputs } from '../../plan/inputs.ts';
import { reads } from '../../plan/overlap.ts';
import { fetchResult } from './fetch-result.ts';
import { refuseUnsigned, type Exchange, type Exchanged } from './exchange.ts';
import { failureProblem } from './remote-failure.ts';
import { dataElsewhere } from './data-elsewhere.ts';
import { leftOut, outsByRemote, workspaceRecords, type RemoteOut, type StageRecord } from './remote-outs.ts';
import type { Failure } from '../../cache/remote/transfer.ts';

export interface Fetched {
  readonly remotes: readonly Exchanged[];
  /** Results of earlier runs that are in the cache now. */
  readonly runs: number;
  /** Data that is not here and that no remote has. */
  readonly elsewhere: readonly Problem[];
  /** Outputs that are not asked for: another remote than the given one has them. */
  readonly left: readonly RemoteOut[];
  /** Outputs that are not here and for which no remote is declared. */
  readonly remoteless: readonly Problem[];
}

export interface FetchRequest {
  /** Also fetch the results of earlier runs with the present inputs. */
  readonly runCache: boolean;
  /** An object of the cache was damaged: check all others of these stages too. */
  readonly verify: boolean;
  /** What is recorded at git revisions, and meant too. */
  readonly revisions: readonly StageRecord[];
}

/**
 * @param stages those whose outputs are meant, in dependency order.
 * @throws PipeError where a remote cannot be used, reached, or refuses, and where none is declared and nothing is recorded.
 */
export async function fetchRecorded(
  stages: readonly Stage[],
  { runCache, verify, revisions }: FetchRequest,
  exchange: Exchange,
): Promise<Fetched> {
  const { workspace, asked } = exchange;
  if (runCache) refuseUnsigned(await exchange.remote(chooseRemote(workspace.project.config.remotes, asked)));
  const elsewhere = await dataElsewhere(stages, workspace);
  const remotes: Exchanged[] = [];
  const records = [...workspaceRecords(stages, workspace), ...revisions];
  const remoteless: Problem[] = [];
  const withoutRemote = (one: RemoteOut, reason: PipeError): void => {
    if (!workspace.store.has(one.content)) remoteless.push(...remotelessProblems(one, reason));
  };
  const options = { asked, pushed: false, idle: elsewhere.length > 0, withoutRemote };
  for (const [name, outs] of outsByRemote(records, options, workspace))
    remotes.push(await fetchFrom(await exchange.remote(name), outs, verify, exchange));
  const left = leftOut(stages, options, workspace);
  const runs = runCache ? await fetchRuns(stages, exchange) : 0;
  return { remotes, runs, elsewhere, left, remoteless };
}

const remotelessProblems = ({ stage, out }: RemoteOut, { problems }: PipeError): readonly Problem[] =>
  problems.map((problem) => ({
    ...problem,
    title: `'${out.path}' of '${stage.address}' is not here, and ${problem.title}`,
    place: stage.place,
  }));

async function fetchFrom(
  remote: OpenRemote,
  outs: readonly RemoteOut[],
  verify: boolean,
  exchange: Exchange,
): Promise<Exchanged> {
  const lacking = outs.filter(({ content }) => verify || !exchange.workspace.store.has(content));
  const transferred = await fetchObjects(
    lacking.map(({ content }) => content),
    { ...exchange.transfer(remote), verify },
  );
  const failureOf = ({ content }: RemoteOut): Failure | undefined => transferred.failed.get(content.digest);
  const isUnpushed = (one: RemoteOut): boolean => !one.out.push && failureOf(one)?.kind === 'missing';
  const problemsOf = (kind: Failure['kind']): readonly Problem[] =>
    lacking.flatMap((one) => {
      const failure = failureOf(one);
      return failure?.kind === kind && !isUnpushed(one)
        ? [failureProblem(remote, one.stage, one.out.path, failure, one.revision)]
        : [];
    });
  const missing = problemsOf('missing');
  return {
    remote,
    transferred,
    runs: 0,
    missing,
    problems: problemsOf('corrupt'),
    unpushed: lacking.filter(isUnpushed),
  };
}

/** @returns how many results of earlier runs were fetched. */
async function fetchRuns(stages: readonly Stage[], exchange: Exchange): Promise<number> {
  const { workspace } = exchange;
  /** Contents that stages would write; those of other unsettled paths are unknown. */
  const expected = new Map<WorkspacePath, Content>();
  const unsettled: Placed[] = [];
  let runs = 0;
  for (const stage of stages) {
    const isKnown = (dep: Placed): boolean =>
      expected.has(dep.at) || !unsettled.some((out) => reads(dep, out));
    const inputs = stage.deps.every(isKnown) && (await gatherInputs(stage, workspace));
    const fetched = inputs && (await fetchResult(stage, withExpected(stage, inputs, expected), exchange));
    if (fetched && fetched.record) runs += 1;
    const contentOf = new Map(fetched ? fetched.outs.map(({ path, content }) => [path, content]) : []);
    for (const out of stage.outs) {
      const { at, path } = out;
      const content = contentOf.get(path);
      if (content && (await workspace.contents.get(at, content))?.digest === content.digest) continue;
      if (content && determinesDeps(content, workspace.store)) expected.set(at, content);
      unsettled.push(out);
    }
  }
  return runs;
}
