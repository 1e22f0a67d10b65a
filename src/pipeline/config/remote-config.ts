// The declared remotes: those of the user's own configuration, overridden by `config.remotes` of the pipeline file, overridden by
// `cache/config.yaml`. The pipeline file must not contain secrets. URLs are interpreted when a remote is opened.
import { PipeError, withoutText, type Place, type Problem } from '../../base/problem.ts';
import { isMap, isScalar, spellScalar } from '../../base/spelling.ts';
import { secretIn } from '../../base/url-secrets.ts';
import type { Value, ValueMap, ValuePath } from '../../base/value.ts';
import type { YamlSource } from '../../yaml/yaml-source.ts';

/** One remote as declared. */
export interface RemoteConfig {
  readonly url?: string;
  /** Absolute path of the file of this machine that has the URL; undefined where the repository has it. */
  readonly urlFile?: string;
  /** Its secrets are the user's, for whatever project has a remote of this name: they were not meant for this server. */
  readonly usersSecrets?: true;
  /** Absolute folder that a relative `url` starts from. */
  readonly folder: string;
  /** The HTTP method of uploads; default PUT. */
  readonly method?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** The header that carries the password, instead of basic authentication. */
  readonly header?: string;
  /** Signs the records of earlier runs that are shared. */
  readonly key?: string;
  /** Accept unsigned records of earlier runs, from any writer. */
  readonly trust?: boolean;
  readonly readOnly?: boolean;
  /** The further options of its kind, under DVC's names. */
  readonly options?: ReadonlyMap<string, RemoteOption>;
  /** A DVC option that stores objects in a form which is not supported here. */
  readonly foreign?: string;
  /** Where it is declared. */
  readonly place: () => Place | undefined;
}

export interface RemoteOption {
  readonly value: string;
  /** Absolute folder that a path in it is relative to. */
  readonly folder: string;
  /** It comes from a file that git shares. */
  readonly shared: boolean;
  readonly place: () => Place | undefined;
}

export interface RemotesConfig {
  readonly remotes: ReadonlyMap<string, RemoteConfig>;
  /** The name of the default remote. */
  readonly remote?: string;
}

/** Options of kinds of remotes that must not be in a file that git shares. */
export const SECRET_OPTIONS: ReadonlySet<string> = new Set([
  'secret_access_key',
  'session_token',
  'sse_customer_key',
  'passphrase',
]);

/** Options that must not be in a file that git shares. */
export const SECRETS: readonly string[] = ['password', 'token', 'key', ...SECRET_OPTIONS];
interface UrlOption {
  readonly shown: string;
  /** The options that say what a user name and a password in the URL say. */
  readonly user: string;
  readonly password: string;
}

/** Options that are URLs, in which no secret may be either. */
const URL_OPTIONS: ReadonlyMap<string, UrlOption> = new Map([
  ['url', { shown: 'URL', user: 'user', password: 'password' }],
  ['endpointurl', { shown: 'endpointurl', user: 'access_key_id', password: 'secret_access_key' }],
]);

/** @param option in lower or upper case. */
export const urlOption = (option: string): UrlOption | undefined => URL_OPTIONS.get(option.toLowerCase());

const TEXTS = ['url', 'method', 'user', 'password', 'token', 'key'] as const;

/** The `config` of one of the two files; it was checked. */
export interface DeclaredConfig {
  readonly config: Value | undefined;
  readonly source: Pick<YamlSource, 'place'> | undefined;
  /** The path of `config` in the source. */
  readonly path: ValuePath;
  /** Absolute path of a file that is this machine's own; the pipeline file has none here. */
  readonly file?: string;
  /** It is the user's, for all projects. */
  readonly isUsers?: true;
}

/**
 * @param root absolute root of the project; @param files the later overrides the earlier.
 * @throws PipeError for secrets in the pipeline file, which is public.
 */
