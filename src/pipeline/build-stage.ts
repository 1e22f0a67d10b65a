// Builds a Stage from its mapping: paths, parameters, outputs. Every template in it is resolved.
import { isAbsolute } from 'node:path';
import { noExtensions, readExtensions, type ReportValue } from './format/stage-extensions.ts';
import { isUrl, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Place, Problem } from '../base/problem.ts';
import type { LoadingRules } from './loading-rules.ts';
import type { StageOwner } from './stage-owner.ts';
import type { Dep, Out, ParamsDep, PlotProps, Stage, StageAddress, StageName } from './stage.ts';
import { isList, isMap, isScalar, spellScalar } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../base/value.ts';
import { DEFAULT_PARAMS_FILE } from './template/context.ts';

export interface StageInput {
  readonly root: string;
  readonly rules: LoadingRules;
  readonly owner: StageOwner;
  readonly name: string;
  readonly group: string | null;
  readonly item: Value | undefined;
  /** With every template resolved, in `wdir` too. */
  readonly map: ValueMap;
  /** Of `cmd`, see Stage. */
  readonly lines: readonly string[] | undefined;
  /** Path in the file of what `map` came from. */
  readonly path: ValuePath;
  readonly place: Place;
  report(problem: Omit<Problem, 'place'>, path: ValuePath): void;
}

export function buildStage(input: StageInput): Stage {
  const { map, name, path } = input;
  const { file, folder, format } = input.owner;
  const wdirText = textOf(map.get('wdir'));
  const wdir = wdirText ? workspacePath(input.root, folder, wdirText) : folder;
  if (wdirText && !isOrdinary(wdirText)) refusePath(wdirText, [...path, 'wdir'], input);
  const report: ReportValue = (at, title) => input.report({ code: 'bad-value', title }, at);
  const meta = map.get('meta') ?? null;
  const { map: extended, path: inner } = format.extensionsOf(map);
  const extensions = isMap(extended) ? readExtensions(extended, [...path, ...inner], report) : noExtensions;
  return {
    name: name as StageName,
    address: (file.includes('/') ? `${file}:${name}` : name) as StageAddress,
    group: input.group,
    item: input.item,
    file,
    place: input.place,
    cmd: readCommand(map.get('cmd') ?? '', input),
    ...(input.lines && typeof map.get('cmd') === 'string' && { lines: input.lines }),
    wdir,
    deps: readDeps(map.get('deps'), wdir, input),
    params: readParams(map.get('params'), wdir, input),
    outs: OUT_KEYS.flatMap((key) => readOuts(map.get(key), key, wdir, input)),
    frozen: map.get('frozen') === true,
    alwaysChanged: map.get('always_changed') === true,
    desc: map.has('desc') ? textOf(map.get('desc')) : null,
    meta,
    env: extensions.env,
    resources: extensions.resources,
    retry: extensions.retry,
    timeout: extensions.timeout,
    executor: extensions.executor,
    slurm: extensions.slurm,
    scratch: extensions.scratch,
  };
}

const listOf = (value: Value | undefined): readonly Value[] => (isList(value) ? value : []);

/** The text of a scalar: a template may have put a number where a text was declared. */
export const textOf = (value: Value | undefined): string =>
  value === undefined ? '' : isScalar(value) ? spellScalar(value) : '';

function readCommand(value: Value, input: StageInput): string | readonly string[] {
  const refuse = (at: ValuePath): void =>
    input.report(
      {
        code: 'template-type',
        title: 'the command is a mapping, not a text',
        hint: 'write the program before it: `python train.py ${…}`',
      },
      at,
    );
  const check = (text: string, at: ValuePath): string => {
    const title = 'the command contains half of a surrogate pair, which UTF-8 cannot encode';
    if (!text.isWellFormed()) input.report({ code: 'bad-value', title }, at);
    return text;
  };
  if (isList(value)) {
    for (const [index, item] of value.entries()) if (!isScalar(item)) refuse([...input.path, 'cmd', index]);
    return value.map((item, index) => check(textOf(item), [...input.path, 'cmd', index]));
  }
  if (isMap(value)) refuse([...input.path, 'cmd']);
  return check(textOf(value), [...input.path, 'cmd']);
}

function readDeps(value: Value | undefined, wdir: WorkspacePath, input: StageInput): Dep[] {
  const deps: Dep[] = [];
  for (const [index, item] of listOf(value).entries()) {
    if (isMap(item))
      for (const [key, options] of item) deps.push(readDep(spellScalar(key), options, index, wdir, input));
    else deps.push(readDep(spellScalar(item as Scalar), null, index, wdir, input));
  }
  return deps;
}

function readDep(path: string, options: Value, index: number, wdir: WorkspacePath, input: StageInput): Dep {
  if (!isOrdinary(path)) refusePath(path, [...input.path, 'deps', index], input);
  if (input.rules.refusesAsDep(path)) {
    const title = `'${path}' cannot be a dependency: it has the name of a pipeline file or .dvc file`;
    const hint = 'depend on the data that it describes';
    input.report({ code: 'dep-is-stage-file', title, hint }, [...input.path, 'deps', index]);
  }
  const at = workspacePath(input.root, wdir, path);
  return isMap(options) && options.get('imports') === true ? { path, at, imports: true } : { path, at };
}

