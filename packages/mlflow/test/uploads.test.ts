// Files that are sent: whole, in parts, again after an error.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it, type TestContext } from 'node:test';
import { uploadArtifact } from '../src/artifact-upload.ts';
import type { Fetch } from '../src/fetch.ts';
import { randomFile } from './random-file.ts';
import { scripted, client } from './scripted-server.ts';

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
        { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r/artifacts/' },
        { path: 'a b/ü%2.bin', file, sha256 },
      );
      assert.deepEqual(seen.pop(), {
        line: 'PUT /prefix/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20b/%C3%BC%252.bin',
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
    const roots = [
      [client(url), folder],
      [client('http://[::1]:9'), join(folder, 'ä b')],
      [client('http://127.1.2.3:9'), pathToFileURL(join(folder, 'ü %20')).href],
    ] as const;
    for (const [{ http }, artifact_uri] of roots)
      await uploadArtifact(http, { run_id: 'r', artifact_uri }, { path: 'd/x', ...large });
    for (const at of ['d/x', 'ä b/d/x', 'ü %20/d/x'])
      assert.ok(readFileSync(join(folder, at)).equals(readFileSync(large.file)), at);
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
    const sent: string[] = [];
    const noted: Fetch = (address) => {
      sent.push(address);
      return Promise.resolve(Response.json({}));
    };
    const secure = 'https://tracking.example/api/2.0/mlflow-artifacts/artifacts/1';
    const { http } = client('http://127.0.0.1:9', {}, { fetch: noted });
    await uploadArtifact(http, { run_id: 'r', artifact_uri: secure }, { path: 'x', ...small });
    assert.deepEqual(sent, [`${secure}/x`]);
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
    const rejects = async (upload: { path: string; file: string; sha256: string }): Promise<void> => {
      const { http } = client(url);
      await assert.rejects(uploadArtifact(http, run, upload), { code: 'BAD_ARTIFACT' });
      assert.ok(http.counts.requests <= 1, 'another try finds the same');
    };
    await rejects({ path: 'x', file, sha256: '0'.repeat(64) });
    await rejects({ path: 'x', file: randomFile(t, 5 << 20).file, sha256 });
    await rejects({ path: 'x', file: `${file}.none`, sha256 });
    await rejects({ path: '../x', file, sha256 });
    assert.equal(seen.length, 0);
  });
});
