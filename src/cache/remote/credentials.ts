// Which secrets go with a remote: from the environment, else as declared on this machine.
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';

/** `PIPE_REMOTE_TOKEN` is for the default remote, `PIPE_REMOTE_NAS_TOKEN` for the one called `nas`. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Kind = 'user' | 'password' | 'token' | 'key';

export type Secret = (kind: Kind) => string | undefined;

/** The variable for one remote. */
export function secretVariable(name: string, kind: Kind): string {
  return `PIPE_REMOTE_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_${kind.toUpperCase()}`;
}

/** What is meant for the default remote is never sent to another. */
export function secretsOf(
  name: string,
  declared: RemoteConfig,
  isDefault: boolean,
  env: Environment,
): Secret {
  return (kind) => {
    const general = isDefault ? env[`PIPE_REMOTE_${kind.toUpperCase()}`] : undefined;
    return env[secretVariable(name, kind)] || general || declared[kind] || undefined;
  };
}

/** The header that a server wants to see; none where there is no secret. @param url may have credentials in it. */
export function authorization(
  { header }: RemoteConfig,
  secret: Secret,
  { username, password: inUrl }: URL,
): Readonly<Record<string, string>> {
  const token = secret('token');
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  const password = secret('password') ?? (decodeURIComponent(inUrl) || undefined);
  if (password === undefined) return {};
  if (header !== undefined) return { [header]: password };
  const user = secret('user') ?? decodeURIComponent(username);
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
