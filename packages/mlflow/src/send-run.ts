// Makes one run on the server equal to the record. Of the other runs it knows only the parent's id.
import { join } from 'node:path';
import { uploadArtifact } from './artifact-upload.ts';
import { eachLimited } from './each-limited.ts';
import { NOTE_TAG, PARENT_TAG, TAGS, tag, type RunAction } from './send-plan.ts';
import { tagEquals, type MlflowClient } from './client.ts';
import type { DatasetInput, RecordedRun } from './record.ts';
import type { DatasetLog, KeyValue, MetricPoint, Run } from './types.ts';

export interface RunSending {
  readonly client: MlflowClient;
  readonly experimentId: string;
  readonly project: string;
  /** Absolute path of the folder that artifact files are relative to. */
  readonly root: string;
  /** Identifies this sending among all. */
  readonly sending: string;
  /** Set on runs that are made, beside what the record says. */
  readonly extraTags: Readonly<Record<string, string>>;
  /**
   * Runs one function at a time: of two runs that name a new data set at the same moment, the server would refuse one.
   */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** Counts requests that made a run perhaps, of which no answer came. */
  readonly lost: { answers: number };
}

const UPLOADS_AT_ONCE = 3;

/** @returns the run on the server. */
export async function sendRun(action: RunAction, parentId: string | undefined, to: RunSending): Promise<Run> {
  if (action.kind === 'keep') {
    await amend(action.run, action.on, parentId, to.client);
    return action.on;
  }
  const tags = tagsOf(action.run, action.hash, parentId, to);
  const on = action.kind === 'create' ? await create(action.run, action.hash, tags, to) : action.on;
  await to.client.logBatch(on.info.run_id, {
    params: Object.entries(action.run.params).map(([key, value]) => ({ key, value })),
    metrics: metricPoints(action.run),
    // A run that is made has its tags already.
    ...(action.kind === 'create' ? {} : { tags }),
  });
  await to.inTurn(() => logInputs(action.run, on, to.client));
  await eachLimited(action.run.artifacts, UPLOADS_AT_ONCE, ({ path, file, sha256 }) =>
    uploadArtifact(to.client.http, on.info, { path, file: join(to.root, file), sha256 }),
  );
  // Last: FINISHED says that nothing is missing.
  const { status, end, name } = action.run;
  const renamed = action.kind === 'complete' && nameOf(on) !== name;
  await to.client.updateRun(on.info.run_id, { status, endTime: end, ...(renamed ? { name } : {}) });
  return on;
}

/** A complete run whose surroundings changed: another number in its name, another parent, back from being stale. */
async function amend(
  run: RecordedRun,
  on: Run,
  parentId: string | undefined,
  client: MlflowClient,
): Promise<void> {
  const id = on.info.run_id;
  if (tag(on, TAGS.stale) !== undefined) await client.deleteTag(id, TAGS.stale);
  if (parentId !== undefined && tag(on, PARENT_TAG) !== parentId)
    await client.setTag(id, PARENT_TAG, parentId);
  if (nameOf(on) !== run.name) await client.updateRun(id, { name: run.name });
  if (run.description !== undefined && tag(on, NOTE_TAG) === undefined)
    await client.setTag(id, NOTE_TAG, run.description);
}

export const nameOf = (on: Run): string => on.info.run_name ?? tag(on, 'mlflow.runName') ?? '';

async function create(
  run: RecordedRun,
  hash: string,
  tags: readonly KeyValue[],
  to: RunSending,
): Promise<Run> {
  return to.client.createRun({
    experimentId: to.experimentId,
    name: run.name,
    startTime: run.start,
    tags,
    recover: async () => {
      to.lost.answers += 1;
      const filter = [
        tagEquals(TAGS.sending, to.sending),
        tagEquals(TAGS.key, run.key),
        tagEquals(TAGS.hash, hash),
      ].join(' and ');
      return (await to.client.searchRuns(to.experimentId, filter))[0];
    },
  });
}

function tagsOf(run: RecordedRun, hash: string, parentId: string | undefined, to: RunSending): KeyValue[] {
  const tags: Record<string, string> = {
    ...to.extraTags,
    ...run.context,
    ...run.tags,
    [TAGS.project]: to.project,
    [TAGS.key]: run.key,
    [TAGS.hash]: hash,
    [TAGS.sending]: to.sending,
    ...(parentId === undefined ? {} : { [PARENT_TAG]: parentId }),
    ...(run.description === undefined ? {} : { [NOTE_TAG]: run.description }),
  };
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

async function logInputs({ inputs = [] }: RecordedRun, on: Run, client: MlflowClient): Promise<void> {
  if (inputs.length > 0) await client.logInputs(on.info.run_id, inputs.map(datasetLog));
}

const datasetLog = ({
  context,
  sourceType,
  name,
  digest,
  source,
  schema,
  profile,
}: DatasetInput): DatasetLog => ({
  tags: [{ key: 'mlflow.data.context', value: context }],
  dataset: {
    name,
    digest,
    source_type: sourceType,
    source,
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
  },
});

function metricPoints(run: RecordedRun): MetricPoint[] {
  return Object.entries(run.metrics).flatMap(([key, points]) =>
    points.map(([step, timestamp, value]) => ({ key, step, timestamp, value })),
  );
}