/** One entry per file with all its keys; a file that is also named without keys counts as a whole. */
function readParams(value: Value | undefined, wdir: WorkspacePath, input: StageInput): ParamsDep[] {
  if (!isList(value)) return [];
  const files = new Map<string, string[]>();
  const whole = new Set<string>();
  for (const item of value) {
    if (!isMap(item)) continue;
    for (const [file, keys] of item) if (!isList(keys) || keys.length === 0) whole.add(spellScalar(file));
  }
  const add = (file: string, keys: readonly string[]): void => {
    const known = files.get(file) ?? [];
    files.set(file, known);
    if (!whole.has(file)) known.push(...keys);
  };
  for (const [index, item] of value.entries()) {
    if (isMap(item)) {
      for (const [file, keys] of item) {
        const path = spellScalar(file);
        if (!isOrdinary(path)) refusePath(path, [...input.path, 'params', index, file], input);
        add(path, isList(keys) ? keys.map(textOf) : []);
      }
    } else if (!whole.has(DEFAULT_PARAMS_FILE)) add(DEFAULT_PARAMS_FILE, [textOf(item)]);
  }
  return [...files].map(([file, keys]) => ({ file, at: workspacePath(input.root, wdir, file), keys }));
}

const OUT_KEYS = ['outs', 'metrics', 'plots'] as const;
type OutKey = (typeof OUT_KEYS)[number];

/** One path of a list of outputs. */
interface DeclaredOut {
  readonly options: ValueMap;
  /** Of its first entry in the list. */
  readonly index: number;
}

const noOptions: ValueMap = new Map();

/** The same path twice in one list is one output; later options win. */
function readOuts(value: Value | undefined, key: OutKey, wdir: WorkspacePath, input: StageInput): Out[] {
  const declared = new Map<string, DeclaredOut>();
  const declare = (path: string, options: Value, index: number): void => {
    const before = declared.get(path);
    const more = isMap(options) ? options : noOptions;
    declared.set(
      path,
      before ? { ...before, options: new Map([...before.options, ...more]) } : { options: more, index },
    );
  };
  for (const [index, item] of listOf(value).entries()) {
    if (isMap(item)) for (const [name, options] of item) declare(spellScalar(name), options, index);
    else declare(spellScalar(item as Scalar), null, index);
  }
  return Array.from(declared, ([path, out]) => buildOut(path, out, key, wdir, input));
}

const PLOT_KEYS = ['template', 'x', 'y', 'x_label', 'y_label', 'title', 'header'];

function buildOut(
  path: string,
  { options, index }: DeclaredOut,
  key: OutKey,
  wdir: WorkspacePath,
  input: StageInput,
): Out {
  const at = workspacePath(input.root, wdir, path);
  if (!isOrdinary(path)) refusePath(path, [...input.path, key, index], input);
  refuseOut(path, at, [key, index], input);
  const declared = {
    path,
    at,
    cache: options.get('cache') !== false,
    persist: options.get('persist') === true,
    push: options.get('push') !== false,
    remote: options.has('remote') ? textOf(options.get('remote')) : null,
    metric: key === 'metrics',
    plot: key === 'plots',
  };
  return options.size === 0 ? declared : { ...declared, ...describedBy(options, key) };
}

/** The fields of an output that exist only if they are declared. */
export function describedBy(options: ValueMap, key: OutKey): Partial<Out> {
  const props: PlotProps = Object.fromEntries(
    PLOT_KEYS.filter((name) => options.has(name)).map((name) => [name, options.get(name)!]),
  );
  const labels = options.get('labels');
  const meta = options.get('meta');
  return {
    ...(key === 'plots' && Object.keys(props).length > 0 && { plot: props }),
    ...(textOf(options.get('desc')) !== '' && { desc: textOf(options.get('desc')) }),
    ...(textOf(options.get('type')) !== '' && { type: textOf(options.get('type')) }),
    ...(isList(labels) && labels.length > 0 && { labels: labels.map(textOf) }),
    ...(meta !== undefined && !isEmpty(meta) && { meta }),
  };
}

const isEmpty = (value: Value): boolean =>
  !value || (isList(value) && value.length === 0) || (isMap(value) && value.size === 0);

/** A path that needs no further check. */
export const isOrdinary = (path: string): boolean => /^[\w@%+=:,./ -]{1,80}$/.test(path);

export function refusePath(path: string, at: ValuePath, input: Pick<StageInput, 'report'>): void {
  const refuse = (title: string): void => input.report({ code: 'bad-path', title }, at);
  if (path === '') refuse('a path is empty');
  else if (path.includes('\0')) refuse('a path contains a NUL character');
  else if (/[\uD800-\uDFFF]/u.test(path))
    refuse('a path contains half of a surrogate pair, which no file name can');
  else if (!isUrl(path) && path.split('/').some((part) => Buffer.byteLength(part) > 255))
    refuse('a name in this path is longer than 255 bytes');
  else if (Buffer.byteLength(path) > 4095) refuse('this path is longer than 4095 bytes');
}

/** @param step from the stage to the output in its list. */
export function refuseOut(
  path: string,
  at: WorkspacePath,
  step: ValuePath,
  input: Pick<StageInput, 'report' | 'path' | 'rules' | 'owner'>,
): void {
  const refuse = (problem: Omit<Problem, 'place'>): void => input.report(problem, [...input.path, ...step]);
  const name = nameOf(at);
  if (input.rules.refusesAsOut(name, nameOf(input.owner.file))) {
    const title = `'${path}' cannot be an output: it has the name of a ${name.endsWith('.dvc') ? '.dvc file' : 'pipeline file'}`;
    refuse({ code: 'out-is-stage-file', title });
  }
  if (input.rules.outsAnywhere || path === '') return;
  const hint = 'declare an output inside of the project folder';
  if (at === '.') refuse({ code: 'bad-path', title: 'the project folder itself cannot be an output', hint });
  else if (isAbsolute(at) || isUrl(at))
    refuse({ code: 'bad-path', title: `the output '${path}' is outside of the project`, hint });
}

const nameOf = (path: WorkspacePath): string => path.slice(path.lastIndexOf('/') + 1);
