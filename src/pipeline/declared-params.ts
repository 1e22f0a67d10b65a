// The values that stages declare under `params:`: what their files say, and where an overlay says something else.
import type { OverlayMerge } from './overlay-merge.ts';
import { absolutePath } from './paths.ts';
import { readParamsFile } from './params-file.ts';
import { canonicalJson, isList, isMap } from './spelling.ts';
import type { ParamsDep } from './stage.ts';
import type { Value, ValueMap } from './value.ts';

/** A declared key for which the overlay gives another value than the file has. */
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
  const valuesOf = (dep: ParamsDep): ValueMap | undefined => {
    const value = readParamsFile(absolutePath(root, dep.at), dep.at)?.value;
    return isMap(value) ? value : undefined;
  };
  return {
    params: (dep) => declaredIn(valuesOf(dep), dep),
    overlaid(dep) {
      const values = merge.empty || isPackage(dep) ? undefined : valuesOf(dep);
      if (!values) return [];
      const laid = declaredIn(applyOnce(values), dep);
      return [...declaredIn(values, dep)].flatMap(([key, value]): OverlaidKey[] => {
        if (spelled(value) === spelled(laid.get(key))) return [];
        return [{ key, value, given: merge.given(dep.keys.length === 0 ? [key] : key.split('.')) }];
      });
    },
  };
}

function declaredIn(
  values: ValueMap | undefined,
  { keys }: ParamsDep,
): ReadonlyMap<string, Value | undefined> {
  if (keys.length === 0) return new Map([...(values ?? [])].map(([key, value]) => [String(key), value]));
  return new Map(keys.map((key) => [key, values && valueAtKey(values, key)]));
}

const spelled = (value: Value | undefined): string => (value === undefined ? '' : canonicalJson(value));

/** The version of an imported package is no parameter of the project's own. */
const isPackage = ({ at }: ParamsDep): boolean => at.includes('node_modules/');

/** `a.b.0`: keys of mappings and indices of lists. */
function valueAtKey(values: ValueMap, key: string): Value | undefined {
  let value: Value | undefined = values;
  for (const step of key.split('.')) {
    // A value may be null, which is a value.
    if (isMap(value) && !value.has(step)) value = /^-?\d+$/.test(step) ? value.get(BigInt(step)) : undefined;
    else if (isMap(value)) value = value.get(step);
    else if (isList(value)) value = /^\d+$/.test(step) ? value[Number(step)] : undefined;
    else return undefined;
  }
  return value;
}
