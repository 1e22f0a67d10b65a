// Requests against loopback servers that behave as the test says: retries, time-outs, lost answers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { describe, it } from 'node:test';
import { uploadArtifact } from '../src/artifact-upload.ts';
import { MlflowError } from '../src/errors.ts';
import type { Fetch } from '../src/fetch.ts';
import type { Retry } from '../src/http.ts';
import { listen } from './listen.ts';
import { randomFile } from './random-file.ts';
import { pem, scripted, json, cut, cutBody, half, silent, experiment, client } from './scripted-server.ts';

describe('requests', () => {
  it('outlive errors, resets and cut answers', async (t) => {
    const url = await scripted(
      t,
      json({}, 503),
      json({}, 429, { 'retry-after': '0' }),
      cut,
      cutBody,
      half,
      experiment,
    );
    const retries: string[] = [];
    const found = await client(url, {}, { onRetry: ({ error }) => retries.push(error.code) }).experiment('7');
    assert.equal(found.experiment_id, '7');
    assert.deepEqual(retries, ['HTTP_503', 'HTTP_429', 'UNREACHABLE', 'UNREACHABLE', 'BAD_RESPONSE']);
  });

  it('give up after the retries that the environment allows, with the last error', async (t) => {
    const url = await scripted(t, json({ error_code: 'TEMPORARILY_UNAVAILABLE', message: 'busy' }, 503));
    const limited = client(url, { MLFLOW_HTTP_REQUEST_MAX_RETRIES: '3' });
    await assert.rejects(limited.experiment('7'), {
      code: 'TEMPORARILY_UNAVAILABLE',
      status: 503,
      message: /busy/,
    });
    assert.deepEqual(limited.counts, { requests: 4, writes: 0 });
  });

  it('try a server that never answered three times', async (t) => {
    const url = await scripted(t, cut);
    const unseen = client(url);
    await assert.rejects(unseen.experiment('7'), { code: 'UNREACHABLE', message: /cannot be reached/ });
    assert.equal(unseen.counts.requests, 3);
  });

  it('do not repeat what the server refuses, and carry its code', async (t) => {
    const url = await scripted(t, json({ error_code: 'INVALID_PARAMETER_VALUE', message: 'no' }, 400));
    const refused = client(url);
    await assert.rejects(refused.experiment('7'), {
      name: 'MlflowError',
      code: 'INVALID_PARAMETER_VALUE',
      status: 400,
    });
    assert.equal(refused.counts.requests, 1);
    await assert.rejects(refused.experimentByName('e'), { code: 'INVALID_PARAMETER_VALUE' });
  });

  it('name a web page that is no MLflow server, and what a refused user has to set', async (t) => {
    const page = await scripted(
      t,
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'),
    );
    const asking = client(page);
    await assert.rejects(asking.experiment('7'), { code: 'BAD_RESPONSE', hint: /path prefix/ });
    assert.equal(asking.counts.requests, 1);
    const guarded = await scripted(
      t,
      (_, response) => void response.writeHead(401).end(`You are <b>not</b> ${'x'.repeat(5000)}`),
    );
    await assert.rejects(client(guarded).experiment('7'), {
      code: 'HTTP_401',
      hint: /MLFLOW_TRACKING_USERNAME/,
      message: /HTTP_401: You are not x{180,200}$/,
    });
  });

  it('end when nothing comes for the time-out', async (t) => {
    const url = await scripted(t, silent);
    const impatient = client(url, {
      MLFLOW_HTTP_REQUEST_TIMEOUT: '0.05',
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
    });
    await assert.rejects(impatient.experiment('7'), { code: 'TIMEOUT', hint: /MLFLOW_HTTP_REQUEST_TIMEOUT/ });
  });

  it('wait as long as the server asks for', async (t) => {
    const url = await scripted(t, json({}, 429, { 'retry-after': '0' }), json({}, 503), experiment);
    const waits: number[] = [];
    const env = { MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '1' };
    const random = (): number => 0.001;
    await client(url, env, { random, onRetry: ({ seconds }) => waits.push(seconds) }).experiment('7');
    assert.deepEqual(waits, [0, 0.001]);
  });

  it('carry the credentials and the workspace, whatever they send', async (t) => {
    const seen: (readonly (string | undefined)[])[] = [];
    const noting: RequestListener = (request, response) => {
      request.resume();
      const { authorization, 'x-mlflow-workspace': workspace, 'content-type': type } = request.headers;
      seen.push([request.method, authorization, workspace?.toString(), type]);
      response.end('{}');
    };
    const env = { MLFLOW_TRACKING_TOKEN: 't', MLFLOW_WORKSPACE: 'w' };
    const { file, sha256 } = randomFile(t, 3);
    const secure = `https://${await listen(t, createSecureServer({ cert: readFileSync(pem), key: readFileSync(pem) }, noting))}`;
    for (const [url, more] of [
      [await scripted(t, noting), {}],
      [secure, { MLFLOW_TRACKING_SERVER_CERT_PATH: pem }],
    ] as const) {
      const own = client(url, { ...env, ...more });
      await own.artifacts('r');
      await own.setTag('r', 'k', 'v');
      await uploadArtifact(
        own.http,
        { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r' },
        { path: 'x', file, sha256 },
      );
      assert.deepEqual(seen.splice(0), [
        ['GET', 'Bearer t', 'w', undefined],
        ['POST', 'Bearer t', 'w', 'application/json'],
        ['PUT', 'Bearer t', 'w', 'application/octet-stream'],
      ]);
    }
  });

  it('end at once when they are aborted', async (t) => {
    const url = await scripted(t, silent);
    const stop = new AbortController();
    const retries: Retry[] = [];
    const onRetry = (retry: Retry): void => void retries.push(retry);
    const answer = client(url, {}, { signal: stop.signal, onRetry }).experiment('7');
    stop.abort(new Error('stopped'));
    await assert.rejects(answer, (error) => !(error instanceof MlflowError));
    assert.deepEqual(retries, []);
  });

  it('look for the run whose answer was lost before they make another', async (t) => {
    const run = {
      info: {
        run_id: 'r1',
        experiment_id: '1',
        status: 'RUNNING',
        artifact_uri: '',
        lifecycle_stage: 'active',
      },
    };
    const url = await scripted(t, experiment, cut);
    const creating = client(url);
    await creating.experiment('7');
    const made = await creating.createRun({
      experimentId: '1',
      name: 'n',
      startTime: 1,
      tags: [],
      recover: () => Promise.resolve(run as never),
    });
    assert.equal(made.info.run_id, 'r1');
    assert.equal(creating.counts.writes, 1);
  });

  it('find the experiment that somebody else made meanwhile', async (t) => {
    const url = await scripted(
      t,
      json({ error_code: 'RESOURCE_ALREADY_EXISTS', message: 'there' }, 400),
      experiment,
    );
    assert.equal(await client(url).createExperiment('e'), '7');
    const deleted = await scripted(
      t,
      json({ error_code: 'RESOURCE_ALREADY_EXISTS', message: 'there' }, 400),
      json({ experiment: { experiment_id: '7', name: 'e', lifecycle_stage: 'deleted' } }),
    );
    await assert.rejects(client(deleted).createExperiment('e'), { code: 'RESOURCE_ALREADY_EXISTS' });
  });

  it('take a tag as deleted that is gone already', async (t) => {
    const gone = await scripted(t, json({ error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no tag' }, 404));
    await client(gone).deleteTag('r', 'k');
    const refused = await scripted(t, json({ error_code: 'PERMISSION_DENIED', message: 'no' }, 403));
    await assert.rejects(client(refused).deleteTag('r', 'k'), { code: 'PERMISSION_DENIED' });
  });

  it('read a search page by page', async (t) => {
    const bodies: Record<string, unknown>[] = [];
    const notingBodies: Fetch = (url, init) => {
      bodies.push(JSON.parse(init.body as string) as Record<string, unknown>);
      return fetch(url, init);
    };
    const url = await scripted(
      t,
      json({ runs: [{ info: { run_id: 'a' } }], next_page_token: 't' }),
      json({ runs: [{ info: { run_id: 'b' } }] }),
    );
    const searching = client(url, {}, { fetch: notingBodies });
    assert.deepEqual(
      (await searching.searchRuns('1', '')).map(({ info }) => info.run_id),
      ['a', 'b'],
    );
    assert.equal(searching.counts.writes, 0);
    assert.deepEqual(
      bodies.map(({ page_token }) => page_token),
      [undefined, 't'],
    );
    // Runs that somebody deleted are not there.
    for (const { experiment_ids, run_view_type } of bodies)
      assert.deepEqual([experiment_ids, run_view_type], [['1'], 'ACTIVE_ONLY']);
  });
});
