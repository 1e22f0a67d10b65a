// Which secrets go with a remote: from the environment, else as declared on this machine.
import { decoded } from '../../base/decoded.ts';
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';

/** `PIPE_REMOTE_TOKEN` is for the default remote, `PIPE_REMOTE_NAS_TOKEN` for the one called `nas`. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Kind = 'user' | 'password' | 'token' | 'key';

export interface Secret {
  readonly value: string;
  /** The variable of the environment that it comes from; undefined where it is declared on this machine. */
  readonly variable?: string;
}

export type Secrets = (kind: Kind) => Secret | undefined;

/** The variable for one remote. */
export function secretVariable(name: string, kind: Kind | 'host'): string {
  return `PIPE_REMOTE_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_${kind.toUpperCase()}`;
}

/** What is meant for the default remote is never sent to another. */
export function secretsOf(
  name: string,
  declared: RemoteConfig,
  isDefault: boolean,
  env: Environment,
): Secrets {
  return (kind) => {
    const general = isDefault ? [`PIPE_REMOTE_${kind.toUpperCase()}`] : [];
    const variable = [secretVariable(name, kind), ...general].find((candidate) => env[candidate]);
    if (variable !== undefined) return { value: env[variable]!, variable };
    const value = declared[kind];
    return value ? { value } : undefined;
  };
}

export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where the URL brings all that is sent. */
  readonly secret?: Secret;
}

/** The header that a server wants to see; none where there is no secret. @param url may have credentials in it. */
export function authorization(
  { header }: RemoteConfig,
  secrets: Secrets,
  { username, password: inUrl }: URL,
): Authorization {
  const token = secrets('token');
  if (token) return { headers: { authorization: `Bearer ${token.value}` }, secret: token };
  const secret = secrets('password');
  const password = secret?.value ?? (decoded(inUrl) || undefined);
  if (password === undefined) return { headers: {} };
  const own = secret && { secret };
  if (header !== undefined) return { headers: { [header]: password }, ...own };
  const user = secrets('user')?.value ?? decoded(username);
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${basic}` }, ...own };
}
