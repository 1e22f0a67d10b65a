// Certificates of servers: which are trusted.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { describe, it, type TestContext } from 'node:test';
import { uploadArtifact } from '../src/artifact-upload.ts';
import { MlflowError } from '../src/errors.ts';
import { randomFile } from './random-file.ts';
import { listen } from './listen.ts';
import { pem, silent, experiment, client } from './scripted-server.ts';

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
