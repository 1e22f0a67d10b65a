// A bucket of S3, with its settings and credentials.
import { crashPoint } from '../../../disk/crash-point.ts';
import { QUICK } from '../pace.ts';
import type { KindOptions, RemoteKind } from '../remote-kind.ts';
import { unsupported } from '../remote-problem.ts';
import { findCredentials } from './aws-credentials.ts';
import type { FoundCredentials } from './given-credentials.ts';
import { amazonHost, S3Client, type S3ClientOptions } from './s3-client.ts';
import { openS3Remote } from './s3-remote.ts';
import { readSettings, serverOfS3, type S3Settings } from './s3-settings.ts';
import { openTransport } from './transport.ts';

const THIS_MACHINE = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

export const s3Kind: RemoteKind = {
  server: serverOfS3,
  open(options) {
    const { name, declared, env, permit, quick, onRetry } = options;
    const settings = readSettings(options, env);
    const { endpoint, region, customerKey } = settings;
    const key = Object.entries(customerKey).find(([header]) => header.endsWith('-key'))?.[1];
    const server = endpoint ?? new URL(`https://${amazonHost(region)}`);
    // Signatures give nothing away; this key is sent as it is.
    if (key !== undefined) {
      permit({ value: key });
      refuseInTheClear(server, options);
    }
    const transport = openTransport({
      ...settings,
      ...(quick && { pace: QUICK, connectSeconds: Math.min(settings.connectSeconds, QUICK.seconds) }),
      env,
      secure: server.protocol === 'https:',
      hostname: server.hostname,
      port: server.port === '' ? undefined : Number(server.port),
    });
    const retries = onRetry && { onRetry };
    const here = {
      name,
      url: declared.url,
      endpoint: endpoint && `${endpoint.origin}${endpoint.pathname.replace(/\/+$/, '')}`,
    };
    const client = new S3Client({
      ...settings,
      here,
      transport,
      credentials: credentialsOf(options, settings),
      ...(quick && { attempts: 1 }),
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

/** As the servers of AWS and MinIO refuse it, which have read it by then. */
function refuseInTheClear({ protocol, hostname, origin }: URL, { name, declared }: KindOptions): void {
  if (protocol === 'https:' || THIS_MACHINE.test(hostname)) return;
  throw unsupported(
    name,
    declared,
    `its sse_customer_key would be sent to ${origin} for all on the way to read`,
    'give it an endpointurl with https',
  );
}

/** They are looked for when they are first needed. */
function credentialsOf(
  { name, env }: KindOptions,
  { credentials, anonymous, profile, profileIsDeclared, region }: S3Settings,
): S3ClientOptions['credentials'] {
  if (anonymous) return () => Promise.resolve(undefined);
  if (credentials) {
    const own = { ...credentials, temporary: false };
    return () => Promise.resolve(own);
  }
  const find = (): Promise<FoundCredentials> =>
    findCredentials({ remote: name, env, profile, profileIsDeclared, region });
  let found: Promise<FoundCredentials> | undefined;
  return async (over) => {
    const before = found;
    if (!before) return (found = find());
    const known = await before;
    if (known !== over) return known;
    // Of all requests that were refused, the first one asks.
    if (found === before) found = find();
    return found;
  };
}
