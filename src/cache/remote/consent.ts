// Credentials belong to a host: they are sent only to one that the user has named. A repository names hosts, too, but whoever
// writes there must not be able to collect what its readers have in their environment.
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError } from '../../base/problem.ts';
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';
import { secretVariable, type Environment, type Secret } from './credentials.ts';
import { isCommitted, openTrustedHosts } from './trusted-hosts.ts';

export interface ConsentOptions {
  /** Absolute root of the project. */
  readonly root: string;
  readonly name: string;
  readonly declared: RemoteConfig;
  readonly isDefault: boolean;
  readonly env: Environment;
}

/**
 * @param origin scheme, host and port of the server; @param secret that is to be used there.
 * @throws PipeError where the user has not named this server.
 */
export function refuseUnnamedHost(origin: string, secret: Secret, options: ConsentOptions): void {
  const { root, name, declared, env } = options;
  if (declared.urlFile !== undefined && !isCommitted(declared.urlFile)) return;
  if (hostsIn(options).some((host) => originOf(host) === origin)) return;
  const hosts = openTrustedHosts(env);
  const known = hosts.origin(root, name);
  if (known === origin) return;
  // Whoever set credentials for this very remote meant the server that it has now, and from now on no other.
  if (secret.variable === undefined && known === undefined && !declared.usersSecrets) return remember();
  const at = declared.place();
  throw new PipeError({
    code: 'remote-untrusted',
    title: `the credentials of the remote '${name}' are not sent to ${origin}: only the repository names this server`,
    facts: [
      ['credentials', secret.variable ?? 'of this machine'],
      ...(known === undefined ? [] : [['named before', known] as const]),
    ],
    hint: `if they are meant for it, say so once: \`pipe remote trust ${shellQuote(name)}\`, or in the environment ${variableFor(secret, name)}=${hostText(origin)}${secret.variable === undefined ? '' : `; else unset ${secret.variable}`}`,
    ...(at && { place: at }),
  });

  function remember(): void {
    try {
      hosts.trust(root, name, origin);
    } catch {
      // A home that cannot be written: the next command finds out no less.
    }
  }
}

/** The hosts that the environment names. */
function hostsIn({ name, isDefault, env }: ConsentOptions): readonly string[] {
  return [env[secretVariable(name, 'host')], isDefault ? env['PIPE_REMOTE_HOST'] : undefined].filter(
    (host) => host !== undefined && host !== '',
  ) as string[];
}

/** A host alone means https. */
function originOf(host: string): string | undefined {
  const url = host.includes('://') ? host : `https://${host}`;
  if (!URL.canParse(url)) return undefined;
  const { origin, protocol, host: there } = new URL(url);
  return origin === 'null' ? `${protocol}//${there}` : origin;
}

const hostText = (origin: string): string => origin.replace(/^https:\/\//, '');

/** Beside `PIPE_REMOTE_TOKEN` is `PIPE_REMOTE_HOST`. */
const variableFor = ({ variable }: Secret, name: string): string =>
  variable?.replace(/_[A-Z]+$/, '_HOST') ?? secretVariable(name, 'host');
