// Asks AWS' service of security tokens for the temporary credentials of a role.
import { hash } from 'node:crypto';
import { withoutSecrets } from '../../../base/url-secrets.ts';
import type { Environment } from '../credentials.ts';
import { reasonOf } from '../persistently.ts';
import { made, NotGiven, type FoundCredentials } from './given-credentials.ts';
import { askMetadata } from './metadata-request.ts';
import { sign, type Credentials } from './sign.ts';
import { element } from './xml.ts';

export interface RoleRequest {
  readonly action: 'AssumeRole' | 'AssumeRoleWithWebIdentity';
  readonly role: string;
  readonly session: string | undefined;
  /** What the action takes besides. */
  readonly fields: Readonly<Record<string, string>>;
  /** Undefined where a token is used instead. */
  readonly credentials: Credentials | undefined;
  readonly region: string;
}

/** Milliseconds. */
const PATIENCE = 10_000;

/** @throws NotGiven */
export async function takeRole(
  { action, role, session, fields, credentials, region }: RoleRequest,
  env: Environment,
): Promise<FoundCredentials> {
  const asked = `the role ${role}`;
  const endpoint =
    env['AWS_ENDPOINT_URL_STS'] || env['AWS_ENDPOINT_URL'] || `https://sts.${region}.amazonaws.com`;
  if (!URL.canParse(endpoint)) throw new NotGiven(asked, `'${withoutSecrets(endpoint)}' is not a URL`);
  const url = new URL(endpoint);
  const form = new URLSearchParams({
    Action: action,
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: session || `pipe-${process.pid}`,
    ...fields,
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const { host, pathname: path } = url;
  const unsigned = { method: 'POST', host, path, query: '', headers, sha256: hash('sha256', form) };
  const signed = credentials
    ? sign(unsigned, credentials, { region, time: Date.now(), service: 'sts' })
    : headers;
  const { status, text } = await askMetadata(url, {
    method: 'POST',
    headers: signed,
    body: form,
    patience: PATIENCE,
  }).catch((error: unknown) => {
    throw new NotGiven(asked, `${url.origin}: ${reasonOf(error)}`);
  });
  const [id, secret] = [element(text, 'AccessKeyId'), element(text, 'SecretAccessKey')];
  if (status === 200 && id && secret) return made(id, secret, element(text, 'SessionToken'), true);
  throw new NotGiven(asked, element(text, 'Message') ?? `${url.origin} answers with status ${status}`);
}