export function readRemotes(root: string, files: readonly DeclaredConfig[]): RemotesConfig | undefined {
  const remotes = new Map<string, RemoteConfig>();
  for (const declaredIn of files) {
    const { config, source, path, file, isUsers } = declaredIn;
    if (file === undefined) refuseSecrets(declaredIn);
    for (const [name, declared] of remotesIn(config)) {
      const place = (): Place | undefined => source?.place([...path, 'remotes', name], 'key');
      const read = readRemote(declared);
      const before = remotes.get(name);
      // A URL of the repository replaces the user's, and with it where it is from.
      const { urlFile, ...others } = before ?? {};
      const urlFrom = read.url === undefined ? urlFile : file;
      const hasSecrets = SECRETS.some((key) => declared.has(key));
      const own = optionsIn(declared, (key, value): RemoteOption => ({
        value,
        folder: root,
        shared: file === undefined,
        place: () => source?.place([...path, 'remotes', name, key], 'key'),
      }));
      remotes.set(name, {
        folder: root,
        place,
        ...others,
        ...read,
        ...(read.url !== undefined && { place }),
        ...(urlFrom !== undefined && { urlFile: urlFrom }),
        ...(isUsers && hasSecrets && { usersSecrets: true }),
        ...mergedOptions(before?.options, own),
      });
    }
  }
  const remote = files.map(({ config }) => defaultIn(config)).findLast((name) => name !== undefined);
  if (remotes.size === 0 && remote === undefined) return undefined;
  return { remotes, ...(remote !== undefined && { remote }) };
}

function remotesIn(config: Value | undefined): readonly (readonly [string, ValueMap])[] {
  const remotes = isMap(config) ? config.get('remotes') : undefined;
  if (!isMap(remotes)) return [];
  return [...remotes].flatMap(([name, declared]) => (isMap(declared) ? [[String(name), declared]] : []));
}

function defaultIn(config: Value | undefined): string | undefined {
  const name = isMap(config) ? config.get('remote') : undefined;
  return typeof name === 'string' ? name : undefined;
}

function readRemote(declared: ValueMap): Partial<RemoteConfig> {
  const texts = TEXTS.flatMap((key) => {
    const value = declared.get(key);
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  const trust = declared.get('trust');
  return { ...Object.fromEntries(texts), ...(typeof trust === 'boolean' && { trust }) };
}

/** Whatever has no field of its own; the schema knows which there are. */
function optionsIn(
  declared: ValueMap,
  option: (key: string, value: string) => RemoteOption,
): ReadonlyMap<string, RemoteOption> {
  const known: ReadonlySet<string> = new Set([...TEXTS, 'trust']);
  return new Map(
    [...declared].flatMap(([name, value]) => {
      const key = String(name);
      const text = isScalar(value) ? spellScalar(value) : '';
      return known.has(key) ? [] : [[key, option(key, text)]];
    }),
  );
}

/** No field where there are none. */
export function mergedOptions(
  under: ReadonlyMap<string, RemoteOption> | undefined,
  over: ReadonlyMap<string, RemoteOption> | undefined,
): Pick<RemoteConfig, 'options'> {
  const options = new Map([...(under ?? []), ...(over ?? [])]);
  return options.size > 0 ? { options } : {};
}

function refuseSecrets({ config, source, path }: DeclaredConfig): void {
  const problems = remotesIn(config).flatMap(([name, declared]): Problem[] => {
    const at = (key: string, what: string, instead: string): Problem => ({
      code: 'remote-secret',
      title: `the remote '${name}' has a ${what} in a file that is committed`,
      hint: `put it into cache/config.yaml (\`remotes: {${name}: {${instead}: …}}\`), or into the environment`,
      ...(source && { place: withoutText(source.place([...path, 'remotes', name, key], 'key')) }),
    });
    const secret = SECRETS.filter((key) => declared.has(key)).map((key) => at(key, key, key));
    const inUrls = [...URL_OPTIONS].flatMap(([key, { shown, user, password }]) => {
      const url = declared.get(key);
      const found = typeof url === 'string' ? secretIn(url) : undefined;
      if (found === undefined) return [];
      const instead = found === 'password' ? `${user}: …, ${password}` : key;
      return [at(key, `${found} in its ${shown}`, instead)];
    });
    return [...secret, ...inUrls];
  });
  if (problems.length > 0) throw new PipeError(problems);
}
