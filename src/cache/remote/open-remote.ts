// Opens a declared remote: which one is meant, its kind by its URL, and its credentials and keys.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { RemoteConfig, RemotesConfig } from '../../pipeline/config/remote-config.ts';
import { didYouMean } from '../../base/suggest.ts';
import { refuseUnnamedHost } from './consent.ts';
import { authorization, secretsOf, type Environment } from './credentials.ts';
import { openFolderRemote } from './folder-remote.ts';
import { openHttpRemote } from './http-remote.ts';
import type { Remote } from './remote.ts';

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
  const hint = didYouMean(wanted, names) ?? (names.length > 0 ? `there are: ${names.join(', ')}` : undefined);
  throw new PipeError({
    code: 'no-remote',
    title: `no remote is called '${wanted}'`,
    ...(hint !== undefined && { hint }),
  });
}

/** @throws PipeError for a URL, or a kind of remote, that cannot be used, or whose server must not have the credentials. */
export function openRemote(config: RemotesConfig, name: string, options: OpenOptions): OpenRemote {
  const { root, env = process.env, onRetry } = options;
  const declared = config.remotes.get(name)!;
  const isDefault = chooseDefault(config) === name;
  const secrets = secretsOf(name, declared, isDefault, env);
  if (declared.foreign !== undefined)
    throw unsupported(name, declared, `the option ${declared.foreign} is not known here`, WITH_DVC);
  const key = secrets('key');
  const consent = { root, name, declared, isDefault, env };
  const place = placeOf(name, declared);
  const common = { readOnly: declared.readOnly === true, key: key?.value, trust: declared.trust === true };
  if (place.kind === 'folder')
    return { ...openFolderRemote({ name, folder: place.folder }), ...common, permitSigning: () => undefined };
  const { url } = place;
  const { headers, secret } = authorization(declared, secrets, url);
  if (secret) refuseUnnamedHost(url.origin, secret, consent);
  if (Object.values(headers).some((value) => UNSENDABLE.test(value.trim()))) throw unsendable(name, declared);
  url.username = '';
  url.password = '';
  return {
    ...openHttpRemote({ name, url, headers, method: declared.method ?? 'PUT', ...(onRetry && { onRetry }) }),
    ...common,
    permitSigning: () => key && refuseUnnamedHost(url.origin, key, consent),
  };
}

/** The server that the URL of a remote names; undefined for a folder. @throws PipeError for a URL that cannot be used. */
export function serverOf(config: RemotesConfig, name: string): string | undefined {
  const place = placeOf(name, config.remotes.get(name)!);
  return place.kind === 'server' ? place.url.origin : undefined;
}

function chooseDefault(config: RemotesConfig): string | undefined {
  return config.remote ?? (config.remotes.size === 1 ? [...config.remotes.keys()][0] : undefined);
}

type RemotePlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'server'; readonly url: URL };

function placeOf(name: string, declared: RemoteConfig): RemotePlace {
  const { url, folder } = declared;
  if (url === undefined || url === '')
    throw unsupported(name, declared, 'it has no URL', 'set `url:` to a folder or an http(s) URL');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return {
        kind: 'folder',
        folder: url.startsWith('~/') ? resolve(homedir(), url.slice(2)) : resolve(folder, url),
      };
    case 'file':
      return { kind: 'folder', folder: fileURLToPath(parse(name, declared, url)) };
    case 'http':
    case 'https':
      return { kind: 'server', url: parse(name, declared, url) };
    default:
      throw unsupported(name, declared, `'${scheme}://' is not supported`, INSTEAD[scheme] ?? MOUNT);
  }
}

function parse(name: string, declared: RemoteConfig, url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw unsupported(name, declared, 'its URL cannot be read', 'correct it');
}

const WITH_DVC = 'use `dvc push` and `dvc pull` for it: the cache is the same';
const MOUNT =
  'mount it (rclone, s3fs, sshfs) and give the folder as `url:`, or give the http(s) URL of a gateway to it (`rclone serve webdav`)';
const INSTEAD: Readonly<Record<string, string>> = {
  webdav: 'write http:// in its place',
  webdavs: 'write https:// in its place',
  remote: 'give the whole URL',
};

/** Control characters, and what is not Latin-1. */
const UNSENDABLE = /[^\t\u0020-\u007e\u0080-\u00ff]/;

function unsendable(name: string, { place }: RemoteConfig): PipeError {
  const at = place();
  return new PipeError({
    code: 'bad-value',
    title: `the token or password of the remote '${name}' has a character that no header of HTTP can carry`,
    hint: 'look for a line break in the middle',
    ...(at && { place: at }),
  });
}

function unsupported(name: string, { place }: RemoteConfig, reason: string, hint: string): PipeError {
  const at = place();
  const problem: Problem = {
    code: 'remote-unsupported',
    title: `the remote '${name}' cannot be used: ${reason}`,
    hint: hint === MOUNT ? `${MOUNT}; in a DVC repository, ${WITH_DVC}` : hint,
    ...(at && { place: at }),
  };
  return new PipeError(problem);
}
