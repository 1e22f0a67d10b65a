// The files of a DVC repository that declare remotes: `.dvc/config`, `.dvc/config.local`, and the user's configuration of DVC.
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { shellQuote } from '../base/shell-quote.ts';
import type {
  RemoteChange,
  RemoteFile,
  RemoteFiles,
  WrittenRemotes,
} from '../pipeline/config/remote-files.ts';
import { readConfig } from '../pipeline/config/config.ts';
import { dvcRemotes } from './remotes.ts';
import { PipeError } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import { declareSection, removeSection, renameSection, setOption, unsetOption } from './config-text.ts';
import {
  dvcCacheConfig,
  dvcSystemConfigFile,
  dvcUserConfigFile,
  readDvcConfig,
  readDvcConfigText,
  type DvcConfig,
  type DvcOption,
} from './config.ts';
import { DVC_SECRETS, optionFault, PATH_OPTIONS, type OptionFault } from './remote-options.ts';

const SECTION = /^remote "(.*)"$/;
const sectionOf = (name: string): string => `remote "${name}"`;

/** @param root absolute root of the repository. */
export function dvcRemoteFiles(root: string): RemoteFiles {
  const paths: Readonly<Record<RemoteFile['level'], string>> = {
    system: dvcSystemConfigFile(),
    global: dvcUserConfigFile(),
    project: join(root, '.dvc/config'),
    local: join(root, '.dvc/config.local'),
  };
  const shown = (path: string): string => (path.startsWith(`${root}/`) ? relative(root, path) : path);
  const file = (level: RemoteFile['level']): RemoteFile =>
    makeFile(root, level, paths[level], shown(paths[level]));
  return {
    all: [file('system'), file('global'), file('project'), file('local')],
    // DVC reads all names in lower case.
    spelled: (name) => name.toLowerCase(),
    secrets: DVC_SECRETS,
    cacheDir: () => dvcCacheConfig(readDvcConfig(root)).dir,
    declared: () => dvcRemotes(readDvcConfig(root), readConfig(root, undefined, undefined).remotes),
    file,
  };
}

function makeFile(root: string, level: RemoteFile['level'], path: string, shown: string): RemoteFile {
  const folder = dirname(path);
  const read = (text: string): WrittenRemotes => {
    const config = readDvcConfigText(text, shown, path);
    const remote = config.get('core')?.get('remote')?.value.toLowerCase();
    const values = [...config].flatMap(([section, options]): [string, ReadonlyMap<string, string>][] => {
      const name = SECTION.exec(section)?.[1];
      const texts = [...options].map(([option, { value }]) => [option, value] as const);
      return name === undefined ? [] : [[name, new Map(texts)]];
    });
    return { remotes: new Map(values), ...(remote && { remote }) };
  };
  return {
    level,
    path,
    shown,
    read,
    edit(text, change) {
      read(text);
      refuseForeignLetters(change);
      const next = edited(text, change);
      refuseFaults(readDvcConfig(root, new Map([[path, next]])), change, shown);
      return next;
    },
    written(option, value) {
      if (!PATH_OPTIONS.has(option) || /^\w+:\/\//.test(value) || isAbsolute(value)) return value;
      return value === '~' || value.startsWith('~/') ? value : relative(folder, resolve(value)) || '.';
    },
    resolved(url) {
      if (/^\w+:\/\//.test(url)) return url;
      return url.startsWith('~/') ? join(homedir(), url.slice(2)) : resolve(folder, url);
    },
  };
}

/** @throws PipeError for what DVC can read, and fails to write: its next change would leave an empty file. */
function refuseForeignLetters(change: RemoteChange): void {
  if (writtenBy(change).every((text) => /^[\0-\x7f]*$/.test(text))) return;
  throw new PipeError({
    code: 'remote-option',
    title: 'DVC cannot write its configuration again with other letters than those of ASCII in it',
    hint: 'give another name, or a path without them; nothing was changed',
  });
}

function writtenBy(change: RemoteChange): readonly string[] {
  if (change.kind === 'declare') return [change.name, change.url];
  if (change.kind === 'set') return [change.value];
  return change.kind === 'rename' ? [change.to] : [];
}

function edited(text: string, change: RemoteChange): string {
  switch (change.kind) {
    case 'declare':
      return declareSection(text, sectionOf(change.name), 'url', change.url);
    case 'set':
      return setOption(text, sectionOf(change.name), change.option.toLowerCase(), change.value);
    case 'unset':
      return unsetOption(text, sectionOf(change.name), change.option.toLowerCase());
    case 'remove':
      return removeSection(text, sectionOf(change.name));
    case 'rename':
      return renameSection(text, sectionOf(change.name), sectionOf(change.to));
    case 'default':
      return change.name === undefined
        ? unsetOption(text, 'core', 'remote')
        : setOption(text, 'core', 'remote', change.name);
  }
}

/** @param config of all files, after the change. @throws PipeError for what DVC would refuse from then on. */
function refuseFaults(config: DvcConfig, change: RemoteChange, file: string): void {
  if (change.kind === 'default') return;
  const name = change.kind === 'rename' ? change.to : change.name;
  refuseOptions(name, config.get(sectionOf(name)), file);
  // Other files may have options of a remote that is gone here.
  if (change.kind === 'rename') refuseOptions(change.name, config.get(sectionOf(change.name)), file);
}

function refuseOptions(
  name: string,
  options: ReadonlyMap<string, DvcOption> | undefined,
  file: string,
): void {
  if (!options) return;
  const [first] = [...options.values()].filter(({ place }) => place.file !== file);
  const url = options.get('url')?.value;
  if (url === undefined)
    throw new PipeError({
      code: 'remote-option',
      title: `the remote '${name}' would have options and no URL, which DVC refuses`,
      hint:
        first === undefined
          ? `remove the whole remote (\`pipe remote remove ${shellQuote(name)}\`); nothing was changed`
          : `remove its options first from ${first.place.file}; nothing was changed`,
    });
  for (const [option, { value, place }] of options) {
    const fault = optionFault(url, option, value);
    if (fault) throw refusedOption(fault, option, url, place.file === file ? undefined : place.file);
  }
}

/** @param elsewhere the other file that has the option. */
function refusedOption(
  fault: OptionFault,
  option: string,
  url: string,
  elsewhere: string | undefined,
): PipeError {
  const wrong = fault.kind === 'scheme' ? fault.scheme : option;
  const hint =
    option === 'rclone'
      ? 'write it to cache/config.yaml, which DVC does not read: `remotes: {REMOTE: {rclone: NAME}}`'
      : fault.kind === 'value'
        ? 'give another value'
        : (didYouMean(wrong, fault.known) ?? `possible here: ${fault.known.join(', ')}`);
  return new PipeError({
    code: 'remote-option',
    title: faultText(fault, option, url) + (elsewhere === undefined ? '' : ` (it is set in ${elsewhere})`),
    hint: `${hint}; nothing was changed`,
  });
}

function faultText(fault: OptionFault, option: string, url: string): string {
  switch (fault.kind) {
    case 'scheme':
      return `DVC knows no remotes with \`${fault.scheme}://\``;
    case 'unknown':
      return `DVC knows no option '${option}' for a remote ${url === '' ? 'that is a folder' : `with the URL ${url}`}`;
    case 'value':
      return `'${option}' has to be ${fault.expected}`;
  }
}
