// The files of AWS' own tools: settings and credentials by profile.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { errno, PipeError } from '../../../base/problem.ts';
import type { Environment } from '../credentials.ts';

export interface AwsFilesOptions {
  readonly env: Environment;
  /** As declared for the remote; absolute paths. */
  readonly configPath?: string | undefined;
  readonly credentialPath?: string | undefined;
  readonly profile?: string | undefined;
}

export interface AwsProfile {
  /** Undefined where none is named: it is `default` then, which need not exist. */
  readonly named: string | undefined;
  /** Absolute paths of the two files. */
  readonly configFile: string;
  readonly credentialFile: string;
  /** A value from either file, that with the credentials first; undefined where it is not set. */
  get(key: string): string | undefined;
  /** A value from the file with the credentials alone. */
  inCredentials(key: string): string | undefined;
  /** A value of another profile of the same files. */
  of(profile: string, key: string): string | undefined;
  /** A value of a group inside the profile, such as `addressing_style` of `s3`. */
  nested(group: string, key: string): string | undefined;
  /** A value of the section `[services NAME]` that the profile names, for the service s3. */
  service(key: string): string | undefined;
}

type Section = ReadonlyMap<string, string>;
type Sections = ReadonlyMap<string, Section>;

/** @throws PipeError for a profile that does not exist, or a file that cannot be read. */
export function readAwsProfile(options: AwsFilesOptions): AwsProfile {
  const { env } = options;
  const home = env['HOME'] || homedir();
  const inHome = (path: string): string =>
    path.startsWith('~/') ? join(home, path.slice(2)) : resolve(path);
  const configFile = options.configPath ?? inHome(env['AWS_CONFIG_FILE'] || '~/.aws/config');
  const credentialFile =
    options.credentialPath ?? inHome(env['AWS_SHARED_CREDENTIALS_FILE'] || '~/.aws/credentials');
  const config = readSections(configFile, options.configPath !== undefined);
  const credentials = readSections(credentialFile, options.credentialPath !== undefined);
  const named = options.profile || env['AWS_PROFILE'] || env['AWS_DEFAULT_PROFILE'] || undefined;
  const name = named ?? 'default';
  const settingsOf = (profile: string): Section | undefined =>
    config.get(`profile ${profile}`) ?? (profile === 'default' ? config.get('default') : undefined);
  const keysOf = (profile: string): Section | undefined =>
    credentials.get(profile) ?? credentials.get(`profile ${profile}`);
  const [settings, keys] = [settingsOf(name), keysOf(name)];
  if (named !== undefined && named !== 'default' && !settings && !keys)
    throw unknownProfile(named, configFile, [...config.keys(), ...credentials.keys()]);
  const get = (key: string): string | undefined => keys?.get(key) ?? settings?.get(key);
  const services = config.get(`services ${get('services') ?? ''}`);
  return {
    named,
    configFile,
    credentialFile,
    get,
    inCredentials: (key) => keys?.get(key),
    of: (profile, key) => keysOf(profile)?.get(key) ?? settingsOf(profile)?.get(key),
    nested: (group, key) => settings?.get(`${group}.${key}`),
    service: (key) => services?.get(`s3.${key}`),
  };
}

/** @param required the user named the file. */
function readSections(path: string, required: boolean): Sections {
  try {
    return parseSections(readFileSync(path, 'utf8'));
  } catch (error) {
    const absent = ['ENOENT', 'ENOTDIR'].includes(errno(error) ?? '');
    if (absent && !required) return new Map();
    throw new PipeError({
      code: 'remote-credentials',
      title: `the file '${path}' of AWS settings cannot be read (${errno(error)})`,
      hint: 'correct the path, or the permissions of the file',
    });
  }
}

/** Indented lines belong to the setting above them, which is a group then. */
export function parseSections(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  let group: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line);
    if (header) {
      const name = header[1]!.replaceAll(/\s+/g, ' ').replaceAll('"', '');
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      group = undefined;
      continue;
    }
    const [, indent, key, value] = /^(\s*)([^=:\s][^=]*?)\s*=\s*(.*?)\s*(?:\s[#;].*)?$/.exec(line) ?? [];
    if (key === undefined) continue;
    const isInside = indent !== '' && group !== undefined;
    if (!isInside) group = value === '' ? key.toLowerCase() : undefined;
    section.set(isInside ? `${group}.${key.toLowerCase()}` : key.toLowerCase(), value!);
  }
  return sections;
}

function unknownProfile(profile: string, file: string, sections: readonly string[]): PipeError {
  const names = new Set(
    sections
      .filter((name) => !/^(services|sso-session) /.test(name))
      .map((name) => name.replace(/^profile /, '')),
  );
  return new PipeError({
    code: 'remote-credentials',
    title: `the AWS files have no profile '${profile}'`,
    facts: [['file', file], ...(names.size > 0 ? [['profiles', [...names].join(', ')] as const] : [])],
    hint: 'correct `profile:` of the remote or AWS_PROFILE, or run `aws configure`',
  });
}
