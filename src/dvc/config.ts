// DVC's configuration of a repository, from `.dvc/config.local`, `.dvc/config`, the user's and the system's config; the earlier file
// wins. Reads the INI dialect that DVC writes (ConfigObj's).
import { homedir, platform } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { errno, PipeError, type Place } from '../base/problem.ts';
import { decode } from '../yaml/read-text.ts';
import type { ProjectConfig } from '../pipeline/config/project-config.ts';
import { readFileSync } from '../disk/witnessed-fs.ts';

/** Options by section, names in lower case; sections of remotes are spelled `remote "name"`; lists are joined by commas. */
export type DvcConfig = ReadonlyMap<string, ReadonlyMap<string, DvcOption>>;

export interface DvcOption {
  readonly value: string;
  readonly place: Place;
  /** Absolute folder that paths are relative to. */
  readonly folder: string;
}

/**
 * @param root absolute root of the repository; @param drafts texts in place of files, by absolute path.
 * @throws PipeError for a file that cannot be read or understood.
 */
export function readDvcConfig(root: string, drafts?: ReadonlyMap<string, string>): DvcConfig {
  const config = new Map<string, Map<string, DvcOption>>();
  for (const file of [...userConfigFiles(), join(root, '.dvc/config'), join(root, '.dvc/config.local')])
    mergeIni(
      drafts?.get(file) ?? readText(file),
      file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file,
      file,
      config,
    );
  return config;
}

/** One file alone. @param shown its name in messages; @param path absolute. @throws PipeError */
export function readDvcConfigText(text: string, shown: string, path: string): DvcConfig {
  const config = new Map<string, Map<string, DvcOption>>();
  mergeIni(text, shown, path, config);
  return config;
}

/** Absolute paths of DVC's configuration of the machine, and of the user. */
export const dvcSystemConfigFile = (): string => userConfigFiles()[0];
export const dvcUserConfigFile = (): string => userConfigFiles()[1];

/** The system's and the user's, at the paths that DVC gets from the library `platformdirs`. */
function userConfigFiles(): readonly [system: string, user: string] {
  const { env } = process;
  const mac = platform() === 'darwin';
  const support = 'Library/Application Support/dvc';
  const system = mac ? `/${support}` : join((env['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':', 1)[0]!, 'dvc');
  const user = mac
    ? join(homedir(), support)
    : join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'dvc');
  return [
    join(env['DVC_SYSTEM_CONFIG_DIR'] || system, 'config'),
    join(env['DVC_GLOBAL_CONFIG_DIR'] || user, 'config'),
  ];
}

function readText(path: string): string {
  try {
    return decode(readFileSync(path), path, 'bad-dvc-config');
  } catch (error) {
    if (error instanceof PipeError) throw error;
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return '';
    throw new PipeError({
      code: 'bad-dvc-config',
      title: `cannot read DVC's configuration (${errno(error)})`,
      place: { file: path },
    });
  }
}

function mergeIni(
  text: string,
  shown: string,
  path: string,
  config: Map<string, Map<string, DvcOption>>,
): void {
  let section = new Map<string, DvcOption>();
  let isRemote = false;
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    // Lines about remotes can have secrets, under a misspelled key too.
    const place: Place = { file: shown, line: index + 1, column: 1, ...(!isRemote && { source: line }) };
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const header = /^\[\s*(?:"(.*)"|'(.*)'|([^'"\s].*?))\s*\](?:\s*#.*)?$/.exec(trimmed);
    if (header) {
      const name = (header[1] ?? header[2] ?? header[3]!).toLowerCase();
      section = config.get(name) ?? new Map<string, DvcOption>();
      config.set(name, section);
      isRemote = /^remote\b/.test(name);
      continue;
    }
    const option = /^(?:"(.*?)"|'(.*?)'|([^'"=\s][^=]*?))\s*=\s*(.*)$/.exec(trimmed);
    if (!option) throw invalid('neither a section nor an option', place);
    const name = (option[1] ?? option[2] ?? option[3]!).toLowerCase();
    section.set(name, { value: readValue(option[4]!, place), place, folder: dirname(path) });
  }
}

/** A value, quoted or not, or several with commas between; a comment may follow. */
function readValue(text: string, place: Place): string {
  const triple = /^('''|""")(.*?)\1\s*(?:#.*)?$/.exec(text);
  if (triple) return triple[2]!;
  const values: string[] = [];
  for (let rest = text; ;) {
    const [whole, double, single, bare] = /^\s*(?:"([^"]*)"|'([^']*)'|([^'",#]?[^,#]*))\s*/.exec(rest)!;
    values.push(double ?? single ?? bare?.trim() ?? '');
    rest = rest.slice(whole.length);
    if (rest === '' || rest.startsWith('#')) return values.filter((value) => value !== '').join(',');
    if (!rest.startsWith(',')) throw invalid('a value with text after its quotes', place);
    rest = rest.slice(1);
  }
}

function invalid(what: string, place: Place): PipeError {
  return new PipeError({
    code: 'bad-dvc-config',
    title: `DVC's configuration has ${what} here`,
    hint: 'correct the line, or let `dvc config` write it',
    place,
  });
}

/** Whether an option is on. */
export function isOn(config: DvcConfig, section: string, option: string): boolean {
  return config.get(section)?.get(option)?.value.toLowerCase() === 'true';
}

const LINKS = ['reflink', 'hardlink', 'symlink', 'copy'] as const;

/** Where the cache is and how outputs are linked to it, if that is set. @throws PipeError for unknown kinds of links. */
export function dvcCacheConfig(config: DvcConfig): NonNullable<ProjectConfig['cache']> {
  const cache = config.get('cache');
  const dir = cache?.get('dir');
  const type = cache?.get('type');
  const links = type?.value
    .split(',')
    .map((kind) => kind.trim())
    .map((kind) => LINKS.find((known) => known === kind) ?? refuseLink(kind, type.place));
  return {
    ...(dir && { dir: resolveIn(dir) }),
    ...(links && { links }),
    ...(cache?.get('shared')?.value.toLowerCase() === 'group' && { shared: true as const }),
  };
}

function resolveIn({ value, folder }: DvcOption): string {
  if (isAbsolute(value)) return value;
  return value.startsWith('~/') ? join(homedir(), value.slice(2)) : resolve(folder, value);
}

function refuseLink(kind: string, place: Place): never {
  throw new PipeError({
    code: 'bad-dvc-config',
    title: `DVC's configuration has '${kind}' as a cache type`,
    facts: [['expected', LINKS.join(', ')]],
    place,
  });
}
