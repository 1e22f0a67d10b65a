// Opens a declared remote: which one is meant, its kind by its URL, and its credentials and keys.
import { PipeError } from '../../base/problem.ts';
import type { RemoteConfig, RemotesConfig } from '../../pipeline/config/remote-config.ts';
import { ENCODE_PASSWORD, isMisread, PASSWORD_AS_HOST, withoutSecrets } from '../../base/url-secrets.ts';
import { didYouMean } from '../../base/suggest.ts';
import { refuseUnnamedHost } from './consent.ts';
import { secretsOf, type Environment } from './credentials.ts';
import { loadKind } from './load-kind.ts';
import { schemeOf } from './parse-url.ts';
import type { Declared, KindOptions, RemoteKind } from './remote-kind.ts';
import { remoteOptions } from './remote-options.ts';
import type { Remote } from './remote.ts';
import { refuseSharedSecrets } from './shared-secrets.ts';
import { unsupported } from './remote-problem.ts';

export interface OpenRemote extends Remote {
  readonly readOnly: boolean;
  /** Signs records of earlier runs, and checks which can be trusted. */
  readonly key: string | undefined;
  /** Records are believed without a signature. */
  readonly trust: boolean;
  /** Called before records are signed. @throws PipeError where the user has not named the server that would get them. */
  permitSigning(): void;
}

export interface OpenOptions {
  /** Absolute root of the project. */
  readonly root: string;
  readonly env?: Environment;
  /** Absolute folder of ours for files on their way. */
  readonly scratch?: string;
  /** See `KindOptions`. */
  readonly quick?: boolean | undefined;
  /** Called with the reason when a request is repeated. */
  readonly onRetry?: (reason: string) => void;
}

/**
 * The name of the remote that is meant. @param name as asked for; else the default, or the only one.
 * @throws PipeError where there is none of that name, or none at all.
 */
export function chooseRemote(config: RemotesConfig | undefined, name: string | undefined): string {
  const names = [...(config?.remotes.keys() ?? [])];
  const wanted = name ?? config?.remote ?? (names.length === 1 ? names[0] : undefined);
  if (wanted === undefined) {
    throw new PipeError({
      code: 'no-remote',
      title:
        names.length === 0
          ? 'no remote is declared'
          : 'several remotes are declared, and none is the default',
      hint:
        names.length === 0
          ? 'declare one: `pipe remote add -d shared /mnt/shared/cache`'
          : `name one with --remote (${names.join(', ')}), or choose the default: \`pipe remote default NAME\``,
    });
  }
  const known = names.find((candidate) => candidate === wanted || candidate === wanted.toLowerCase());
  if (known !== undefined) return known;
  if (schemeOf(wanted) !== '') throw notAName(wanted);
  const hint = didYouMean(wanted, names) ?? (names.length > 0 ? `there are: ${names.join(', ')}` : undefined);
  throw new PipeError({
    code: 'no-remote',
    title: `no remote is called '${wanted}'`,
    ...(hint !== undefined && { hint }),
  });
}

/** The URL itself may have a password in it. */
const notAName = (url: string): PipeError =>
  new PipeError({
    code: 'no-remote',
    title: `a remote is named, and this is a URL: '${withoutSecrets(url)}'`,
    hint: 'declare it with `pipe remote add NAME URL`, then give the name',
  });

/** @throws PipeError for a URL, or a kind of remote, that cannot be used, or whose server must not have the credentials. */
export async function openRemote(
  config: RemotesConfig,
  name: string,
  options: OpenOptions,
): Promise<OpenRemote> {
  const { root, env = process.env, onRetry, scratch, quick } = options;
  const { kind, declared } = await kindOf(name, config.remotes.get(name)!);
  const isDefault = chooseDefault(config) === name;
  const secrets = secretsOf(name, declared, isDefault, env);
  if (declared.foreign !== undefined)
    throw unsupported(name, declared, `the option ${declared.foreign} is not known here`, WITH_DVC);
  refuseSharedSecrets(name, declared);
  const server = kind.server({ name, declared });
  const permit: KindOptions['permit'] = (secret) => {
    if (server !== undefined) refuseUnnamedHost(server, secret, { root, name, declared, isDefault, env });
  };
  const remote = await kind.open({
    name,
    declared,
    secrets,
    env,
    permit,
    quick,
    ...(scratch !== undefined && { scratch }),
    ...(onRetry && { onRetry }),
  });
  const key = secrets('key');
  const jobs = remoteOptions({ name, declared }).number('jobs') ?? remote.jobs;
  return {
    ...remote,
    ...(jobs !== undefined && { jobs: Math.ceil(jobs) }),
    readOnly: declared.readOnly === true,
    key: key?.value,
    trust: declared.trust === true,
    permitSigning: () => key && permit(key),
  };
}

/** The server that the URL of a remote names; undefined for a folder. @throws PipeError for a URL that cannot be used. */
export async function serverOf(config: RemotesConfig, name: string): Promise<string | undefined> {
  const { kind, declared } = await kindOf(name, config.remotes.get(name)!);
  return kind.server({ name, declared });
}

function chooseDefault(config: RemotesConfig): string | undefined {
  return config.remote ?? (config.remotes.size === 1 ? [...config.remotes.keys()][0] : undefined);
}

async function kindOf(
  name: string,
  declared: RemoteConfig,
): Promise<Omit<Declared, 'name'> & { readonly kind: RemoteKind }> {
  const { url } = declared;
  if (url === undefined || url === '')
    throw unsupported(name, declared, 'it has no URL', 'set `url:` to a folder or an http(s) URL');
  if (isMisread(url)) throw unsupported(name, declared, PASSWORD_AS_HOST, ENCODE_PASSWORD);
  const scheme = schemeOf(url);
  const kind = await loadKind(scheme, declared.options?.has('rclone') === true);
  if (kind) return { kind, declared: { ...declared, url } };
  const hint = INSTEAD[scheme] ?? `${MOUNT}; in a DVC repository, ${WITH_DVC}`;
  throw unsupported(name, declared, `'${scheme}://' is not supported`, hint);
}

const WITH_DVC = 'use `dvc push` and `dvc pull` for it: the cache is the same';
const MOUNT =
  'mount it (rclone, s3fs, sshfs) and give the folder as `url:`, or give the http(s) URL of a gateway to it (`rclone serve webdav`)';
const INSTEAD: Readonly<Record<string, string>> = {
  remote: 'give the whole URL',
};
