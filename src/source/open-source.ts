// Opens the source that a URL or a path names.
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decoded } from '../base/decoded.ts';
import { PipeError } from '../base/problem.ts';
import { ENCODE_PASSWORD, isMisread, PASSWORD_AS_HOST, withoutSecrets } from '../base/url-secrets.ts';
import { absolutePath, isUrl, type WorkspacePath } from '../base/workspace-path.ts';
import { refuseUnnamedHost } from '../cache/remote/consent.ts';
import { authorization, secretsOf, type Environment } from '../cache/remote/credentials.ts';
import { loadKind } from '../cache/remote/load-kind.ts';
import { chooseRemote, openRemote } from '../cache/remote/open-remote.ts';
import { schemeOf } from '../cache/remote/parse-url.ts';
import type { Remote } from '../cache/remote/remote.ts';
import type { ContentRules } from '../hash/content-rules.ts';
import { openHasher } from '../hash/open-hasher.ts';
import type { RemotesConfig } from '../pipeline/config/remote-config.ts';
import type { DataSource } from './data-source.ts';
import { openFolderSource } from './folder-source.ts';
import { openHttpSource } from './http-source.ts';
import { openRemoteSource } from './remote-source.ts';
import { asSourceProblem, sourceUnsupported } from './source-problem.ts';

export interface SourceOptions {
  /** Absolute root of the project. */
  readonly root: string;
  /** How the content of folders is hashed. */
  readonly rules: ContentRules;
  /** Absolute folder for what is remembered of the files of folders; without it nothing is. */
  readonly state?: string;
  readonly remotes?: RemotesConfig | undefined;
  readonly env?: Environment;
  /** A question that can stay open: a server is asked once, and waited for a few seconds. */
  readonly quick?: boolean | undefined;
}

/**
 * @param at absolute, relative to the root of the project, or a URL. @param shown as it was given.
 * @throws PipeError for a kind that is not supported, or a server that must not have the credentials.
 */
export async function openSource(
  at: WorkspacePath,
  shown: string,
  options: SourceOptions,
): Promise<DataSource> {
  if (!isUrl(at)) return folderSource(absolutePath(options.root, at), withoutSecrets(shown), options);
  refuseMisread(at);
  const scheme = at.slice(0, at.indexOf(':')).toLowerCase();
  switch (scheme) {
    case 'file':
      return folderSource(fileURLToPath(parse(at)), shown, options);
    case 'http':
    case 'https':
      return openHttpSource({
        url: withoutCredentials(parse(at)),
        written: withoutLogin(at),
        headers: headersIn(parse(at)),
        quick: options.quick,
      });
    case 'remote':
      return remoteSource(at, options);
    case 's3':
    case 'ssh':
    case 'sftp':
      return storeSource(at, options);
    default:
      throw sourceUnsupported(
        withoutSecrets(at),
        `'${scheme}://' is not supported`,
        'mount it (rclone, s3fs, sshfs) and give the path, or give an http(s) URL of it',
      );
  }
}

/** A URL that no remote declares: the settings are those of this machine. */
function storeSource(at: string, { rules, quick, env = process.env }: SourceOptions): DataSource {
  const [, top = '', key = ''] = /^([a-z0-9]+:\/\/[^/]*)\/*(.*?)\/*$/is.exec(at) ?? [];
  const shown = withoutSecrets(at);
  const open = async (onRetry?: (reason: string) => void): Promise<Remote> => {
    const kind = await loadKind(schemeOf(at), false);
    const url = schemeOf(at) === 's3' ? top : `${top}/`;
    return kind!.open({
      name: shown,
      declared: { url, folder: '/', place: () => undefined },
      secrets: () => undefined,
      env,
      undeclared: true,
      quick,
      permit: () => undefined,
      ...(onRetry && { onRetry }),
    });
  };
  return openRemoteSource({ open, key, shown, rules, explain: (error) => asSourceProblem(error, shown) });
}

function folderSource(path: string, shown: string, { rules, state }: SourceOptions): DataSource {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  // A hasher of its own: links inside of a folder are judged by this folder.
  const hasher = openHasher({
    root: path,
    rules,
    isData: () => true,
    ...(state !== undefined && { stateFile: join(state, 'sources', `${name}.db`) }),
  });
  return openFolderSource(path, shown, hasher);
}

/** `remote://NAME/PATH`: below the URL of a declared remote, with its credentials. */
function remoteSource(at: string, options: SourceOptions): DataSource {
  const { root, remotes, rules, env = process.env } = options;
  const [, asked = '', path = ''] = /^remote:\/\/([^/]*)\/*(.*?)\/*$/is.exec(at) ?? [];
  const name = chooseRemote(remotes, asked);
  const declared = remotes!.remotes.get(name)!;
  const { url = '', folder } = declared;
  refuseMisread(url);
  switch (schemeOf(url)) {
    case '': {
      const base = url.startsWith('~/') ? resolve(homedir(), url.slice(2)) : resolve(folder, url);
      return folderSource(join(base, path), at, options);
    }
    case 'file':
      return folderSource(join(fileURLToPath(parse(url)), path), at, options);
    case 'http':
    case 'https': {
      const target = parse(`${url.replace(/\/+$/, '')}/${path}`);
      const isDefault = (remotes!.remote ?? (remotes!.remotes.size === 1 ? name : undefined)) === name;
      const { headers, secret } = authorization(declared, secretsOf(name, declared, isDefault, env), target);
      if (secret) refuseUnnamedHost(target.origin, secret, { root, name, declared, isDefault, env });
      const written = withoutLogin(`${url.replace(/\/+$/, '')}/${path}`);
      return openHttpSource({ url: withoutCredentials(target), written, headers, quick: options.quick });
    }
    default:
      return openRemoteSource({
        open: (onRetry) =>
          openRemote(remotes!, name, { root, env, quick: options.quick, ...(onRetry && { onRetry }) }),
        key: path,
        shown: at,
        rules,
      });
  }
}

function withoutCredentials(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  return plain;
}

const withoutLogin = (url: string): string => url.replace(/^([^/]*\/\/)[^/?#]*@/, '$1');

function headersIn({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const text = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

function refuseMisread(url: string): void {
  if (isMisread(url)) throw sourceUnsupported(withoutSecrets(url), PASSWORD_AS_HOST, ENCODE_PASSWORD);
}

function parse(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new PipeError({
    code: 'source-unsupported',
    title: `'${withoutSecrets(url)}' is not a URL`,
    hint: 'correct it',
  });
}
