// From what is declared about a remote to one that can be used: which is meant, what its URL stands for, and which
// credentials and keys go with it.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { RemoteConfig, RemotesConfig } from '../../pipeline/config/remote-config.ts';
import { didYouMean } from '../../base/suggest.ts';
import { authorization, secretsOf, type Environment, type Secret } from './credentials.ts';
import { openFolderRemote } from './folder-remote.ts';
import { openHttpRemote } from './http-remote.ts';
import type { Remote } from './remote.ts';

export interface OpenRemote extends Remote {
  readonly readOnly: boolean;
  /** Signs records of earlier runs, and tells which are to be believed. */
  readonly key: string | undefined;
  /** Records are believed without a signature. */
  readonly trust: boolean;
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
          ? 'declare one in pipeline.yaml, `config: {remotes: {shared: {url: /mnt/shared/cache}}}` (in a DVC repository: `dvc remote add -d`)'
          : `name one with --remote (${names.join(', ')}), or set \`config: {remote: …}\` (in a DVC repository: \`dvc remote default\`)`,
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

/** @throws PipeError for a URL, or a kind of remote, that cannot be used. */
export function openRemote(config: RemotesConfig, name: string, env: Environment = process.env): OpenRemote {
  const declared = config.remotes.get(name)!;
  const secret = secretsOf(name, declared, chooseDefault(config) === name, env);
  if (declared.foreign !== undefined)
    throw unsupported(name, declared, `the option ${declared.foreign} is not known here`, WITH_DVC);
  return {
    ...openKind(name, declared, secret),
    readOnly: declared.readOnly === true,
    key: secret('key'),
    trust: declared.trust === true,
  };
}

function chooseDefault(config: RemotesConfig): string | undefined {
  return config.remote ?? (config.remotes.size === 1 ? [...config.remotes.keys()][0] : undefined);
}

function openKind(name: string, declared: RemoteConfig, secret: Secret): Remote {
  const { url, folder } = declared;
  if (url === undefined || url === '')
    throw unsupported(name, declared, 'it has no URL', 'set `url:` to a folder or an http(s) URL');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return openFolderRemote({
        name,
        folder: url.startsWith('~/') ? resolve(homedir(), url.slice(2)) : resolve(folder, url),
      });
    case 'file':
      return openFolderRemote({ name, folder: fileURLToPath(parse(name, declared, url)) });
    case 'http':
    case 'https': {
      const target = parse(name, declared, url);
      const headers = authorization(declared, secret, target);
      target.username = '';
      target.password = '';
      return openHttpRemote({ name, url: target, headers, method: declared.method ?? 'PUT' });
    }
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
