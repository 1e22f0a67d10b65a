// The endpoints of MLflow's tracking API that sending runs needs, one method each.
// The callers decide what to send, and whether the server has it already.
import { batches, type Logged } from './batch.ts';
import { MlflowError } from './errors.ts';
import { openHttp, type Counts, type Http, type HttpOptions } from './http.ts';
import type { Connection } from './environment.ts';
import type {
  DatasetLog,
  Experiment,
  FileInfo,
  KeyValue,
  MetricPoint,
  Run,
  RunInfo,
  RunStatus,
} from './types.ts';

export interface NewRun {
  readonly experimentId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly tags: readonly KeyValue[];
  /** Finds the run that an unanswered attempt may have made. */
  readonly recover?: () => Promise<Run | undefined>;
}

export interface RunUpdate {
  readonly status?: RunStatus;
  /** Milliseconds since 1970. */
  readonly endTime?: number;
  readonly name?: string;
}

export interface MlflowClient {
  readonly http: Http;
  readonly counts: Readonly<Counts>;
  /** The experiment of that name, deleted or not, or undefined. */
  experimentByName(name: string): Promise<Experiment | undefined>;
  experiment(id: string): Promise<Experiment>;
  /** Makes the experiment, or finds the one that somebody else has just made. @returns its id */
  createExperiment(name: string): Promise<string>;
  createRun(run: NewRun): Promise<Run>;
  updateRun(id: string, update: RunUpdate): Promise<void>;
  deleteRun(id: string): Promise<void>;
  /** All active runs of an experiment that a filter lets through, page after page. */
  searchRuns(experimentId: string, filter: string): Promise<Run[]>;
  /** Sends in as many requests as the server's limits ask for. Logging the same again changes nothing. */
  logBatch(id: string, logged: Logged): Promise<void>;
  /** Logging the same data sets again changes nothing. */
  logInputs(id: string, datasets: readonly DatasetLog[]): Promise<void>;
  setTag(id: string, key: string, value: string): Promise<void>;
  deleteTag(id: string, key: string): Promise<void>;
  metricHistory(id: string, key: string): Promise<MetricPoint[]>;
  artifacts(id: string, path?: string): Promise<FileInfo[]>;
}

const API = '/api/2.0/mlflow';

/**
 * @param connection from `connectionFor`
 * All methods throw MlflowError, with MLflow's error code where the server gave one.
 */
export function openClient(connection: Connection, options: HttpOptions = {}): MlflowClient {
  const http = openHttp(connection, options);
  const post = <T>(endpoint: string, json: unknown): Promise<T> =>
    http.call<T>({ method: 'POST', path: `${API}/${endpoint}`, json });
  const get = <T>(endpoint: string, query: Record<string, string>): Promise<T> =>
    http.call<T>({ method: 'GET', path: `${API}/${endpoint}`, query });

  const experimentByName = async (name: string): Promise<Experiment | undefined> => {
    try {
      return (await get<{ experiment: Experiment }>('experiments/get-by-name', { experiment_name: name }))
        .experiment;
    } catch (error) {
      if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
      throw error;
    }
  };

  return {
    http,
    counts: http.counts,
    experimentByName,
    experiment: async (id) =>
      (await get<{ experiment: Experiment }>('experiments/get', { experiment_id: id })).experiment,

    async createExperiment(name) {
      try {
        return (await post<{ experiment_id: string }>('experiments/create', { name })).experiment_id;
      } catch (error) {
        // Another sender was first, or our own lost attempt was.
        const found =
          error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS'
            ? await experimentByName(name)
            : undefined;
        if (found?.lifecycle_stage === 'active') return found.experiment_id;
        throw error;
      }
    },

    async createRun({ experimentId, name, startTime, tags, recover }) {
      const json = { experiment_id: experimentId, run_name: name, start_time: startTime, tags };
      const answer = await http.call<{ run: Run }>({
        method: 'POST',
        path: `${API}/runs/create`,
        json,
        ...(recover === undefined
          ? {}
          : {
              recover: async () => {
                const run = await recover();
                return run === undefined ? undefined : { run };
              },
            }),
      });
      return answer.run;
    },

    async updateRun(id, { status, endTime, name }) {
      await post<{ run_info: RunInfo }>('runs/update', {
        run_id: id,
        ...(status === undefined ? {} : { status }),
        ...(endTime === undefined ? {} : { end_time: endTime }),
        ...(name === undefined ? {} : { run_name: name }),
      });
    },

    async deleteRun(id) {
      await post('runs/delete', { run_id: id });
    },

    async searchRuns(experimentId, filter) {
      const runs: Run[] = [];
      let token: string | undefined;
      do {
        const page: { runs?: Run[]; next_page_token?: string } = await http.call({
          method: 'POST',
          path: `${API}/runs/search`,
          writes: false,
          json: {
            experiment_ids: [experimentId],
            filter,
            run_view_type: 'ACTIVE_ONLY',
            max_results: 5000,
            ...(token === undefined ? {} : { page_token: token }),
          },
        });
        runs.push(...(page.runs ?? []));
        token = page.next_page_token || undefined;
      } while (token !== undefined);
      return runs;
    },

    async logBatch(id, logged) {
      for (const batch of batches(logged)) await post('runs/log-batch', { run_id: id, ...batch });
    },

    async logInputs(id, datasets) {
      await post('runs/log-inputs', { run_id: id, datasets });
    },

    async setTag(id, key, value) {
      await post('runs/set-tag', { run_id: id, key, value });
    },

    async deleteTag(id, key) {
      try {
        await post('runs/delete-tag', { run_id: id, key });
      } catch (error) {
        // A lost answer: the tag is gone already.
        if (!(error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error;
      }
    },

    async metricHistory(id, key) {
      return (
        (await get<{ metrics?: MetricPoint[] }>('metrics/get-history', { run_id: id, metric_key: key }))
          .metrics ?? []
      );
    },

    async artifacts(id, path) {
      return (
        (
          await get<{ files?: FileInfo[] }>('artifacts/list', {
            run_id: id,
            ...(path === undefined ? {} : { path }),
          })
        ).files ?? []
      );
    },
  };
}

/** For a filter of `searchRuns`. @param value free of double quotes and back-ticks */
export const tagEquals = (key: string, value: string): string => `tags.\`${key}\` = "${value}"`;
