// What the environment variables mean, compared with MLflow's own client by reading it (mlflow 3.17: rest_utils, credentials).
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connectionFor, experimentFromEnvironment } from '../src/environment.ts';
import { parseCredentials } from '../src/credentials.ts';
import { MlflowError } from '../src/errors.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('connectionFor', () => {
  let home: string;
  let withFile: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'mlflow-home-'));
    withFile = join(home, 'with-file');
    mkdirSync(join(withFile, '.mlflow'), { recursive: true });
    writeFileSync(
      join(withFile, '.mlflow', 'credentials'),
      '[other]\nmlflow_tracking_username = no\n[mlflow]\n# a comment\nmlflow_tracking_username = filed\nMLFLOW_TRACKING_PASSWORD: p%%=%%%%#1 : %%\n',
    );
  });
  after(() => rmSync(home, { recursive: true }));

  it('keeps a path prefix and drops slashes at the end, query and fragment', () => {
    assert.equal(
      connectionFor('https://host:8443/team/mlflow//?a=1#b', {}, home).baseUrl,
      'https://host:8443/team/mlflow',
    );
    assert.equal(connectionFor('http://host/', {}, home).baseUrl, 'http://host');
  });

  it('takes user name and password from the URL, then the variables, then the file; then the token', () => {
    const env = { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p', MLFLOW_TRACKING_TOKEN: 't' };
    const authorization = (
      uri: string,
      variables: Record<string, string>,
      folder = home,
    ): string | undefined => connectionFor(uri, variables, folder).headers['Authorization'];
    assert.equal(authorization('http://a%40b:c%3Ad@host', env), basic('a@b:c:d'));
    assert.equal(connectionFor('http://a:b@host/x', env, home).baseUrl, 'http://host/x');
    assert.equal(authorization('http://host', env, withFile), basic('u:p'));
    assert.equal(
      authorization('http://host', { MLFLOW_TRACKING_USERNAME: 'u' }, withFile),
      basic('u:p%=%%#1 : %'),
    );
    assert.equal(authorization('http://host', { MLFLOW_TRACKING_PASSWORD: 'ö' }, withFile), basic('filed:ö'));
    assert.equal(authorization('http://a:50%25ü%@host', {}), basic('a:50%ü%'));
    assert.equal(authorization('http://host', {}, withFile), basic('filed:p%=%%#1 : %'));
    assert.equal(authorization('http://only-user@host', { MLFLOW_TRACKING_TOKEN: 't' }), 'Bearer t');
    assert.equal(
      authorization('http://host', { MLFLOW_TRACKING_TOKEN: 't', MLFLOW_TRACKING_USERNAME: 'u' }),
      'Bearer t',
    );
    assert.equal(authorization('http://host', {}), undefined);
  });

  it('does not go on without credentials that cannot be read', () => {
    const broken = join(home, 'broken');
    mkdirSync(join(broken, '.mlflow', 'credentials'), { recursive: true });
    assert.throws(() => connectionFor('http://host', {}, broken), {
      name: 'MlflowError',
      code: 'BAD_CONFIGURATION',
      message: /credentials in .* cannot be read/,
    });
    const both = { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p' };
    assert.equal(connectionFor('http://host', both, broken).headers['Authorization'], basic('u:p'));
    const other = { MLFLOW_TRACKING_USERNAME: 'u' };
    assert.equal(
      connectionFor('http://host', other, home).headers['Authorization'],
      undefined,
      'no password',
    );
    assert.equal(
      connectionFor('http://host', { MLFLOW_WORKSPACE: 'w' }, home).headers['X-MLFLOW-WORKSPACE'],
      'w',
    );
  });

  it('has the time-out and retries of the Python client, and its variables', () => {
    const { timeout, retry } = connectionFor('http://host', {}, home);
    assert.deepEqual(
      { timeout, ...retry },
      { timeout: 120, retries: 7, backoffFactor: 2, jitter: 1, respectRetryAfter: true },
    );
    const set = connectionFor(
      'http://host',
      {
        MLFLOW_HTTP_REQUEST_TIMEOUT: '5',
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
        MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '1',
        MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER: 'False',
      },
      home,
    );
    assert.deepEqual([set.timeout, set.retry.retries, set.retry.backoffFactor], [5, 0, 1]);
    assert.equal(set.retry.respectRetryAfter, false);
    refuses({ MLFLOW_HTTP_REQUEST_MAX_RETRIES: '11' }, /MLFLOW_HTTP_REQUEST_MAX_RETRIES=11/);
    refuses({ MLFLOW_HTTP_REQUEST_TIMEOUT: 'soon' }, /MLFLOW_HTTP_REQUEST_TIMEOUT=soon/);
  });

  it('reads certificates, and refuses contradictions and unreadable files', () => {
    const pem = join(home, 'ca.pem');
    writeFileSync(pem, 'PEM');
    assert.equal(connectionFor('https://host', {}, home).tls, undefined);
    for (const no of ['', 'False', '0'])
      assert.equal(connectionFor('https://host', { MLFLOW_TRACKING_INSECURE_TLS: no }, home).tls, undefined);
    assert.deepEqual(connectionFor('https://host', { MLFLOW_TRACKING_INSECURE_TLS: 'true' }, home).tls, {
      rejectUnauthorized: false,
    });
    assert.deepEqual(connectionFor('https://host', { MLFLOW_TRACKING_SERVER_CERT_PATH: pem }, home).tls, {
      ca: 'PEM',
    });
    assert.deepEqual(connectionFor('https://host', { MLFLOW_TRACKING_CLIENT_CERT_PATH: pem }, home).tls, {
      cert: 'PEM',
      key: 'PEM',
    });
    refuses(
      { MLFLOW_TRACKING_INSECURE_TLS: '1', MLFLOW_TRACKING_SERVER_CERT_PATH: pem },
      /exclude each other/,
    );
    refuses({ MLFLOW_TRACKING_SERVER_CERT_PATH: join(home, 'none.pem') }, /cannot be read/);
    refuses({ MLFLOW_TRACKING_INSECURE_TLS: 'yes' }, /neither true nor false/);
  });

  it('refuses what needs Python, says what to do instead, and shows no password', () => {
    for (const [uri, hint] of [
      ['sqlite:///mlflow.db', /mlflow server --backend-store-uri sqlite:\/\/\/mlflow.db/],
      [
        'postgresql+psycopg2://me:secret@db/x',
        /mlflow server --backend-store-uri postgresql\+psycopg2:\/\/me:…@db\/x/,
      ],
      ['mysql://me:secret/of:secret@db/x', /mlflow server --backend-store-uri mysql:\/\/me:…@db\/x/],
      ['http://me:secret@not a host/x', /http:\/\/localhost:5000/],
      ['file:///tmp/mlruns', /mlflow server/],
      ['./mlruns', /mlflow server/],
      ['databricks', /http\(s\) address/],
      ['databricks://profile', /http\(s\) address/],
    ] as const)
      assert.throws(
        () => connectionFor(uri, {}, home),
        (error) =>
          error instanceof MlflowError &&
          error.code === 'BAD_CONFIGURATION' &&
          hint.test(error.hint!) &&
          !`${error.message}${error.hint}`.includes('secret'),
        uri,
      );
    refuses({ MLFLOW_TRACKING_AWS_SIGV4: 'true' }, /needs a plug-in/);
  });

  function refuses(env: Record<string, string>, message: RegExp): void {
    assert.throws(() => connectionFor('http://host', env, home), { code: 'BAD_CONFIGURATION', message });
  }
});

describe('parseCredentials', () => {
  it('knows nothing outside the section', () =>
    assert.deepEqual(parseCredentials('mlflow_tracking_username=a\n'), {}));
});

describe('experimentFromEnvironment', () => {
  it('takes empty variables as unset', () => {
    assert.deepEqual(experimentFromEnvironment({ MLFLOW_EXPERIMENT_NAME: '', MLFLOW_EXPERIMENT_ID: '7' }), {
      id: '7',
    });
    const both = { MLFLOW_EXPERIMENT_NAME: 'e', MLFLOW_EXPERIMENT_ID: '7' };
    assert.deepEqual(experimentFromEnvironment(both), { id: '7', name: 'e' });
  });
});
