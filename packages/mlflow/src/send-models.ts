// Registers a record's models: one version per run, made once. Which version gets the alias is decided in model-choice.ts.
import { MlflowError } from './errors.ts';
import { criterionTags, judge } from './model-choice.ts';
import type { MlflowClient } from './client.ts';
import type { RecordedModel } from './record.ts';
import type { ModelVersion, Run } from './types.ts';

interface RegisteredModel {
  readonly name: string;
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
}

const API = '/api/2.0/mlflow';

export interface Registration {
  /** New versions, as `name/version`. */
  readonly registered: readonly string[];
  /** In words: versions that did not get their alias, since another one is better. */
  readonly outdone: readonly string[];
  /** In words: models that were not registered, since nothing says whether they are better. */
  readonly refused: readonly string[];
}

export const NOTHING_REGISTERED: Registration = { registered: [], outdone: [], refused: [] };

/** @param runs the server's runs, by key. */
export async function registerModels(
  client: MlflowClient,
  models: readonly RecordedModel[],
  runs: ReadonlyMap<string, Run>,
): Promise<Registration> {
  const registered: string[] = [];
  const outdone: string[] = [];
  const refused: string[] = [];
  for (const model of models) {
    const run = runs.get(model.run)!;
    const source = `${run.info.artifact_uri}/${model.path}`;
    const holder = await holderOf(client, model, await findOrCreate(client, model.name));
    let version = await existing(client, model, run, source);
    const judgement = judge(model, holder, version);
    if (judgement.kind === 'refused') {
      refused.push(judgement.why);
      continue;
    }
    if (version === undefined) {
      version = await createVersion(client, model, run, source);
      registered.push(`${model.name}/${version}`);
    }
    if (judgement.kind === 'outdone') outdone.push(judgement.why);
    else if (model.alias !== undefined && holder?.version !== version)
      await post(client, 'registered-models/alias', { name: model.name, alias: model.alias, version });
  }
  return { registered, outdone, refused };
}

/** The version that has the model's alias now. */
async function holderOf(
  client: MlflowClient,
  { name, alias }: RecordedModel,
  { aliases = [] }: RegisteredModel,
): Promise<ModelVersion | undefined> {
  const found = aliases.find((candidate) => candidate.alias === alias);
  if (found === undefined) return undefined;
  const { model_version } = await client.http.call<{ model_version: ModelVersion }>({
    method: 'GET',
    path: `${API}/model-versions/get`,
    query: { name, version: found.version },
  });
  return model_version;
}

async function findOrCreate(client: MlflowClient, name: string): Promise<RegisteredModel> {
  const find = async (): Promise<RegisteredModel> =>
    (
      await client.http.call<{ registered_model: RegisteredModel }>({
        method: 'GET',
        path: `${API}/registered-models/get`,
        query: { name },
      })
    ).registered_model;
  try {
    return await find();
  } catch (error) {
    if (!isCode(error, 'RESOURCE_DOES_NOT_EXIST')) throw error;
  }
  try {
    return (await post<{ registered_model: RegisteredModel }>(client, 'registered-models/create', { name }))
      .registered_model;
  } catch (error) {
    if (isCode(error, 'RESOURCE_ALREADY_EXISTS')) return find();
    throw error;
  }
}

async function existing(
  client: MlflowClient,
  model: RecordedModel,
  run: Run,
  source: string,
): Promise<string | undefined> {
  const { model_versions: versions = [] } = await client.http.call<{ model_versions?: ModelVersion[] }>({
    method: 'GET',
    path: `${API}/model-versions/search`,
    query: { filter: `name='${model.name}' and run_id='${run.info.run_id}'` },
  });
  return versions.find((version) => version.source === source)?.version;
}

async function createVersion(
  client: MlflowClient,
  model: RecordedModel,
  run: Run,
  source: string,
): Promise<string> {
  const answer = await client.http.call<{ model_version: ModelVersion }>({
    method: 'POST',
    path: `${API}/model-versions/create`,
    json: {
      name: model.name,
      source,
      run_id: run.info.run_id,
      tags: criterionTags(model),
      ...(model.description === undefined ? {} : { description: model.description }),
    },
    recover: async () => {
      const version = await existing(client, model, run, source);
      return version === undefined ? undefined : { model_version: { name: model.name, version } };
    },
  });
  return answer.model_version.version;
}

const post = <T>(client: MlflowClient, endpoint: string, json: unknown): Promise<T> =>
  client.http.call<T>({ method: 'POST', path: `${API}/${endpoint}`, json });

const isCode = (error: unknown, code: string): boolean => error instanceof MlflowError && error.code === code;
