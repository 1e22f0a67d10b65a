// Reads the project's settings: `config:` of the root's pipeline file, overridden by `cache/config.yaml` of this machine; the
// remotes also from the user's own file, which both override.
import { join, posix } from 'node:path';
import { userFolder } from '../../base/user-folder.ts';
import { readDuration, readExecutor, readSlurm, type ReportValue } from '../format/stage-extensions.ts';
import { PipeError, withoutLines, withoutText, type Problem } from '../../base/problem.ts';
import type { CommandSettings, ProjectConfig } from './project-config.ts';
import { readText } from '../../yaml/read-text.ts';
import { readRemotes } from './remote-config.ts';
import { validateFile } from '../format/validate.ts';
import { isList, isMap, isScalar, spellScalar } from '../../base/spelling.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';
import { readYaml, type YamlSource } from '../../yaml/yaml-source.ts';
import { existsSync, readFileSync } from '../../disk/witnessed-fs.ts';

export const MACHINE_CONFIG = 'cache/config.yaml';
/** In the folder of the user's own files. */
const USER_CONFIG = 'config.yaml';

/** Absolute path of the user's own configuration. */
export const userConfigFile = (): string => join(userFolder(process.env), USER_CONFIG);

const DEFAULT_GRACE = 10;
/** Seconds; how long a client of NFS caches a listing (nfs(5), `acdirmax`). */
const DEFAULT_LATENCY_WAIT = 60;

/**
 * @param declared `config:` of the pipeline file; it was checked. @param userFile absolute path of the user's own
 * configuration, where the dialect has it. @throws PipeError for settings that are not valid.
 */
export function readConfig(
  root: string,
  declared: Value | undefined,
  source: Pick<YamlSource, 'place'> | undefined,
  userFile?: string,
): ProjectConfig {
  const machine = readSettings(join(root, MACHINE_CONFIG), MACHINE_CONFIG);
  const user = userFile === undefined ? undefined : readSettings(userFile, userFile);
  const config = override(
    isMap(declared) ? declared : new Map(),
    isMap(machine?.value) ? machine.value : new Map(),
  );
  const problems: Problem[] = [];
  /** Reads a setting where it is written. */
  const setting = <T>(
    key: string,
    otherwise: T,
    read: (value: Value, path: ValuePath, report: ReportValue) => T,
  ): T => {
    const value = config.get(key);
    if (value === undefined) return otherwise;
    const where = isMap(machine?.value) && machine.value.has(key) ? machine : source;
    const path = where === machine ? [key] : ['config', key];
    return read(value, path, (at, title) =>
      problems.push({ code: 'bad-value', title, ...(where && { place: where.place(at) }) }),
    );
  };
  const duration = (key: string, otherwise: number): number =>
    setting(key, otherwise, (value, path, report) => readDuration(value, path, report, 0));
  const grace = duration('grace', DEFAULT_GRACE);
  const latencyWait = duration('latency_wait', DEFAULT_LATENCY_WAIT);
  const executor = setting('executor', 'local' as const, readExecutor);
  const slurm = setting('slurm', {}, readSlurm);
  const command = setting('command', undefined, readCommands);
  if (problems.length > 0) throw new PipeError(problems);
  const pools = config.get('pools');
  const cache = config.get('cache');
  const remotes = readRemotes(root, [
    { config: user?.value, source: user, path: [], file: userFile!, isUsers: true },
    { config: declared, source, path: ['config'] },
    { config: machine?.value, source: machine, path: [], file: join(root, MACHINE_CONFIG) },
  ]);
  return {
    ...(isMap(cache) && { cache: readCache(cache) }),
    ...(remotes && { remotes }),
    pools: isMap(pools)
      ? Object.fromEntries([...pools].map(([name, size]) => [String(name), Number(size)]))
      : {},
    gitignore: config.get('gitignore') !== false,
    grace,
    latencyWait,
    executor,
    slurm,
    ...(command && { command }),
    maxJobs: { slurm: maxJobsIn(config.get('slurm')), command: maxJobsIn(config.get('command')) },
  };
}

const DEFAULT_MAX_JOBS = 200;

function maxJobsIn(settings: Value | undefined): number {
  const most = isMap(settings) ? settings.get('max_jobs') : undefined;
  return most === undefined ? DEFAULT_MAX_JOBS : Number(most);
}

/** The schema requires the three that are needed. */
function readCommands(value: Value): CommandSettings | undefined {
  if (!isMap(value)) return undefined;
  const text = (key: string): string => {
    const line = value.get(key);
    return isScalar(line ?? null) ? spellScalar(line as Scalar) : '';
  };
  return {
    submit: text('submit'),
    poll: text('poll'),
    cancel: text('cancel'),
    ...(value.has('log') && { log: text('log') }),
  };
}

/** @param path absolute; @param shown its name in messages. @returns undefined where there is none. @throws PipeError */
function readSettings(path: string, shown: string): YamlSource | undefined {
  if (!existsSync(path)) return undefined;
  return withoutLines(() => {
    const source = readYaml(readText(readFileSync(path), shown, 'pipeline-unreadable'), shown);
    const problems = source.value === null ? [] : validateFile(source, 'config');
    if (problems.length > 0) throw new PipeError(problems);
    return { ...source, place: (...at) => withoutText(source.place(...at)) };
  });
}

const OWN_FOLDER = 'cache' as WorkspacePath;

/** Where no pipeline files are searched for: our own folder, and the cache that `config:` of the pipeline file declares. */
export function cacheFolders(declared: Value | undefined): readonly WorkspacePath[] {
  const cache = isMap(declared) ? declared.get('cache') : undefined;
  const dir = isMap(cache) ? cache.get('dir') : undefined;
  return typeof dir === 'string' ? [OWN_FOLDER, posix.normalize(dir) as WorkspacePath] : [OWN_FOLDER];
}

function readCache(cache: ValueMap): NonNullable<ProjectConfig['cache']> {
  const dir = cache.get('dir');
  const links = cache.get('links');
  return {
    ...(typeof dir === 'string' && { dir }),
    ...(cache.get('shared') === 'group' && { shared: true as const }),
    ...(isList(links) && { links: links as NonNullable<NonNullable<ProjectConfig['cache']>['links']> }),
  };
}

/** Mappings merge deeply; other values of `over` replace those of `under`. */
function override(under: ValueMap, over: ValueMap): ValueMap {
  const result = new Map<Scalar, Value>(under);
  for (const [key, value] of over) {
    const before = under.get(key);
    result.set(key, isMap(before) && isMap(value) ? override(before, value) : value);
  }
  return result;
}
