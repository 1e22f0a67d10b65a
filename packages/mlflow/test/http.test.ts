// Requests against loopback servers that behave as the test says: retries, time-outs, lost answers, certificates, uploads.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { uploadArtifact } from '../src/artifact-upload.ts';
import { openClient } from '../src/client.ts';
import { connectionFor } from '../src/environment.ts';
import { MlflowError } from '../src/errors.ts';
import type { Fetch } from '../src/fetch.ts';
import type { HttpOptions, Retry } from '../src/http.ts';

const QUICK = { MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '0', MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '0' };
const pem = join(import.meta.dirname, 'fixtures', 'localhost.pem');

async function listen(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** A server that takes one handler after the other, the last one for all further requests. */
async function scripted(t: TestContext, ...handlers: RequestListener[]): Promise<string> {
  let at = 0;
  const server = createServer((request, response) => {
    handlers[Math.min(at, handlers.length - 1)]!(request, response);
    at += 1;
  });
  return `http://${await listen(t, server)}`;
}

const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
const cut = (request: IncomingMessage): void => void request.socket.destroy();
const cutBody = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"experiment":', () => response.destroy());
};
/** As a proxy leaves it that ends too early. */
const half: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"experiment":');
};
const silent = (): void => {};
const experiment = json({
  experiment: { experiment_id: '7', name: 'e', artifact_location: '', lifecycle_stage: 'active' },
});

const client = (url: string, env: Record<string, string> = {}, options: HttpOptions = {}) =>
  openClient(connectionFor(url, { ...QUICK, ...env }, '/nowhere'), options);

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
    await assert.rejects(client(page).experiment('7'), { code: 'BAD_RESPONSE', hint: /path prefix/ });
    const guarded = await scripted(
      t,
      (_, response) => void response.writeHead(401).end('You are not authenticated'),
    );
    await assert.rejects(client(guarded).experiment('7'), {
      code: 'HTTP_401',
      hint: /MLFLOW_TRACKING_USERNAME/,
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
    const bodies: { readonly page_token?: string; readonly experiment_ids?: readonly string[] }[] = [];
    const notingBodies: Fetch = (url, init) => {
      bodies.push(JSON.parse(init.body as string) as (typeof bodies)[number]);
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
    assert.deepEqual(bodies[1]!.experiment_ids, ['1']);
  });
});

