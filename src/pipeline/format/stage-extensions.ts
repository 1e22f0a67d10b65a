// Reads the extensions of a stage (env, resources, retry, timeout, executor, slurm, scratch) after its templates are resolved.
import { envFault } from './stage-env.ts';
import type { ExecutorKind, Resources, Retry, SlurmSettings } from '../stage.ts';
import { isList, isMap, isScalar, spellScalar } from '../../base/spelling.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';

export interface Extensions {
  readonly env: { readonly [name: string]: string };
  readonly resources: Resources;
  readonly retry: Retry | null;
  readonly timeout: number | null;
  readonly executor: ExecutorKind | null;
  readonly slurm: SlurmSettings;
  readonly scratch: boolean;
}

export const noExtensions: Extensions = {
  env: {},
  resources: { pools: {} },
  retry: null,
  timeout: null,
  executor: null,
  slurm: {},
  scratch: false,
};

const KEYS = ['env', 'resources', 'retry', 'timeout', 'executor', 'slurm', 'scratch'];

export type ReportValue = (path: ValuePath, title: string) => void;

/** @param map with the extension keys among others: a stage, or its `meta.pipe`; @param path of the map. */
export function readExtensions(map: ValueMap, path: ValuePath, report: ReportValue): Extensions {
  const at = (key: string): Value | undefined => map.get(key);
  if (!KEYS.some((key) => map.has(key))) return noExtensions;
  const [env, resources, retry, timeout] = [at('env'), at('resources'), at('retry'), at('timeout')];
  return {
    env: isMap(env) ? readEnv(env, [...path, 'env'], report) : {},
    resources: isMap(resources)
      ? readResources(resources, [...path, 'resources'], report)
      : noExtensions.resources,
    retry: retry === undefined ? null : readRetry(retry, [...path, 'retry'], report),
    timeout: timeout === undefined ? null : readDuration(timeout, [...path, 'timeout'], report, 1),
    executor:
      at('executor') === undefined ? null : readExecutor(at('executor'), [...path, 'executor'], report),
    slurm: readSlurm(at('slurm'), [...path, 'slurm'], report),
    scratch: at('scratch') === true,
  };
}

const EXECUTORS: readonly ExecutorKind[] = ['local', 'slurm', 'command'];

export function readExecutor(value: Value | undefined, path: ValuePath, report: ReportValue): ExecutorKind {
  const known = EXECUTORS.find((kind) => kind === value);
  if (known === undefined) report(path, `expected ${EXECUTORS.join(', ')}, got ${shown(value ?? null)}`);
  return known ?? 'local';
}

/** Texts may have been numbers in YAML: accounts and constraints often are. */
export function readSlurm(value: Value | undefined, path: ValuePath, report: ReportValue): SlurmSettings {
  if (!isMap(value)) return {};
  const text = (key: 'partition' | 'account' | 'qos' | 'constraint'): SlurmSettings => {
    const given = value.get(key);
    return given !== undefined && isScalar(given) && given !== null ? { [key]: spellScalar(given) } : {};
  };
  const args = value.get('args');
  const batch = value.get('batch');
  const count = batch === undefined ? 1 : readCount(batch, [...path, 'batch'], report);
  if (count < 1) report([...path, 'batch'], 'expected a whole number of 1 or more');
  return {
    ...text('partition'),
    ...text('account'),
    ...text('qos'),
    ...text('constraint'),
    ...(isList(args) && { args: args.map((one) => (isScalar(one) ? spellScalar(one) : '')) }),
    ...(batch !== undefined && { batch: Math.max(1, count) }),
  };
}

function readEnv(map: ValueMap, path: ValuePath, report: ReportValue): { [name: string]: string } {
  const env: [string, string][] = [];
  for (const [name, value] of map) {
    const text = isScalar(value) ? spellScalar(value) : '';
    const fault =
      !isScalar(value) || value === null
        ? 'an environment variable must be a text or a number'
        : envFault(String(name), text);
    if (fault !== undefined) report([...path, name], fault);
    env.push([String(name), text]);
  }
  return Object.fromEntries(env);
}

