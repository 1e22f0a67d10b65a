// Credentials that AWS gives to what runs there: to containers (ECS, EKS) by a URL of the environment, to service accounts by a token in
// a file, to machines (EC2) by their metadata service, version 2.
import { readFileSync } from 'node:fs';
import { errno } from '../../../base/problem.ts';
import { withoutSecrets } from '../../../base/url-secrets.ts';
import type { Environment } from '../credentials.ts';
import { reasonOf } from '../persistently.ts';
import { askMetadata } from './metadata-request.ts';
import { NotGiven, parseGiven, type FoundCredentials } from './given-credentials.ts';
import { takeRole } from './security-tokens.ts';

/** Undefined where the environment is not that of such a place. @throws NotGiven */
export async function fromMachine(env: Environment): Promise<FoundCredentials | undefined> {
  return (await fromContainer(env)) ?? (await fromInstance(env));
}

/** Milliseconds. */
const PATIENCE = 5000;
const CONTAINER = 'http://169.254.170.2';
const LOCAL = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/;

async function fromContainer(env: Environment): Promise<FoundCredentials | undefined> {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  const given = relative ? `${CONTAINER}${relative}` : full;
  if (!given) return undefined;
  const asked = 'the credentials of the container';
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new NotGiven(asked, `'${withoutSecrets(given)}' is not a URL`);
  // As AWS' own programs do it: a token is not sent in the clear to another machine.
  if (url.protocol === 'http:' && !LOCAL.test(url.hostname))
    throw new NotGiven(asked, `'${url.origin}' is neither https nor of this machine`);
  const token = tokenOf(env, asked);
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: token }) };
  return answered(asked, url, headers, PATIENCE);
}

function tokenOf(env: Environment, asked: string): string | undefined {
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  return file ? readToken(file, asked) : env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] || undefined;
}

function readToken(file: string, asked: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new NotGiven(asked, `'${file}' cannot be read (${errno(error)})`);
  }
}

/** As `fromMachine`, of a service account. */
export async function fromWebIdentity(
  env: Environment,
  region: string,
): Promise<FoundCredentials | undefined> {
  const [role, file] = [env['AWS_ROLE_ARN'], env['AWS_WEB_IDENTITY_TOKEN_FILE']];
  if (!role || !file) return undefined;
  const fields = { WebIdentityToken: readToken(file, `the role ${role}`) };
  const session = env['AWS_ROLE_SESSION_NAME'];
  const action = 'AssumeRoleWithWebIdentity';
  return takeRole({ action, role, session, fields, credentials: undefined, region }, env);
}

/** Undefined where there is no such service, as on every machine that is not of AWS. */
async function fromInstance(env: Environment): Promise<FoundCredentials | undefined> {
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined;
  const base = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || 'http://169.254.169.254';
  const asked = 'the credentials of the machine';
  if (!URL.canParse(base)) throw new NotGiven(asked, `'${withoutSecrets(base)}' is not a URL`);
  const seconds = Number(env['AWS_METADATA_SERVICE_TIMEOUT']);
  const patience = seconds > 0 ? seconds * 1000 : 1000;
  const at = (path: string): URL => new URL(`latest/${path}`, base.endsWith('/') ? base : `${base}/`);
  const token = await askMetadata(at('api/token'), {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' },
    patience,
  }).catch(() => undefined);
  if (token?.status !== 200) return undefined;
  const headers = { 'x-aws-ec2-metadata-token': token.text };
  const roles = 'meta-data/iam/security-credentials/';
  const { status, text } = await asking(asked, at(roles), { headers, patience });
  const [role = ''] = text.trim().split('\n');
  // A machine without a role.
  if (status !== 200 || role === '') return undefined;
  return answered(asked, at(roles + encodeURIComponent(role)), headers, patience);
}

async function answered(
  asked: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  patience: number,
): Promise<FoundCredentials> {
  const { status, text } = await asking(asked, url, { headers, patience });
  const found = status === 200 ? parseGiven(text) : undefined;
  if (found) return found;
  throw new NotGiven(
    asked,
    status === 200 ? `${url.origin} answers in another form` : `${url.origin} answers with status ${status}`,
  );
}

async function asking(
  asked: string,
  url: URL,
  request: Parameters<typeof askMetadata>[1],
): ReturnType<typeof askMetadata> {
  try {
    return await askMetadata(url, request);
  } catch (error) {
    throw new NotGiven(asked, `${url.origin}: ${reasonOf(error)}`);
  }
}
