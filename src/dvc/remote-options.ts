// The options of remotes that DVC knows, by the scheme of the URL: DVC refuses its whole configuration where one is unknown or has a
// wrong value.

type Kind = 'text' | 'bool' | 'count' | 'number' | readonly string[];
type Options = Readonly<Record<string, Kind>>;

const texts = (...names: readonly string[]): Options =>
  Object.fromEntries(names.map((name) => [name, 'text']));
const bools = (...names: readonly string[]): Options =>
  Object.fromEntries(names.map((name) => [name, 'bool']));
const counts = (...names: readonly string[]): Options =>
  Object.fromEntries(names.map((name) => [name, 'count']));

const COMMON: Options = {
  ...texts('url'),
  ...counts('checksum_jobs', 'jobs'),
  ...bools('worktree', 'no_traverse', 'version_aware'),
};
const FOLDER: Options = {
  ...texts('type'),
  ...bools('protected', 'slow_link_warning', 'verify'),
  shared: ['group'],
};
const HTTP: Options = {
  auth: ['basic', 'digest', 'custom'],
  ...texts('custom_auth_header', 'user', 'password', 'ssl_verify', 'method'),
  ...bools('ask_password', 'verify'),
  connect_timeout: 'number',
  read_timeout: 'number',
};
const WEBDAV: Options = {
  ...texts('user', 'password', 'token', 'bearer_token_command', 'custom_auth_header'),
  ...texts('cert_path', 'key_path', 'ssl_verify'),
  ...bools('ask_password', 'verify'),
  ...counts('timeout'),
};
const SCHEMES: Readonly<Record<string, Options>> = {
  '': FOLDER,
  http: HTTP,
  https: HTTP,
  webdav: WEBDAV,
  webdavs: WEBDAV,
  s3: {
    ...texts('region', 'profile', 'credentialpath', 'configpath', 'endpointurl', 'access_key_id'),
    ...texts('secret_access_key', 'session_token', 'ssl_verify', 'sse', 'sse_kms_key_id'),
    ...texts('sse_customer_algorithm', 'sse_customer_key', 'acl', 'grant_read', 'grant_read_acp'),
    ...texts('grant_write_acp', 'grant_full_control'),
    ...bools('listobjects', 'use_ssl', 'allow_anonymous_login', 'verify'),
    ...counts('read_timeout', 'connect_timeout'),
  },
  gs: {
    ...texts('projectname', 'credentialpath', 'endpointurl'),
    ...bools('verify', 'allow_anonymous_login'),
  },
  ssh: {
    ...texts('type', 'user', 'password', 'passphrase', 'keyfile'),
    ...bools('ask_password', 'ask_passphrase', 'gss_auth', 'allow_agent', 'verify'),
    ...counts('port', 'timeout', 'max_sessions'),
  },
  hdfs: texts('user', 'kerb_ticket'),
  webhdfs: {
    ...texts('kerberos_principal', 'proxy_to', 'ssl_verify', 'token', 'user', 'password'),
    ...texts('data_proxy_target'),
    ...bools('kerberos', 'use_https', 'verify'),
  },
  azure: {
    ...texts('connection_string', 'sas_token', 'account_name', 'account_key', 'tenant_id', 'client_id'),
    ...texts('client_secret'),
    ...bools('allow_anonymous_login', 'exclude_environment_credential', 'verify'),
    ...bools('exclude_visual_studio_code_credential', 'exclude_shared_token_cache_credential'),
    ...bools('exclude_managed_identity_credential'),
    ...counts('timeout', 'read_timeout', 'connection_timeout'),
  },
  oss: { ...texts('oss_key_id', 'oss_key_secret', 'oss_endpoint'), ...bools('verify') },
  gdrive: {
    ...texts('profile', 'gdrive_client_id', 'gdrive_client_secret', 'gdrive_user_credentials_file'),
    ...texts('gdrive_service_account_user_email', 'gdrive_service_account_json_file_path'),
    ...bools('gdrive_use_service_account', 'gdrive_trash_only', 'gdrive_acknowledge_abuse', 'verify'),
  },
};

/** Paths, which are relative to the folder of the file. */
export const PATH_OPTIONS: ReadonlySet<string> = new Set([
  'url',
  'gdrive_user_credentials_file',
  'gdrive_service_account_json_file_path',
  'credentialpath',
  'configpath',
  'keyfile',
  'cert_path',
  'key_path',
]);

/** What must not be in a file that git shares. */
export const DVC_SECRETS: readonly string[] = [
  'password',
  'passphrase',
  'token',
  'secret_access_key',
  'session_token',
  'sse_customer_key',
  'connection_string',
  'sas_token',
  'account_key',
  'client_secret',
  'oss_key_secret',
  'gdrive_client_secret',
];

export type OptionFault =
  | { readonly kind: 'scheme'; readonly scheme: string; readonly known: readonly string[] }
  | { readonly kind: 'unknown'; readonly known: readonly string[] }
  | { readonly kind: 'value'; readonly expected: string };

/** @param url of the remote, or of the one that it is below (`remote://NAME/…`); @returns undefined for what DVC accepts. */
export function optionFault(url: string, option: string, value: string): OptionFault | undefined {
  const scheme = /^([\w+.-]+):\/\/[^/]/.exec(url)?.[1]?.toLowerCase() ?? '';
  if (scheme === 'remote') return undefined;
  const own = SCHEMES[scheme];
  if (!own) return { kind: 'scheme', scheme, known: Object.keys(SCHEMES).filter((known) => known !== '') };
  const options = { ...COMMON, ...own };
  const kind = Object.hasOwn(options, option) ? options[option] : undefined;
  if (kind === undefined) return { kind: 'unknown', known: Object.keys(options) };
  const expected = expectedOf(kind, value);
  return expected === undefined ? undefined : { kind: 'value', expected };
}

function expectedOf(kind: Kind, value: string): string | undefined {
  if (kind === 'text') return undefined;
  if (kind === 'bool') return /^(?:true|false)$/i.test(value) ? undefined : 'true or false';
  if (kind === 'count') return /^[1-9]\d*$/.test(value) ? undefined : 'a whole number above 0';
  if (kind === 'number') return /^\d+(?:\.\d+)?$/.test(value) ? undefined : 'a number of seconds';
  return kind.includes(value.toLowerCase()) ? undefined : kind.join(' or ');
}
