// The remotes of a DVC repository: the sections `['remote "name"']` of its configuration, and `core.remote`.
import { basename, isAbsolute, join } from 'node:path';
import { PipeError, withoutText } from '../base/problem.ts';
import type { DvcConfig, DvcOption } from './config.ts';
import {
  mergedOptions,
  SECRET_OPTIONS,
  type RemoteConfig,
  type RemoteOption,
  type RemotesConfig,
} from '../pipeline/config/remote-config.ts';

const COMMITTED = '.dvc/config';

/** Options with which a remote holds files in another form. */
const FOREIGN = ['version_aware', 'worktree'];
const OF_EVERY_KIND: ReadonlySet<string> = new Set(
  FOREIGN.concat('url', 'auth', 'method', 'password', 'custom_auth_header', 'read_only'),
);

/**
 * @param over of `cache/config.yaml`, which can set what DVC has no option for.
 * @throws PipeError for a password in `.dvc/config`, which is committed.
 */
export function dvcRemotes(config: DvcConfig, over: RemotesConfig | undefined): RemotesConfig {
  const remotes = new Map<string, RemoteConfig>();
  for (const [section, options] of config) {
    const name = /^remote "(.*)"$/.exec(section)?.[1];
    if (name !== undefined) remotes.set(name, readRemote(name, options));
  }
  for (const [name, { place, ...own }] of over?.remotes ?? []) {
    const known = remotes.get(name.toLowerCase());
    const { folder, ...added } = own;
    const options = mergedOptions(known?.options, own.options);
    remotes.set(name.toLowerCase(), { ...(known ?? { folder, place }), ...added, ...options });
  }
  const remote = over?.remote ?? config.get('core')?.get('remote')?.value;
  // DVC reads its file with all names in lower case.
  return { remotes, ...(remote && { remote: remote.toLowerCase() }) };
}

function readRemote(name: string, options: ReadonlyMap<string, DvcOption>): RemoteConfig {
  const text = (option: string): string | undefined => options.get(option)?.value || undefined;
  const url = options.get('url');
  const isOn = (option: string): boolean => text(option)?.toLowerCase() === 'true';
  refusePassword(name, options.get('password'));
  const auth = text('auth')?.toLowerCase();
  const [user, password, header] = [text('user'), text('password'), text('custom_auth_header')];
  // Where a server of HTTP wants to know how.
  const isPlain = !/^https?:/i.test(url?.value ?? '');
  const foreign = FOREIGN.find(isOn) ?? (auth === 'digest' ? 'auth = digest' : undefined);
  return {
    ...(url && { url: url.value }),
    // Whatever is not committed is the user's own: config.local, the user's and the system's configuration.
    ...(url && url.place.file !== COMMITTED && { urlFile: join(url.folder, basename(url.place.file)) }),
    folder: url?.folder ?? '/',
    // DVC's own default.
    method: text('method')?.toUpperCase() ?? 'POST',
    ...((auth === 'basic' || isPlain) && user !== undefined && { user }),
    ...(auth === 'custom' && header !== undefined && { header }),
    ...((auth !== undefined || isPlain) && password !== undefined && { password }),
    // The user's and the system's configuration hold for all repositories.
    ...([...options].some(isUsersSecret) && { usersSecrets: true as const }),
    ...(isOn('read_only') && { readOnly: true }),
    ...(foreign !== undefined && { foreign }),
    ...mergedOptions(undefined, optionsOf(options)),
    place: () => url?.place,
  };
}

const isUsersSecret = ([option, { place }]: readonly [string, DvcOption]): boolean =>
  (option === 'password' || SECRET_OPTIONS.has(option)) && isAbsolute(place.file);

/** Those that are read above are not among them. */
function optionsOf(options: ReadonlyMap<string, DvcOption>): ReadonlyMap<string, RemoteOption> {
  const others = [...options].filter(([option, { value }]) => !OF_EVERY_KIND.has(option) && value !== '');
  return new Map(
    others.map(([option, { value, folder, place }]) => [
      option,
      { value, folder, shared: place.file === COMMITTED, place: () => place },
    ]),
  );
}

function refusePassword(name: string, password: DvcOption | undefined): void {
  if (password?.place.file !== COMMITTED) return;
  throw new PipeError({
    code: 'remote-secret',
    title: `the remote '${name}' has its password in a file that is committed`,
    hint: `move it with \`pipe remote modify --local ${name} password -\`, and replace it by a new one`,
    place: withoutText(password.place),
  });
}
