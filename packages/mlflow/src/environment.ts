// Environment variables → how to reach the tracking server, with the meaning that MLflow's own Python client gives them.
// Opens no connection; reads the credentials file and the certificates that the variables name.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readCredentialsFile } from './credentials.ts';
import { MlflowError } from './errors.ts';
import type { RetryPolicy } from './retry.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TlsOptions {
  readonly rejectUnauthorized?: boolean;
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Connection {
  /** Scheme, host, port and path prefix, without userinfo and without a slash at the end. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Present only where the defaults of the platform do not do. */
  readonly tls?: TlsOptions;
  /** Seconds that a request may go without any progress. */
  readonly timeout: number;
  readonly retry: RetryPolicy;
}

/** Which experiment the environment asks for, in place of the record's own. */
export interface ExperimentChoice {
  readonly id?: string;
  readonly name?: string;
}

/**
 * @param uri a tracking URI, `http:` or `https:`; a path prefix and userinfo are kept.
 * @throws MlflowError `BAD_CONFIGURATION`: a scheme that needs Python, a variable that cannot be understood.
 */
export function connectionFor(uri: string, env: Environment = process.env, home = homedir()): Connection {
  const url = trackingUrl(uri);
  const authorization = authorizationFor(url, env, home);
  const workspace = text(env, 'MLFLOW_WORKSPACE');
  const tls = tlsOptions(env);
  url.username = '';
  url.password = '';
  return {
    baseUrl: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    headers: {
      'User-Agent': 'pipe-engine-mlflow/0.1.0',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...(workspace === undefined ? {} : { 'X-MLFLOW-WORKSPACE': workspace }),
    },
    ...(tls === undefined ? {} : { tls }),
    timeout: number(env, 'MLFLOW_HTTP_REQUEST_TIMEOUT', 120, 1e6),
    retry: {
      retries: number(env, 'MLFLOW_HTTP_REQUEST_MAX_RETRIES', 7, 10),
      backoffFactor: number(env, 'MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR', 2, 120),
      jitter: number(env, 'MLFLOW_HTTP_REQUEST_BACKOFF_JITTER', 1, 120),
      respectRetryAfter: flag(env, 'MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER', true),
    },
  };
}

/** `MLFLOW_EXPERIMENT_ID` and `MLFLOW_EXPERIMENT_NAME`. */
export function experimentFromEnvironment(env: Environment = process.env): ExperimentChoice {
  const id = text(env, 'MLFLOW_EXPERIMENT_ID');
  const name = text(env, 'MLFLOW_EXPERIMENT_NAME');
  return { ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) };
}

function trackingUrl(uri: string): URL {
  const scheme =
    /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase() ??
    (uri.startsWith('databricks') || uri === 'uc' ? 'databricks' : 'file');
  if (scheme !== 'http' && scheme !== 'https') throw needsPython(uri, scheme);
  try {
    const url = new URL(uri);
    url.search = '';
    url.hash = '';
    return url;
  } catch (error) {
    throw configuration(
      `MLFLOW_TRACKING_URI is not a URL: ${withoutPassword(uri)}`,
      'Write it like http://localhost:5000.',
      error,
    );
  }
}

function needsPython(uri: string, scheme: string): MlflowError {
  const family = scheme.split('+')[0]!;
  const title = `MLFLOW_TRACKING_URI=${withoutPassword(uri)}: only http: and https: can be reached without Python`;
  if (family === 'databricks' || family === 'databricks-uc' || family === 'uc')
    return configuration(
      title,
      "Databricks needs MLflow's own Python client; point MLFLOW_TRACKING_URI at a server's http(s) address.",
    );
  const store = ['sqlite', 'postgresql', 'mysql', 'mssql'].includes(family)
    ? withoutPassword(uri)
    : 'sqlite:///mlflow.db';
  return configuration(
    title,
    `Start a server on that store (mlflow server --backend-store-uri ${store}) and set MLFLOW_TRACKING_URI=http://localhost:5000, or unset the variable.`,
  );
}

/** A password may have any character but the last `@`. */
const withoutPassword = (uri: string): string => uri.replace(/(\/\/[^/@:]*):.*@/s, '$1:…@');

function authorizationFor(url: URL, env: Environment, home: string): string | undefined {
  for (const name of ['MLFLOW_TRACKING_AUTH', 'MLFLOW_TRACKING_AWS_SIGV4'])
    if (text(env, name) !== undefined && !/^(false|0)$/i.test(env[name]!))
      throw configuration(
        `${name} needs a plug-in of MLflow's Python client`,
        'Use a user name and password or a token.',
      );
  // As in `requests`: userinfo counts only when it has a password part, and then before everything else.
  if (url.username !== '' && url.password !== '') return basic(decoded(url.username), decoded(url.password));
  const own = {
    username: text(env, 'MLFLOW_TRACKING_USERNAME'),
    password: text(env, 'MLFLOW_TRACKING_PASSWORD'),
  };
  const isWhole = own.username !== undefined && own.password !== undefined;
  const file = isWhole ? {} : readCredentialsFile(join(home, '.mlflow', 'credentials'));
  const username = own.username ?? file.username;
  const password = own.password ?? file.password;
  if (username && password) return basic(username, password);
  const token = text(env, 'MLFLOW_TRACKING_TOKEN');
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** As `unquote` of Python: a `%` that encodes nothing stays. */
const decoded = (text: string): string =>
  text.replaceAll(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

function tlsOptions(env: Environment): TlsOptions | undefined {
  const insecure = flag(env, 'MLFLOW_TRACKING_INSECURE_TLS', false);
  const ca = text(env, 'MLFLOW_TRACKING_SERVER_CERT_PATH');
  const client = text(env, 'MLFLOW_TRACKING_CLIENT_CERT_PATH');
  if (insecure && ca !== undefined)
    throw configuration(
      'MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH exclude each other',
      'Unset one of them.',
    );
  if (!insecure && ca === undefined && client === undefined) return undefined;
  const pem = client === undefined ? undefined : certificate('MLFLOW_TRACKING_CLIENT_CERT_PATH', client);
  return {
    ...(insecure ? { rejectUnauthorized: false } : {}),
    ...(ca === undefined ? {} : { ca: certificate('MLFLOW_TRACKING_SERVER_CERT_PATH', ca) }),
    // One PEM file with both, as in Python.
    ...(pem === undefined ? {} : { cert: pem, key: pem }),
  };
}

function certificate(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw configuration(`${variable}: ${path} cannot be read`, 'Name a PEM file.', error);
  }
}

/** An empty variable is an unset one. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

function flag(env: Environment, name: string, otherwise: boolean): boolean {
  const value = text(env, name)?.toLowerCase();
  if (value === undefined) return otherwise;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw configuration(`${name}=${value} is neither true nor false`, 'Write true, false, 1 or 0.');
}

function number(env: Environment, name: string, otherwise: number, most: number): number {
  const value = text(env, name);
  if (value === undefined) return otherwise;
  const parsed = Number(value);
  if (Number.isFinite(parsed) && parsed >= 0 && parsed <= most) return parsed;
  throw configuration(
    `${name}=${value} is not a number from 0 to ${most}`,
    `Unset it (default ${otherwise}) or correct it.`,
  );
}

const configuration = (message: string, hint: string, cause?: unknown): MlflowError =>
  new MlflowError({ code: 'BAD_CONFIGURATION', message, hint }, cause);
