// What is declared for a remote of S3, together with the settings of AWS' files and environment.
import { readFileSync } from 'node:fs';
import { errno, PipeError } from '../../../base/problem.ts';
import { withoutSecrets } from '../../../base/url-secrets.ts';
import type { Environment } from '../credentials.ts';
import { paceFrom, type Pace } from '../pace.ts';
import type { Declared } from '../remote-kind.ts';
import { unsupported } from '../remote-problem.ts';
import { remoteOptions, type RemoteOptions } from '../remote-options.ts';
import { readAwsProfile, type AwsProfile } from './aws-files.ts';
import { customerKeyHeaders, writingHeaders, type Headers } from './s3-headers.ts';
import { encodePath, type Credentials } from './sign.ts';

export interface S3Settings {
  readonly bucket: string;
  /** Before every key; '' or ending in a slash. */
  readonly prefix: string;
  /** Undefined for AWS itself. */
  readonly endpoint: URL | undefined;
  readonly region: string;
  /** The bucket is in the path of the URL; else in the name of the host. */
  readonly inPath: boolean;
  readonly ca: string | undefined;
  readonly verify: boolean;
  readonly pace: Pace;
  readonly connectSeconds: number;
  /** List with the first version of the request. */
  readonly listsOld: boolean;
  readonly writing: Headers;
  readonly customerKey: Headers;
  /** As declared for the remote. */
  readonly credentials: Credentials | undefined;
  readonly anonymous: boolean;
  readonly profile: AwsProfile;
  readonly profileIsDeclared: boolean;
}

const DEFAULT_REGION = 'us-east-1';
const CONNECT_SECONDS = 5;

/** @throws PipeError for a URL or an option that cannot be used. */
export function readSettings(declared: Declared, env: Environment): S3Settings {
  const options = remoteOptions(declared);
  const { bucket, prefix } = placeOf(declared);
  const profile = readAwsProfile({
    env,
    configPath: options.path('configpath'),
    credentialPath: options.path('credentialpath'),
    profile: options.text('profile'),
  });
  const endpoint = endpointOf(declared, options, profile, env);
  const pace = paceFrom(env['PIPE_REMOTE_MIN_RATE']);
  const credentials = declaredCredentials(declared, options);
  return {
    bucket,
    prefix,
    endpoint,
    region:
      options.text('region') ||
      env['AWS_REGION'] ||
      env['AWS_DEFAULT_REGION'] ||
      profile.get('region') ||
      DEFAULT_REGION,
    inPath: isInPath(bucket, endpoint, options, profile),
    ...certificates(declared, options, profile, env),
    pace: { ...pace, seconds: options.number('read_timeout') ?? pace.seconds },
    connectSeconds: options.number('connect_timeout') ?? CONNECT_SECONDS,
    listsOld: options.flag('listobjects') === true,
    writing: writingHeaders(options),
    customerKey: customerKeyHeaders(declared, options),
    credentials,
    // Keys of the remote's own are meant, whatever others read it with.
    anonymous: credentials === undefined && options.flag('allow_anonymous_login') === true,
    profile,
    profileIsDeclared: options.text('profile') !== undefined,
  };
}

function placeOf({ name, declared }: Declared): { readonly bucket: string; readonly prefix: string } {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/*(.*)$/i.exec(declared.url) ?? [];
  if (bucket === '' || /[@:?#]/.test(bucket))
    throw unsupported(name, declared, 'its URL names no bucket', 'write s3://BUCKET/PATH');
  const trimmed = path.replace(/\/+$/, '');
  return { bucket, prefix: trimmed === '' ? '' : `${trimmed}/` };
}

/** Who receives secrets. */
export function serverOfS3(declared: Declared): string {
  const options = remoteOptions(declared);
  const { bucket } = placeOf(declared);
  return (declaredEndpoint(declared, options) ?? new URL(`https://${bucket}.s3.amazonaws.com`)).origin;
}

function endpointOf(
  declared: Declared,
  options: RemoteOptions,
  profile: AwsProfile,
  env: Environment,
): URL | undefined {
  const own = declaredEndpoint(declared, options);
  if (own || env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return own;
  const other =
    env['AWS_ENDPOINT_URL_S3'] ||
    env['AWS_ENDPOINT_URL'] ||
    profile.service('endpoint_url') ||
    profile.nested('s3', 'endpoint_url') ||
    profile.get('endpoint_url');
  return other ? parseEndpoint(other, true, declared) : undefined;
}

function declaredEndpoint(declared: Declared, options: RemoteOptions): URL | undefined {
  const text = options.text('endpointurl');
  return text ? parseEndpoint(text, options.flag('use_ssl') !== false, declared) : undefined;
}

/** Encoded as AWS's own programs do it: as a text in which nothing is encoded yet. */
function pathOfEndpoint(url: string): string {
  const [, path = ''] = /^[^/]*\/\/[^/?#]*([^?#]*)/.exec(url) ?? [];
  return encodePath(path.replaceAll(/\/{2,}/g, '/'));
}

/** @param secure where the text says nothing. */
function parseEndpoint(text: string, secure: boolean, { name, declared }: Declared): URL {
  const url = text.includes('://') ? text : `${secure ? 'https' : 'http'}://${text}`;
  if (URL.canParse(url) && /^https?:/i.test(url)) return new URL(new URL(url).origin + pathOfEndpoint(url));
  throw unsupported(
    name,
    declared,
    `its endpoint '${withoutSecrets(url)}' cannot be read`,
    'write https://HOST or http://HOST:PORT',
  );
}

/** Certificates of AWS are good for names of one part only. */
function isInPath(
  bucket: string,
  endpoint: URL | undefined,
  options: RemoteOptions,
  profile: AwsProfile,
): boolean {
  const style = options.text('addressing') ?? profile.nested('s3', 'addressing_style');
  if (style === 'path' || style === 'virtual') return style === 'path';
  return endpoint !== undefined ? !AMAZON.test(endpoint.hostname) : !/^[a-z0-9-]+$/.test(bucket);
}

const AMAZON = /\.amazonaws\.com(\.cn)?$/;

function certificates(
  { name, declared }: Declared,
  options: RemoteOptions,
  profile: AwsProfile,
  env: Environment,
): Pick<S3Settings, 'ca' | 'verify'> {
  const text = options.text('ssl_verify');
  const isFlag = text !== undefined && /^(true|false|yes|no|on|off|0|1)$/i.test(text);
  const verify = isFlag ? options.flag('ssl_verify')! : true;
  const file =
    text !== undefined && !isFlag
      ? options.path('ssl_verify')
      : env['AWS_CA_BUNDLE'] || profile.get('ca_bundle') || undefined;
  if (!verify || file === undefined) return { ca: undefined, verify };
  try {
    return { ca: readFileSync(file, 'utf8'), verify };
  } catch (error) {
    const reason = `the certificates in '${file}' cannot be read (${errno(error)})`;
    throw unsupported(name, declared, reason, 'correct `ssl_verify:` or AWS_CA_BUNDLE');
  }
}

function declaredCredentials({ name, declared }: Declared, options: RemoteOptions): Credentials | undefined {
  const [id, secret, token] = [
    options.text('access_key_id'),
    options.text('secret_access_key'),
    options.text('session_token'),
  ];
  if (id && secret)
    return { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) };
  // The key itself may be shared, and everybody brings the secret in another way.
  if (!secret) return undefined;
  const at = declared.place();
  throw new PipeError({
    code: 'remote-credentials',
    title: `the remote '${name}' has a secret_access_key without an access_key_id`,
    hint: 'set both',
    ...(at && { place: at }),
  });
}
