// Registers a record's models: one version per run, made once; an alias follows the newest.
import { MlflowError } from './errors.ts';
import type { MlflowClient } from './client.ts';
import type { RecordedModel } from './record.ts';
import type { ModelVersion, Run } from './types.ts';

interface RegisteredModel {
  readonly name: string;
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
}

const API = '/api/2.0/mlflow';

/**
 * @param runs the server's runs, by key.
 * @returns the versions that were made, as `name/version`
 */
export async function registerModels(
  client: MlflowClient,
  models: readonly RecordedModel[],
  runs: ReadonlyMap<string, Run>,
): Promise<string[]> {
  const made: string[] = [];
  for (const model of models) {
    const run = runs.get(model.run)!;
    const registered = await findOrCreate(client, model.name);
    const source = `${run.info.artifact_uri}/${model.path}`;
    let version = await existing(client, model, run, source);
    if (version === undefined) {
      version = await createVersion(client, model, run, source);
      made.push(`${model.name}/${version}`);
    }
    const alias = registered.aliases?.find((candidate) => candidate.alias === model.alias);
    if (model.alias !== undefined && alias?.version !== version)
      await post(client, 'registered-models/alias', { name: model.name, alias: model.alias, version });
  }
  return made;
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
