// The names that templates may use: params.yaml beside the pipeline file, then `vars` in order. Mappings merge deeply;
// nothing is overridden. The overlay comes after (overlay-merge.ts).
import type { FileFormat } from '../format/file-format.ts';
import { isAbsolute, join, normalize, resolve } from 'node:path';
import { readParamsFile } from '../params/params-file.ts';
import { PipeError, type Place, type Problem } from '../../base/problem.ts';
import { isList, isMap } from '../../base/spelling.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';
import type { PlaceOf } from '../../yaml/yaml-source.ts';

export const DEFAULT_PARAMS_FILE = 'params.yaml';

/** A merged mapping, which messages name when another one redefines its names. */
interface MergedSource {
  readonly name: string;
  readonly value: ValueMap;
  readonly place: PlaceOf;
}

export interface Context {
  /** In a dvc.yaml, names that are not strings are omitted, as in DVC. */
  readonly format: FileFormat;
  readonly values: ValueMap;
  readonly sources: readonly MergedSource[];
  /** Files that were read: these keys of them, or all (`undefined`). */
  readonly loaded: ReadonlyMap<string, readonly string[] | undefined>;
}

export function emptyContext(format: Context['format']): Context {
  return { format, values: new Map(), sources: [], loaded: new Map() };
}

export interface VarsOrigin {
  /** Absolute folder that paths are relative to. */
  readonly folder: string;
  /** The folder relative to the project root, for messages. */
  readonly shownFolder: string;
  /** The place in the pipeline file of item `index` of `vars`, or of a path inside of it. */
  place(index: number, path: ValuePath, part?: 'key' | 'value'): Place;
  /** `vars` or `train.vars`, for messages. */
  readonly name: string;
  /** Names that must not be defined: `item` and `key` inside a foreach or matrix. */
  readonly reserved: readonly string[];
}

/** Adds params.yaml of a folder, if there is one. @throws PipeError */
export function withDefaultParams(context: Context, folder: string, shownFolder: string): Context {
  const shown = shownJoin(shownFolder, DEFAULT_PARAMS_FILE);
  const file = readParamsFile(join(folder, DEFAULT_PARAMS_FILE), shown);
  if (!file) return context;
  const value = requireMap(file.value, shown, file.place, context);
  return merge(context, { name: shown, value, place: file.place }, shown, undefined);
}

/**
 * Adds the items of a `vars` list: `path`, `path:key1,key2`, or a mapping.
 * @throws PipeError for files and keys that are missing, and for names that are defined already.
 */
export function withVars(context: Context, vars: readonly Value[], origin: VarsOrigin): Context {
  let result = context;
  for (const [index, item] of vars.entries()) {
    if (typeof item === 'string') result = withVarsFile(result, item, index, origin);
    else if (isMap(item)) {
      const source = {
        name: `${origin.name}[${index}]`,
        value: namesIn(item, context),
        place: (path: ValuePath, part?: 'key' | 'value') => origin.place(index, path, part),
      };
      refuseReserved(source, origin, index);
      result = merge(result, source, undefined, undefined);
    }
  }
  return result;
}

function withVarsFile(context: Context, item: string, index: number, origin: VarsOrigin): Context {
  const colon = item.indexOf(':');
  const path = normalize(colon < 0 ? item : item.slice(0, colon));
  const keys =
    colon < 0
      ? []
      : item
          .slice(colon + 1)
          .split(',')
          .filter(Boolean);
  const shown = shownJoin(origin.shownFolder, path);
  const fail = (title: string, hint?: string): PipeError =>
    new PipeError({ code: 'bad-vars', title, ...(hint && { hint }), place: origin.place(index, []) });

  if (context.loaded.has(shown)) {
    const before = context.loaded.get(shown);
    if (before === undefined && keys.length === 0) return context;
    if (before === undefined)
      throw fail(
        `cannot load '${item}': all of '${shown}' is loaded already`,
        'remove this item, or load only keys of the file everywhere',
      );
    if (keys.length === 0)
      throw fail(`cannot load '${item}': a part of it (${before.join(', ')}) is loaded already`);
    const twice = keys.find((key) => before.includes(key));
    if (twice !== undefined) throw fail(`cannot load '${item}': '${twice}' is loaded already`);
  }
  const file = readParamsFile(resolve(origin.folder, path), shown);
  if (!file)
    throw fail(
      `'${shown}' does not exist`,
      'correct the path (relative to the folder of the pipeline file), or create the file',
    );
  let value = requireMap(file.value, shown, file.place, context);
  if (keys.length > 0) {
    const all = value;
    for (const key of keys)
      if (!all.has(key)) throw fail(`could not find '${key}' in '${shown}'`, didYouMean(key, names(all)));
    value = new Map(keys.map((key) => [key, all.get(key)!]));
  }
  const source = { name: shown, value, place: file.place };
  refuseReserved(source, origin, index);
  return merge(
    context,
    source,
    shown,
    keys.length > 0 ? [...(context.loaded.get(shown) ?? []), ...keys] : undefined,
  );
}