describe('certificates', () => {
  const text = readFileSync(pem, 'utf8');
  const secure = (t: TestContext, handler: RequestListener, options = {}): Promise<string> =>
    listen(t, createSecureServer({ cert: text, key: text, ...options }, handler));

  it('of one’s own are taken when named, or when verification is off', async (t) => {
    const url = `https://${await secure(t, experiment)}`;
    const distrusting = client(url);
    await assert.rejects(distrusting.experiment('7'), { code: 'UNREACHABLE', message: /CERT/i });
    assert.equal(distrusting.counts.requests, 1, 'a certificate does not change by waiting');
    assert.equal((await client(url, { MLFLOW_TRACKING_SERVER_CERT_PATH: pem }).experiment('7')).name, 'e');
    assert.equal((await client(url, { MLFLOW_TRACKING_INSECURE_TLS: 'true' }).experiment('7')).name, 'e');
    const stuck = `https://${await secure(t, silent)}`;
    const env = { MLFLOW_HTTP_REQUEST_TIMEOUT: '0.05', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' };
    await assert.rejects(client(stuck, { ...env, MLFLOW_TRACKING_SERVER_CERT_PATH: pem }).experiment('7'), {
      code: 'TIMEOUT',
    });
    // Where a request went, nothing was done.
    const moved = `https://${await secure(t, (_, response) => void response.writeHead(302, { location: '/' }).end())}`;
    await assert.rejects(client(moved, { MLFLOW_TRACKING_SERVER_CERT_PATH: pem }).setTag('r', 'k', 'v'), {
      code: 'HTTP_302',
    });
  });

  it('of the client are shown to a server that asks', async (t) => {
    const url = `https://${await secure(t, experiment, { requestCert: true, ca: text })}`;
    const shown = client(url, {
      MLFLOW_TRACKING_SERVER_CERT_PATH: pem,
      MLFLOW_TRACKING_CLIENT_CERT_PATH: pem,
    });
    assert.equal((await shown.experiment('7')).name, 'e');
    await assert.rejects(client(url, { MLFLOW_TRACKING_SERVER_CERT_PATH: pem }).experiment('7'), MlflowError);
  });

  it('do not keep large files from being streamed', async (t) => {
    const got = createHash('sha256');
    const url = `https://${await secure(t, (request, response) => {
      request.on('data', (chunk: Buffer) => got.update(chunk));
      request.on('end', () => response.end('{}'));
    })}`;
    const { file, sha256 } = randomFile(t, 9_000_001);
    const { http } = client(url, { MLFLOW_TRACKING_SERVER_CERT_PATH: pem });
    await uploadArtifact(
      http,
      { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r/artifacts' },
      { path: 'm', file, sha256 },
    );
    assert.equal(got.digest('hex'), sha256);
  });
});

describe('uploads', () => {
  /** A server that notes requests, with the digest of their bodies. */
  async function noting(
    t: TestContext,
  ): Promise<{ url: string; seen: { line: string; sha256: string; length: string | undefined }[] }> {
    const seen: { line: string; sha256: string; length: string | undefined }[] = [];
    const url = await scripted(t, (request, response) => {
      const hash = createHash('sha256');
      request.on('data', (chunk: Buffer) => hash.update(chunk));
      request.on('end', () => {
        seen.push({
          line: `${request.method} ${request.url}`,
          sha256: hash.digest('hex'),
          length: request.headers['content-length'],
        });
        response.end('{}');
      });
    });
    return { url: `${url}/prefix`, seen };
  }

  it('go to the proxy, by the address that the run names', async (t) => {
    const { url, seen } = await noting(t);
    for (const size of [10, 9_000_001]) {
      const { file, sha256 } = randomFile(t, size);
      await uploadArtifact(
        client(url).http,
        { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r/artifacts' },
        { path: 'a b/ü.bin', file, sha256 },
      );
      assert.deepEqual(seen.pop(), {
        line: 'PUT /prefix/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20b/%C3%BC.bin',
        sha256,
        length: String(size),
      });
    }
  });

  it('go through the server for other roots, up to 10 MB; beyond it into a folder of this machine, or nowhere', async (t) => {
    const { url, seen } = await noting(t);
    const folder = mkdtempSync(join(tmpdir(), 'mlflow-root-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const small = randomFile(t, 10);
    await uploadArtifact(
      client(url).http,
      { run_id: 'r', artifact_uri: 's3://bucket/r' },
      { path: 'd/x', ...small },
    );
    assert.equal(seen.pop()!.line, 'POST /prefix/ajax-api/2.0/mlflow/upload-artifact?run_uuid=r&path=d%2Fx');
    const large = randomFile(t, 11 << 20);
    await uploadArtifact(client(url).http, { run_id: 'r', artifact_uri: folder }, { path: 'd/x', ...large });
    assert.ok(readFileSync(join(folder, 'd/x')).equals(readFileSync(large.file)));
    await assert.rejects(
      uploadArtifact(
        client(url).http,
        { run_id: 'r', artifact_uri: 's3://bucket/r' },
        { path: 'd/x', ...large },
      ),
      { code: 'BAD_ARTIFACT', message: /10 MB/ },
    );
    assert.equal(seen.length, 0);
  });

  it('go on as long as bytes flow, however long that takes, and end when they stop', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { file, sha256 } = randomFile(t, 5 << 20);
    const upload = { path: 'x', file, sha256 };
    const run = { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r' };
    const env = { MLFLOW_HTTP_REQUEST_TIMEOUT: '10', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' };
    let chunks = 0;
    /** Takes a chunk every nine seconds. */
    const slow: Fetch = async (_, { body, signal }) => {
      for await (const _chunk of body as ReadableStream<Uint8Array>) {
        chunks += 1;
        t.mock.timers.tick(9000);
        signal.throwIfAborted();
      }
      // The answer takes as long again.
      const pull = (answer: ReadableStreamDefaultController): void => {
        t.mock.timers.tick(9000);
        if (signal.aborted) return answer.error(signal.reason);
        answer.enqueue(new TextEncoder().encode('{}'));
        answer.close();
      };
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
    };
    await uploadArtifact(client('http://server', env, { fetch: slow }).http, run, upload);
    assert.equal(chunks, 5);
    /** Takes one chunk, then nothing. */
    const stuck: Fetch = async (_, { body, signal }) => {
      for await (const _chunk of body as ReadableStream<Uint8Array>) {
        t.mock.timers.tick(9000);
        t.mock.timers.tick(2000);
        signal.throwIfAborted();
      }
      return Response.json({});
    };
    await assert.rejects(uploadArtifact(client('http://server', env, { fetch: stuck }).http, run, upload), {
      code: 'TIMEOUT',
      message: /no progress for 10 s/,
    });
  });

  it('go to the server that the run names, and large files never into a folder of another machine', async (t) => {
    const { url, seen } = await noting(t);
    const host = new URL(url).host;
    const small = randomFile(t, 10);
    for (const artifact_uri of [
      `mlflow-artifacts://${host}/1/r/artifacts`,
      `http://${host}/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/`,
    ]) {
      const other = client('http://127.0.0.1:9');
      await uploadArtifact(other.http, { run_id: 'r', artifact_uri }, { path: 'x', ...small });
      assert.equal(seen.pop()!.line, 'PUT /api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/x');
    }
    const folder = mkdtempSync(join(tmpdir(), 'mlflow-root-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const large = randomFile(t, 11 << 20);
    const remote = client('http://tracking.example');
    await assert.rejects(
      uploadArtifact(remote.http, { run_id: 'r', artifact_uri: folder }, { path: 'd/x', ...large }),
      { code: 'BAD_ARTIFACT', message: /10 MB/ },
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it('send nothing of a file that is missing, differs from its hash or would land elsewhere', async (t) => {
    const { url, seen } = await noting(t);
    const run = { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r/artifacts' };
    const { file, sha256 } = randomFile(t, 10);
    const rejects = (upload: { path: string; file: string; sha256: string }): Promise<void> =>
      assert.rejects(uploadArtifact(client(url).http, run, upload), { code: 'BAD_ARTIFACT' });
    await rejects({ path: 'x', file, sha256: '0'.repeat(64) });
    await rejects({ path: 'x', file: randomFile(t, 5 << 20).file, sha256 });
    await rejects({ path: 'x', file: `${file}.none`, sha256 });
    await rejects({ path: '../x', file, sha256 });
    assert.equal(seen.length, 0);
  });
});

function randomFile(t: TestContext, size: number): { file: string; sha256: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bytes = randomBytes(size);
  writeFileSync(join(folder, 'file'), bytes);
  return { file: join(folder, 'file'), sha256: createHash('sha256').update(bytes).digest('hex') };
}
