// A project that sends its record to a server of the tests, and what that server then has.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openClient, type MlflowClient } from '../src/client.ts';
import { connectionFor } from '../src/environment.ts';
import { startFakeServer, type FakeRun, type FakeServer } from './fake-server.ts';
import type { Point, RecordedRun, TrackingRecord } from '../src/record.ts';

export interface Project {
  readonly root: string;
  readonly fake: FakeServer;
  readonly client: MlflowClient;
}

export async function project(t: TestContext): Promise<Project> {
  const root = mkdtempSync(join(tmpdir(), 'mlflow-send-'));
  t.after(() => rmSync(root, { recursive: true }));
  const fake = await startFakeServer(t);
  const quick = { MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '0', MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '0' };
  return { root, fake, client: openClient(connectionFor(fake.url, quick, '/nowhere')) };
}

/** Two parents of two children, each child with a history and an artifact. */
export function recordIn(root: string, rate = '0.1'): TrackingRecord {
  mkdirSync(join(root, 'Data'), { recursive: true });
  const runs = ['a', 'b'].flatMap((name, index): RecordedRun[] => {
    const params = { lr: name === 'a' ? rate : '0.5' };
    const parent = run(`${name}=${params.lr}`, `config_${index + 1}`, params, {});
    const children = [0, 1].map((fold): RecordedRun => {
      const file = `Data/${name}${fold}`;
      writeFileSync(join(root, file), file);
      const sha256 = createHash('sha256').update(file).digest('hex');
      const points = [1, 2, 3].map((epoch): Point => [epoch, 1000 + epoch, 1 / epoch]);
      return {
        ...run(
          `${parent.key}/fold_${fold}`,
          `fold_${fold}`,
          { ...params, fold: String(fold) },
          { loss: points },
        ),
        parent: parent.key,
        artifacts: [{ path: 'model/m', file, sha256, size: file.length }],
      };
    });
    return [parent, ...children];
  });
  return { experiment: 'e', project: 'p', runs, models: [] };
}

export const run = (
  key: string,
  name: string,
  params: Record<string, string>,
  metrics: RecordedRun['metrics'],
): RecordedRun => ({
  key,
  name,
  status: 'FINISHED',
  start: 1000,
  end: 2000,
  params,
  tags: {},
  context: {},
  metrics,
  artifacts: [],
});

/** The tree of all runs that are not stale, with the contents of each. */
export function current(fake: FakeServer): string[] {
  const name = (id: string | undefined): string =>
    fake.runs.find((candidate) => candidate.id === id)?.tags.get('pipe.key') ?? '-';
  const line = (found: FakeRun): string =>
    [
      found.tags.get('pipe.key'),
      `below ${name(found.tags.get('mlflow.parentRunId'))}`,
      found.name,
      found.status,
      `${found.metrics.size} points`,
      [...found.artifacts].map(([path, bytes]) => `${path}=${bytes.toString()}`).join(),
    ].join(' | ');
  return fake.runs
    .filter((found) => !found.isDeleted && !found.tags.has('pipe.stale'))
    .map(line)
    .sort();
}

export const WHOLE = [
  'a=0.1 | below - | config_1 | FINISHED | 0 points | ',
  'a=0.1/fold_0 | below a=0.1 | fold_0 | FINISHED | 3 points | model/m=Data/a0',
  'a=0.1/fold_1 | below a=0.1 | fold_1 | FINISHED | 3 points | model/m=Data/a1',
  'b=0.5 | below - | config_2 | FINISHED | 0 points | ',
  'b=0.5/fold_0 | below b=0.5 | fold_0 | FINISHED | 3 points | model/m=Data/b0',
  'b=0.5/fold_1 | below b=0.5 | fold_1 | FINISHED | 3 points | model/m=Data/b1',
];
