// The values of the keys that stages declare under `params:`: those in the files, and the keys that an overlay changes.
import type { OverlayMerge } from './overlay-merge.ts';
import { absolutePath } from '../../base/workspace-path.ts';
import { readParamsFile, type ParamsFile } from './params-file.ts';
import { PipeError } from '../../base/problem.ts';
import { isPattern, matchesOf, type Match } from './key-patterns.ts';
import { canonicalJson, isList, isMap, spellPython } from '../../base/spelling.ts';
import type { ParamsDep } from '../stage.ts';
import type { Value, ValueMap } from '../../base/value.ts';

/** A declared key whose value the overlay changes. */
export interface OverlaidKey {
  readonly key: string;
  /** In the file; undefined where the file lacks the key. */
  readonly value: Value | undefined;
  /** The part of the overlay: `-S n=7`, or a parameter file and its line. */
  readonly given: string;
}

export interface DeclaredParams {
  readonly params: (dep: ParamsDep) => ReadonlyMap<string, Value | undefined>;
  readonly overlaid: (dep: ParamsDep) => readonly OverlaidKey[];
}

export function declaredParams(root: string, merge: OverlayMerge): DeclaredParams {
  // Most stages declare keys of the same few files, which are parsed once.
  const laidOver = new WeakMap<ValueMap, ValueMap>();
  const applyOnce = (values: ValueMap): ValueMap => {
    const laid = laidOver.get(values) ?? merge.apply(values);
    laidOver.set(values, laid);
    return laid;
  };
  const read = (dep: ParamsDep): ParamsFile | undefined => readParamsFile(absolutePath(root, dep.at), dep.at);
  return {
    params(dep) {
      const file = read(dep);
      return declaredIn(mapOf(file), dep, file);
    },
    overlaid(dep) {
      const file = merge.empty || isPackage(dep) ? undefined : read(dep);
      const values = mapOf(file);
      if (!values) return [];
      const laid = declaredIn(applyOnce(values), dep, file);
      return [...declaredIn(values, dep, file)].flatMap(([key, value]): OverlaidKey[] => {
        if (valueText(value) === valueText(laid.get(key))) return [];
        return [{ key, value, given: merge.given(pathTo(values, key, dep)) }];
      });
    },
  };
}

const mapOf = (file: ParamsFile | undefined): ValueMap | undefined =>
  isMap(file?.value) ? file.value : undefined;

function declaredIn(
  values: ValueMap | undefined,
  { keys }: ParamsDep,
  file: ParamsFile | undefined,
): ReadonlyMap<string, Value | undefined> {
  if (keys.length === 0) return wholeFile(values, file);
  return new Map(keys.map((key) => [key, values && declaredAt(values, key, file)?.value]));
}

/** @throws PipeError for a pattern that matches several values: which of them decided could not be recorded. */
function declaredAt(values: ValueMap, key: string, file: ParamsFile | undefined): Match | undefined {
  if (!isPattern(key)) {
    const value = valueAtKey(values, key);
    return value === undefined ? undefined : { path: key.split('.'), value };
  }
  const [match, ...others] = matchesOf(values, key);
  if (match === undefined || others.length === 0) return match;
  const names = [match, ...others].map(({ path }) => path.map(spellPython).join('.'));
  throw new PipeError({
    code: 'params-unreadable',
    title: `the parameter '${key}' matches ${names.length} values: ${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''}`,
    hint: 'a pattern under `params:` must match one value: name each, or the mapping that holds them',
    ...(file && { place: file.place(match.path, 'key') }),
  });
}

const MOST_NAMED = 5;

/** For messages. */
function pathTo(values: ValueMap, key: string, { keys }: ParamsDep): readonly string[] {
  if (keys.length === 0) return [key];
  return isPattern(key) ? (matchesOf(values, key)[0]?.path ?? []).map(spellPython) : key.split('.');
}

/** All values of a file by the text of their keys. @throws PipeError for two keys that have the same text. */
function wholeFile(values: ValueMap | undefined, file: ParamsFile | undefined): Map<string, Value> {
  const all = new Map<string, Value>();
  for (const [key, value] of values ?? []) {
    const name = String(key);
    if (file && all.has(name))
      throw new PipeError({
        code: 'params-unreadable',
        title: `two keys of the file have the same text: ${name}`,
        hint: 'a stage depends on all parameters of this file, which are recorded by the text of their keys; rename one',
        place: file.place([key], 'key'),
      });
    all.set(name, value);
  }
  return all;
}

const valueText = (value: Value | undefined): string => (value === undefined ? '' : canonicalJson(value));

/** The version of an imported package is not a parameter of the project. */
const isPackage = ({ at }: ParamsDep): boolean => at.includes('node_modules/');

/** `a.b.0`: keys of mappings and indices of lists, which count from the end where they are negative. */
export function valueAtKey(values: ValueMap, key: string): Value | undefined {
  let value: Value | undefined = values;
  for (const step of key.split('.')) {
    // A value may be null, which is a value.
    if (isMap(value) && !value.has(step)) value = /^-?\d+$/.test(step) ? value.get(BigInt(step)) : undefined;
    else if (isMap(value)) value = value.get(step);
    else if (isList(value)) value = /^-?\d+$/.test(step) ? value.at(Number(step)) : undefined;
    else return undefined;
  }
  return value;
}
