// Makes a tracking server equal to a record; may be repeated. Complete runs stay, an interrupted upload resumes, and a changed run is
// sent as a new one while the old one is tagged. The caller ensures one sender at a time per project (see send-lock.ts).
import { randomBytes } from 'node:crypto';
import { checkRecord } from './check-record.ts';
import { findExperiment } from './find-experiment.ts';
import { eachLimited } from './each-limited.ts';
import { inTurns } from './in-turns.ts';
import { NOTHING_REGISTERED, registerModels } from './send-models.ts';
import { isShell, planSending, TAGS, type Leftover, type RunAction, type SendPlan } from './send-plan.ts';
import { nameOf, sendRun, type RunSending } from './send-run.ts';
import { tagEquals, type MlflowClient } from './client.ts';
import type { ExperimentChoice } from './environment.ts';
import type { TrackingRecord } from './record.ts';
import type { Run } from './types.ts';

export interface SendOptions {
  /** Absolute path of the folder that the record's files are relative to. */
  readonly root: string;
  /** In place of the record's experiment. */
  readonly experiment?: ExperimentChoice;
  /** Where an earlier sending found the experiment: spares asking for it when there is nothing to do. */
  readonly knownExperimentId?: string;
  /** Register the record's models. */
  readonly register?: boolean;
  /** Set on runs that are made, beside what the record says: `mlflow.user` and the like. */
  readonly extraTags?: Readonly<Record<string, string>>;
  /** Runs that are sent side by side. */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number, run: string) => void;
}

export interface Sent {
  readonly experimentId: string;
  readonly created: number;
  readonly completed: number;
  readonly kept: number;
  /** Runs newly tagged as stale. */
  readonly stale: number;
  /** New versions of registered models, as `name/version`. */
  readonly registered: readonly string[];
  /** In words: versions that did not get their alias, since another one is better. */
  readonly outdone: readonly string[];
  /** In words: models that were not registered, since nothing says whether they are better. */
  readonly refused: readonly string[];
  /** Requests made, retries included, and how many of them could change something. */
  readonly requests: number;
  readonly writes: number;
  /** Server's id of each run, by key. */
  readonly runIds: ReadonlyMap<string, string>;
}

/**
 * @throws MlflowError `BAD_RECORD` before anything is sent; others when the server cannot be reached or refuses: what was sent until
 * then stays, and is not sent again.
 */
export async function sendRecord(
  client: MlflowClient,
  record: TrackingRecord,
  options: SendOptions,
): Promise<Sent> {
  checkRecord(record);
  const before = { ...client.counts };
  const { experimentId, found } = await locate(client, record, options);
  const plan = planSending(record, found);
  const lost = { answers: 0 };
  const to = {
    client,
    experimentId,
    project: record.project,
    root: options.root,
    sending: randomBytes(8).toString('hex'),
    extraTags: options.extraTags ?? {},
    inTurn: inTurns(),
    lost,
  };
  const runs = await sendActions(plan, to, options);
  for (const leftover of plan.leftovers) await setAside(client, leftover);
  // After a lost answer or a killed sender, the server may have one run too many.
  if (lost.answers > 0 || plan.actions.some((action) => action.kind === 'complete'))
    await removeStrays(to, found, runs);
  const registration = options.register
    ? await registerModels(client, record.models, runs)
    : NOTHING_REGISTERED;
  const count = (kind: RunAction['kind']): number =>
    plan.actions.filter((action) => action.kind === kind).length;
  return {
    experimentId,
    created: count('create'),
    completed: count('complete'),
    kept: count('keep'),
    stale: plan.leftovers.filter(({ on }) => !isShell(on)).length,
    ...registration,
    requests: client.counts.requests - before.requests,
    writes: client.counts.writes - before.writes,
    runIds: new Map([...runs].map(([key, run]) => [key, run.info.run_id])),
  };
}

async function sendActions(plan: SendPlan, to: RunSending, options: SendOptions): Promise<Map<string, Run>> {
  const runs = new Map<string, Run>();
  const total = plan.actions.filter((action) => action.kind !== 'keep').length;
  let done = 0;
  for (const level of levels(plan.actions))
    await eachLimited(level, options.concurrency ?? 4, async (action) => {
      const parent = action.run.parent === undefined ? undefined : runs.get(action.run.parent)?.info.run_id;
      runs.set(action.run.key, await sendRun(action, parent, to));
      if (action.kind === 'keep') return;
      done += 1;
      options.onProgress?.(done, total, action.run.key);
    });
  return runs;
}

/** Parents, their children, and so on. */
function levels(actions: readonly RunAction[]): RunAction[][] {
  const depths = new Map<string, number>();
  const result: RunAction[][] = [];
  for (const action of actions) {
    const depth = action.run.parent === undefined ? 0 : depths.get(action.run.parent)! + 1;
    depths.set(action.run.key, depth);
    (result[depth] ??= []).push(action);
  }
  return result;
}

async function locate(
  client: MlflowClient,
  record: TrackingRecord,
  options: SendOptions,
): Promise<{ experimentId: string; found: Run[] }> {
  const filter = tagEquals(TAGS.project, record.project);
  const known = options.knownExperimentId;
  if (known !== undefined) {
    const found = await client.searchRuns(known, filter);
    if (found.length > 0) return { experimentId: known, found };
  }
  const experimentId = await findExperiment(client, record.experiment, options.experiment ?? {});
  return { experimentId, found: await client.searchRuns(experimentId, filter) };
}

/** Tags a run that the record no longer has. An empty one, left by a lost answer, is deleted. */
async function setAside(client: MlflowClient, { on, reason }: Leftover): Promise<void> {
  const id = on.info.run_id;
  if (isShell(on)) return client.deleteRun(id);
  await client.setTag(id, TAGS.stale, reason);
  // It stays beside its successor, below the same parent, under another name. It will not be finished.
  const unfinished = on.info.status === 'RUNNING';
  await client.updateRun(id, {
    name: `${nameOf(on)} (stale)`,
    ...(unfinished ? { status: 'KILLED' as const } : {}),
  });
}

async function removeStrays(
  to: RunSending,
  found: readonly Run[],
  runs: ReadonlyMap<string, Run>,
): Promise<void> {
  const accounted = new Set([...found, ...runs.values()].map((run) => run.info.run_id));
  for (const run of await to.client.searchRuns(to.experimentId, tagEquals(TAGS.project, to.project)))
    if (!accounted.has(run.info.run_id) && isShell(run)) await to.client.deleteRun(run.info.run_id);
}
