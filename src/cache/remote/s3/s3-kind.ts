// A bucket of S3, with its settings and credentials.
import { crashPoint } from '../../../disk/crash-point.ts';
import type { KindOptions, RemoteKind } from '../remote-kind.ts';
import { findCredentials, type FoundCredentials } from './aws-credentials.ts';
import { amazonHost, S3Client } from './s3-client.ts';
import { openS3Remote } from './s3-remote.ts';
import { readSettings, serverOfS3, type S3Settings } from './s3-settings.ts';
import { openTransport } from './transport.ts';

export const s3Kind: RemoteKind = {
  server: serverOfS3,
  open(options) {
    const { name, declared, env, permit, onRetry } = options;
    const settings = readSettings(options, env);
    const { endpoint, region, customerKey } = settings;
    const key = Object.entries(customerKey).find(([header]) => header.endsWith('-key'))?.[1];
    // Signatures give nothing away; this key is sent as it is.
    if (key !== undefined) permit({ value: key });
    const server = endpoint ?? new URL(`https://${amazonHost(region)}`);
    const transport = openTransport({
      ...settings,
      env,
      secure: server.protocol === 'https:',
      hostname: server.hostname,
      port: server.port === '' ? undefined : Number(server.port),
    });
    const retries = onRetry && { onRetry };
    const here = { name, url: declared.url, endpoint: endpoint?.origin };
    const client = new S3Client({
      ...settings,
      here,
      transport,
      credentials: credentialsOf(options, settings),
      ...retries,
    });
    return openS3Remote({
      ...settings,
      ...here,
      client,
      step: crashPoint,
      close: () => transport.close(),
      ...retries,
    });
  },
};

/** They are looked for when they are first needed. */
function credentialsOf(
  { name, env }: KindOptions,
  { credentials, anonymous, profile, profileIsDeclared }: S3Settings,
): (over: FoundCredentials | undefined) => FoundCredentials | undefined {
  if (anonymous) return () => undefined;
  if (credentials) {
    const own = { ...credentials, temporary: false };
    return () => own;
  }
  let found: FoundCredentials | undefined;
  return (over) => {
    if (!found || found === over) found = findCredentials({ remote: name, env, profile, profileIsDeclared });
    return found;
  };
}
