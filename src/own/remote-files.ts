// The files of a project of our own that declare remotes: pipeline.yaml, `cache/config.yaml`, and the user's configuration.
import { homedir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { MACHINE_CONFIG, readConfig, userConfigFile } from '../pipeline/config/config.ts';
import type { ProjectConfig } from '../pipeline/config/project-config.ts';
import { SECRETS } from '../pipeline/config/remote-config.ts';
import type {
  Level,
  RemoteChange,
  RemoteFile,
  RemoteFiles,
  WrittenRemotes,
} from '../pipeline/config/remote-files.ts';
import { renameKey, setValue } from '../pipeline/edit/set-value.ts';
import { readPipelineText } from '../pipeline/pipeline-file.ts';
import { formatOf } from '../pipeline/format/format-of.ts';
import { validateFile, validatePipeline } from '../pipeline/format/validate.ts';
import { PipeError, withoutLines, type Problem } from '../base/problem.ts';
import { existsSync } from '../disk/witnessed-fs.ts';
import { withNewlines } from '../yaml/read-text.ts';
import { isMap, isScalar, spellScalar } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import type { Plain } from '../yaml/write-entry.ts';

/** Paths, which are relative to the root of the project. */
const PATH_OPTIONS: ReadonlySet<string> = new Set(['url', 'credentialpath', 'configpath', 'keyfile']);

/** @param root absolute root of the project; @param pipelineFile name of its pipeline file. */
export function ownRemoteFiles(root: string, pipelineFile: string): RemoteFiles {
  const paths: Readonly<Record<Level, string>> = {
    project: join(root, pipelineFile),
    local: join(root, MACHINE_CONFIG),
    global: userConfigFile(),
  };
  const file = (level: Level): RemoteFile =>
    makeFile(level, paths[level], level === 'global' ? paths.global : relative(root, paths[level]), root);
  return {
    all: [file('global'), file('project'), file('local')],
    spelled: (name) => name,
    secrets: SECRETS,
    declared: () => configIn(root, paths.project, pipelineFile).remotes,
    cacheDir: () => configIn(root, paths.project, pipelineFile).cache?.dir,
    file,
  };
}

function configIn(root: string, path: string, file: string): ProjectConfig {
  const source = existsSync(path) ? readYaml(withNewlines(readPipelineText(path, file)), file) : undefined;
  const config = isMap(source?.value) ? source.value.get('config') : undefined;
  const problems = source && source.value !== null ? validatePipeline(source, formatOf(file)) : [];
  if (problems.length > 0) throw new PipeError(problems);
  return readConfig(root, config, source, userConfigFile());
}

function makeFile(level: Level, path: string, shown: string, root: string): RemoteFile {
  const prefix = level === 'project' ? ['config'] : [];
  return {
    level,
    path,
    shown,
    read: (text) =>
      level === 'project' ? read(text, shown, prefix) : withoutLines(() => read(text, shown, prefix)),
    edit(text, change) {
      const changed = candidates(text, shown, prefix, change).map((next) => ({
        next,
        problems: problemsOf(next, shown, level),
      }));
      const valid = changed.find(({ problems }) => problems.length === 0);
      if (valid) return valid.next;
      throw new PipeError(changed[0]!.problems.map(withoutPlace));
    },
    written(option, value) {
      if (!PATH_OPTIONS.has(option) || /^[a-z][a-z0-9+.-]*:\/\//i.test(value) || isAbsolute(value))
        return value;
      if (value === '~' || value.startsWith('~/')) return value;
      // One file for all projects cannot have a path of one of them.
      const absolute = resolve(value);
      return level === 'global' ? absolute : relative(root, absolute) || '.';
    },
    resolved: (url) =>
      /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
        ? url
        : url.startsWith('~/')
          ? join(homedir(), url.slice(2))
          : resolve(root, url),
  };
}

function read(text: string, file: string, prefix: readonly string[]): WrittenRemotes {
  const at = (value: Value, key: string): Value => (isMap(value) ? (value.get(key) ?? null) : null);
  const config = prefix.reduce(at, readYaml(text, file).value);
  const remotes = at(config, 'remotes');
  const remote = at(config, 'remote');
  const options = (declared: Value): ReadonlyMap<string, string> =>
    new Map(
      [...(isMap(declared) ? declared : [])].flatMap(([key, value]) =>
        isScalar(value) ? [[spellScalar(key), spellScalar(value)]] : [],
      ),
    );
  return {
    remotes: new Map(
      [...(isMap(remotes) ? remotes : [])].map(([name, declared]) => [spellScalar(name), options(declared)]),
    ),
    ...(typeof remote === 'string' && { remote }),
  };
}

/** The texts that a change can lead to: the type of an option is the one that is valid. */
function candidates(
  text: string,
  file: string,
  prefix: readonly string[],
  change: RemoteChange,
): readonly string[] {
  const set = (path: readonly string[], value: Plain | undefined): string =>
    setValue(text, file, [...prefix, ...path], value);
  switch (change.kind) {
    case 'declare':
      return [set(['remotes', change.name], { url: change.url })];
    case 'set':
      return typesOf(change.value).map((value) => set(['remotes', change.name, change.option], value));
    case 'unset':
      return [set(['remotes', change.name, change.option], undefined)];
    case 'remove':
      return [set(['remotes', change.name], undefined)];
    case 'rename':
      return [renameKey(text, file, [...prefix, 'remotes', change.name], change.to)];
    case 'default':
      return [set(['remote'], change.name)];
  }
}

const typesOf = (value: string): readonly Plain[] => [
  value,
  ...(/^(?:true|false)$/.test(value) ? [value === 'true'] : []),
  ...(/^\d{1,15}(?:\.\d+)?$/.test(value) ? [Number(value)] : []),
];

function problemsOf(text: string, file: string, level: Level): readonly Problem[] {
  const source = readYaml(text, file);
  if (source.value === null) return [];
  return level === 'project' ? validatePipeline(source, formatOf(file)) : validateFile(source, 'config');
}

/** The place is in the text that is not written. */
const withoutPlace = ({ code, title, hint }: Problem): Problem => ({
  code,
  title,
  hint: `${hint ?? 'correct it'}; nothing was changed`,
});
