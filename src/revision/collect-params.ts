// The parameters of a revision: those that stages declare, whole files that are declared as parameters, and what templates use.
import { isMap, spellPython } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { FilesValues, FileValues } from '../compare/file-values.ts';
import { leavesIn } from '../pipeline/used-variables.ts';
import { valueAtKey } from '../pipeline/params/declared-params.ts';
import { isPattern, matchesOf, type Match } from '../pipeline/params/key-patterns.ts';
import { DEFAULT_PARAMS_FILE } from '../pipeline/template/context.ts';
import type { Revision } from './project-at.ts';
import { expanded } from './collect-metrics.ts';
import { readValues, type Reading } from './read-values.ts';

/** Keys by file; no keys means the whole file. */
type Wanted = Map<WorkspacePath, readonly string[]>;

export interface ParamsChoice {
  /** Whole files in place of those that are declared. */
  readonly targets: readonly WorkspacePath[];
  /** Only what stages declare as parameters, or use in templates. */
  readonly depsOnly: boolean;
}

export async function collectParams(
  revision: Revision,
  choice: ParamsChoice,
  reading: Reading,
): Promise<FilesValues> {
  const keysOf = await byFile(wantedParams(revision, choice), revision, reading);
  const values = await readValues(revision, [...keysOf.keys()], reading, (value, file) =>
    selected(value, keysOf.get(file)!),
  );
  if (choice.targets.length === 0)
    for (const [file, value] of usedVariables(revision))
      if (!values.has(file)) values.set(file, { kind: 'values', value });
  return values;
}

/**
 * The same of an experiment. @param files whole parameter files in its record: git has others. @param revision where it was declared what
 * counts. @param base the commit that it was run at.
 */
export async function experimentParams(
  files: ReadonlyMap<string, Value>,
  revision: Revision,
  base: Revision,
  choice: ParamsChoice,
  reading: Reading,
): Promise<FilesValues> {
  const values = new Map<WorkspacePath, FileValues>();
  const wanted = await byFile(wantedParams(revision, choice), base, reading);
  for (const [file, value] of files as ReadonlyMap<WorkspacePath, Value>) {
    const keys = wanted.get(file);
    if (keys) values.set(file, { kind: 'values', value: selected(value, keys) });
  }
  const others = [...wanted.keys()].filter((file) => !files.has(file) && base.kind(file) === 'file');
  const take = (value: Value, file: WorkspacePath): Value => selected(value, wanted.get(file)!);
  for (const [file, value] of await readValues(base, others, reading, take)) values.set(file, value);
  for (const [file, used] of choice.targets.length === 0 ? usedVariables(revision) : []) {
    const whole = files.get(file);
    if (values.has(file) || whole === undefined) continue;
    const flat = flattenedItems(whole);
    const value = new Map([...used.keys()].flatMap((key) => (flat.has(key) ? [[key, flat.get(key)!]] : [])));
    values.set(file, { kind: 'values', value });
  }
  return values;
}

/** The files of a folder in its place. */
async function byFile(wanted: Wanted, revision: Revision, { store }: Reading): Promise<Wanted> {
  const keysOf: Wanted = new Map();
  for (const [place, keys] of wanted)
    for (const file of await expanded(revision, [place], store)) keysOf.set(file, keys);
  return keysOf;
}

function wantedParams(revision: Revision, { targets, depsOnly }: ParamsChoice): Wanted {
  const wanted: Wanted = targets.length > 0 ? new Map() : stageParams(revision);
  const whole = [...targets];
  if (targets.length === 0 && !depsOnly) {
    whole.push(...revision.project.reports.flatMap(({ params }) => params));
    const byDefault = DEFAULT_PARAMS_FILE as WorkspacePath;
    if (revision.kind(byDefault) === 'file' || revision.output(byDefault)) whole.push(byDefault);
  }
  for (const file of whole) wanted.set(file, []);
  return wanted;
}

function stageParams({ project }: Revision): Wanted {
  const wanted: Wanted = new Map();
  for (const { params } of project.stages)
    for (const { at, keys } of params) {
      const before = wanted.get(at);
      const isWhole = keys.length === 0 || before?.length === 0;
      wanted.set(at, isWhole ? [] : [...new Set([...(before ?? []), ...keys])]);
    }
  return wanted;
}

/** Only these keys, where they are in the file. */
function selected(value: Value, keys: readonly string[]): Value {
  if (keys.length === 0 || !isMap(value)) return value;
  let result: ValueMap = new Map();
  for (const key of keys) {
    if (isPattern(key))
      for (const match of matchesOf(value, key)) result = withValue(result, match.path, match.value);
    else {
      const found = valueAtKey(value, key);
      if (found !== undefined) result = withValue(result, key.split('.'), found);
    }
  }
  return result;
}

function withValue(map: ValueMap, [key, ...rest]: Match['path'], value: Value): ValueMap {
  const inner = map.get(key!);
  const nested = rest.length === 0 ? value : withValue(isMap(inner) ? inner : new Map(), rest, value);
  return new Map<Scalar, Value>(map).set(key!, nested);
}

const flattenedItems = (value: Value): ReadonlyMap<Scalar, Value> =>
  new Map(isMap(value) ? [...value].flatMap(([key, item]) => leavesIn(spellPython(key), item)) : []);

/** What the templates of stages use of files that are read as variables. */
function usedVariables({ project }: Revision): ReadonlyMap<WorkspacePath, ValueMap> {
  const files = new Map<WorkspacePath, Map<Scalar, Value>>();
  for (const { variables } of project.reports)
    for (const [file, values] of variables())
      files.set(file, new Map([...(files.get(file) ?? []), ...values]));
  return files;
}