function readResources(map: ValueMap, path: ValuePath, report: ReportValue): Resources {
  const number = (key: string): number | undefined => {
    const value = map.get(key);
    return value === undefined ? undefined : readNumber(value, [...path, key], report);
  };
  const cpus = number('cpus');
  const { gpus, gpuType } = readGpus(map.get('gpus'), [...path, 'gpus'], report);
  const memory = map.has('memory') ? readBytes(map.get('memory')!, [...path, 'memory'], report) : undefined;
  const pools = new Map<string, number>();
  const named = map.get('pools');
  if (isMap(named))
    for (const [name, value] of named)
      pools.set(String(name), readNumber(value, [...path, 'pools', name], report));
  const mutex = map.get('mutex');
  for (const name of mutex === undefined ? [] : isList(mutex) ? mutex : [mutex])
    pools.set(mutexPool(spellScalar(name as Scalar)), 1);
  return {
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    ...(gpus !== undefined && { gpus }),
    ...(gpuType !== undefined && { gpuType }),
    pools: Object.fromEntries(pools),
  };
}

/** A count, or a kind and a count, as Slurm writes it: `a100:2`. */
function readGpus(
  value: Value | undefined,
  path: ValuePath,
  report: ReportValue,
): Pick<Resources, 'gpus' | 'gpuType'> {
  if (value === undefined) return {};
  const typed = /^([A-Za-z][\w.-]*):(\d+)$/.exec(isScalar(value) ? spellScalar(value).trim() : '');
  if (typed) return { gpuType: typed[1]!, gpus: Number(typed[2]) };
  const gpus = readNumber(value, path, report);
  if (gpus > 1 && !Number.isInteger(gpus))
    report(path, `expected whole GPUs, or a share of one such as 0.25, got ${gpus}`);
  return { gpus };
}

/** A mutex is a pool of size 1; the prefix distinguishes it from pools of the same name. */
export const MUTEX_PREFIX = 'mutex:';
const mutexPool = (name: string): string => MUTEX_PREFIX + name;

function readRetry(value: Value, path: ValuePath, report: ReportValue): Retry {
  if (!isMap(value)) return { times: readCount(value, path, report), delay: 1, backoff: 2 };
  const delay = value.get('delay');
  const backoff = value.get('backoff');
  return {
    times: readCount(value.get('times') ?? 0n, [...path, 'times'], report),
    delay: delay === undefined ? 1 : readDuration(delay, [...path, 'delay'], report, 0),
    backoff: backoff === undefined ? 2 : readNumber(backoff, [...path, 'backoff'], report),
  };
}

function readCount(value: Value, path: ValuePath, report: ReportValue): number {
  const count = readNumber(value, path, report);
  if (!Number.isInteger(count)) report(path, `expected a whole number, got ${count}`);
  return count;
}

function readNumber(value: Value, path: ValuePath, report: ReportValue): number {
  const number =
    typeof value === 'bigint' || typeof value === 'number'
      ? Number(value)
      : typeof value === 'string' && value.trim() !== ''
        ? Number(value)
        : NaN;
  if (Number.isFinite(number) && number >= 0) return number;
  report(path, `expected a number of 0 or more, got ${shown(value)}`);
  return 0;
}

const BYTES: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes, or with a unit K, M, G, T (`4G`, `512MiB`), powers of 1024. */
function readBytes(value: Value, path: ValuePath, report: ReportValue): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?$/i.exec(isScalar(value) ? spellScalar(value) : '');
  if (match) return Math.round(Number(match[1]) * BYTES[match[2]!.toUpperCase()]!);
  report(path, `expected a size such as 4G or 512M, got ${shown(value)}`);
  return 0;
}

const SECONDS: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds, or with a unit ms, s, m, h, d (`90s`, `1h30m`). */
export function readDuration(value: Value, path: ValuePath, report: ReportValue, least: number): number {
  const text = isScalar(value) ? spellScalar(value).trim() : '';
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[smhd]|$)\s*/gy)];
  const seconds = parts.reduce((sum, [, number, unit]) => sum + Number(number) * SECONDS[unit!]!, 0);
  if (
    parts.length > 0 &&
    parts.map(([whole]) => whole).join('') === text &&
    seconds >= (least > 0 ? Number.MIN_VALUE : 0)
  )
    return seconds;
  report(path, `expected a duration such as 90s or 2h, got ${shown(value)}`);
  return least;
}

const shown = (value: Value): string =>
  isScalar(value) ? JSON.stringify(spellScalar(value)) : isList(value) ? 'a list' : 'a mapping';
