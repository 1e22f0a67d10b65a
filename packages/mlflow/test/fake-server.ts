// A server that behaves as MLflow's tracking API does, in memory: for tests of what a sending leaves behind. It checks
// what it takes as the real one does where the sender depends on it.
import { createServer, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { fakeRegistry, type FakeRegistry } from './fake-registry.ts';
import { listen } from './listen.ts';
import { Refusal } from './refusal.ts';
import type { DatasetLog, KeyValue, MetricPoint, RunStatus } from '../src/types.ts';

export interface FakeRun {
  readonly id: string;
  readonly experiment: string;
  name: string;
  status: RunStatus;
  start: number;
  end?: number;
  isDeleted: boolean;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  /** As the real store keys them: a point that is there already is not added. */
  readonly metrics: Map<string, MetricPoint>;
  readonly artifacts: Map<string, Buffer>;
  /** By name and digest: the same data set is there once. */
  readonly inputs: Map<string, DatasetLog>;
}

export interface FakeServer {
  readonly url: string;
  readonly runs: FakeRun[];
  readonly registry: FakeRegistry;
  /** Names; their ids are their places, from 1. */
  readonly experiments: string[];
  /** Names of deleted experiments. */
  readonly deleted: Set<string>;
  /** Method and path of each request. */
  readonly requests: string[];
  /** Called before a request is served; true ends it there, without an answer. */
  before?: (request: string) => boolean;
  /** Called after it was served; true loses the answer. */
  after?: (request: string) => boolean;
}

export async function startFakeServer(t: TestContext): Promise<FakeServer> {
  const experiments: string[] = [];
  let made = 0;
  const { registry, handlers: registryHandlers } = fakeRegistry();
  const fake: FakeServer & { url: string } = {
    url: '',
    runs: [],
    registry,
    experiments,
    deleted: new Set(),
    requests: [],
  };
  const shownExperiment = (at: number) => {
    const name = experiments[at];
    if (name === undefined) throw new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', 'no such experiment');
    const lifecycle_stage = fake.deleted.has(name) ? 'deleted' : 'active';
    return { experiment: { experiment_id: String(at + 1), name, lifecycle_stage } };
  };
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url?.split('?')[0]}`;
    serve(request, line)
      .then((answer) => {
        if (answer === undefined || fake.after?.(line)) request.socket.destroy();
        else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      })
      .catch((error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(500, 'INTERNAL_ERROR', String(error));
        response.writeHead(refusal.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error_code: refusal.code, message: refusal.message }));
      });
  });

  async function serve(request: IncomingMessage, line: string): Promise<unknown> {
    fake.requests.push(line);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (fake.before?.(line)) return undefined;
    const url = new URL(request.url!, 'http://fake');
    const artifact = /^\/api\/2\.0\/mlflow-artifacts\/artifacts\/\d+\/([^/]+)\/artifacts\/(.+)$/.exec(
      url.pathname,
    );
    if (artifact) {
      runOf(artifact[1]!).artifacts.set(decodeURIComponent(artifact[2]!), Buffer.concat(chunks));
      return {};
    }
    const body = (chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}) as Body;
    return handlers[url.pathname.replace('/api/2.0/mlflow/', '')]!(body, url.searchParams);
  }

  function runOf(id: string): FakeRun {
    const run = fake.runs.find((candidate) => candidate.id === id);
    if (run === undefined) throw new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', `no run ${id}`);
    if (run.isDeleted) throw new Refusal(400, 'INVALID_PARAMETER_VALUE', `run ${id} is deleted`);
    return run;
  }

  const handlers: Record<string, (body: Body, query: URLSearchParams) => unknown> = {
    ...registryHandlers,
    'experiments/get-by-name': (_, query) =>
      shownExperiment(experiments.indexOf(query.get('experiment_name')!)),
    'experiments/get': (_, query) => shownExperiment(Number(query.get('experiment_id')) - 1),
    'experiments/create': ({ name }) => {
      if (experiments.includes(name!)) throw new Refusal(400, 'RESOURCE_ALREADY_EXISTS', 'there');
      return { experiment_id: String(experiments.push(name!)) };
    },
    'runs/create': ({ experiment_id, run_name, start_time, tags }) => {
      const id = `run${(made += 1)}`;
      const run: FakeRun = {
        id,
        experiment: experiment_id!,
        name: run_name!,
        status: 'RUNNING',
        start: start_time!,
        isDeleted: false,
        params: new Map(),
        tags: new Map(tags!.map(({ key, value }) => [key, value])),
        metrics: new Map(),
        artifacts: new Map(),
        inputs: new Map(),
      };
      fake.runs.push(run);
      return { run: shown(run) };
    },
    'runs/search': ({ experiment_ids, filter }) => {
      const wanted = [...filter!.matchAll(/tags\.`([^`]+)` = "([^"]*)"/g)].map(
        ([, key, value]) => [key!, value!] as const,
      );
      const found = fake.runs.filter(
        (run) =>
          !run.isDeleted &&
          experiment_ids!.includes(run.experiment) &&
          wanted.every(([key, value]) => run.tags.get(key) === value),
      );
      return { runs: found.map(shown) };
    },
    'runs/log-batch': ({ run_id, params = [], tags = [], metrics = [] }) => {
      if (
        params.length > 100 ||
        tags.length > 100 ||
        metrics.length > 1000 ||
        params.length + tags.length + metrics.length > 1000
      )
        throw new Refusal(400, 'INVALID_PARAMETER_VALUE', 'too many in one batch');
      const run = runOf(run_id!);
      for (const { key, value } of params) {
        if ((run.params.get(key) ?? value) !== value)
          throw new Refusal(400, 'INVALID_PARAMETER_VALUE', `param ${key} differs`);
        run.params.set(key, value);
      }
      for (const { key, value } of tags) run.tags.set(key, value);
      for (const point of metrics)
        run.metrics.set(JSON.stringify([point.key, point.timestamp, point.step, point.value]), point);
      return {};
    },
    'runs/log-inputs': ({ run_id, datasets = [] }) => {
      const run = runOf(run_id!);
      for (const one of datasets) run.inputs.set(`${one.dataset.name} ${one.dataset.digest}`, one);
      return {};
    },
    'runs/update': ({ run_id, status, end_time, run_name }) => {
      const run = runOf(run_id!);
      run.status = status ?? run.status;
      run.name = run_name ?? run.name;
      if (end_time !== undefined) run.end = end_time;
      return { run_info: shown(run).info };
    },
    'runs/delete': ({ run_id }) => {
      runOf(run_id!).isDeleted = true;
      return {};
    },
    'runs/set-tag': ({ run_id, key, value }) => {
      runOf(run_id!).tags.set(key!, value!);
      return {};
    },
    'runs/delete-tag': ({ run_id, key }) => {
      if (!runOf(run_id!).tags.delete(key!)) throw new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', 'no such tag');
      return {};
    },
  };

  fake.url = `http://${await listen(t, server)}`;
  return fake;
}

interface Body {
  readonly name?: string;
  readonly experiment_id?: string;
  readonly experiment_ids?: string[];
  readonly filter?: string;
  readonly run_id?: string;
  readonly run_name?: string;
  readonly start_time?: number;
  readonly end_time?: number;
  readonly status?: RunStatus;
  readonly key?: string;
  readonly value?: string;
  readonly params?: KeyValue[];
  readonly tags?: KeyValue[];
  readonly metrics?: MetricPoint[];
  readonly datasets?: DatasetLog[];
}

function shown(run: FakeRun) {
  const list = (map: Map<string, string>): KeyValue[] => [...map].map(([key, value]) => ({ key, value }));
  return {
    info: {
      run_id: run.id,
      run_name: run.name,
      experiment_id: run.experiment,
      status: run.status,
      start_time: run.start,
      artifact_uri: `mlflow-artifacts:/${run.experiment}/${run.id}/artifacts`,
      lifecycle_stage: run.isDeleted ? 'deleted' : 'active',
    },
    data: { params: list(run.params), tags: list(run.tags), metrics: [...run.metrics.values()] },
  };
}