const shownJoin = (folder: string, path: string): string =>
  folder === '.' || isAbsolute(path) ? path : normalize(join(folder, path));

function names(map: ValueMap): string[] {
  return [...map.keys()].filter((key): key is string => typeof key === 'string');
}

function requireMap(value: Value, shown: string, place: PlaceOf, context: Context): ValueMap {
  if (isMap(value)) return namesIn(value, context);
  const title = `expected a mapping in '${shown}', got ${isList(value) ? 'a list' : 'a single value'}`;
  throw new PipeError({ code: 'bad-vars', title, place: place([]) });
}

const namesIn = (map: ValueMap, { format }: Context): ValueMap =>
  format.stringKeysOnly ? (withStringKeys(map) as ValueMap) : map;

/** The value without the members of mappings whose keys are not strings: DVC's templates do not see them. */
export function withStringKeys(value: Value): Value {
  if (isList(value)) return value.map(withStringKeys);
  if (!isMap(value)) return value;
  const result = new Map<Scalar, Value>();
  for (const [key, item] of value) if (typeof key === 'string') result.set(key, withStringKeys(item));
  return result;
}

function refuseReserved(source: MergedSource, origin: VarsOrigin, index: number): void {
  const name = origin.reserved.find((reserved) => source.value.has(reserved));
  if (name === undefined) return;
  throw new PipeError({
    code: 'bad-vars',
    title: `'${name}' is reserved inside a foreach or matrix and cannot be defined by '${source.name}'`,
    place: origin.place(index, [name], 'key'),
  });
}

function merge(
  context: Context,
  source: MergedSource,
  file: string | undefined,
  keys: readonly string[] | undefined,
): Context {
  const collisions: ValuePath[] = [];
  const values = mergeDisjoint(context.values, source.value, [], collisions);
  if (collisions.length > 0)
    throw new PipeError(collisions.map((path) => redefinition(context, source, path)));
  return {
    format: context.format,
    values,
    sources: [...context.sources, source],
    loaded: file === undefined ? context.loaded : new Map([...context.loaded, [file, keys]]),
  };
}

function mergeDisjoint(into: ValueMap, update: ValueMap, path: ValuePath, collisions: ValuePath[]): ValueMap {
  const result = new Map(into);
  for (const [key, value] of update) {
    const before = into.get(key);
    if (before === undefined) result.set(key, value);
    else if (isMap(before) && isMap(value))
      result.set(key, mergeDisjoint(before, value, [...path, key], collisions));
    else collisions.push([...path, key]);
  }
  return result;
}

function redefinition(context: Context, source: MergedSource, path: ValuePath): Problem {
  const first = context.sources.find((earlier) => hasPath(earlier.value, path));
  return {
    code: 'vars-redefined',
    title: `cannot redefine '${path.join('.')}' from '${source.name}': it already exists${first ? ` in '${first.name}'` : ''}`,
    ...(first && { facts: [['first', placeText(first.place(path, 'key'))]] as const }),
    hint: 'give it another name, or change the value where it is defined; use --params or -S to replace values for one run',
    place: source.place(path, 'key'),
  };
}

function hasPath(value: Value, path: ValuePath): boolean {
  let at: Value | undefined = value;
  for (const key of path) at = isMap(at) ? at.get(key) : undefined;
  return at !== undefined;
}

const placeText = ({ file, line, column }: Place): string =>
  [file, line, column].filter((part) => part !== undefined).join(':');
