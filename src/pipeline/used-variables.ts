// The values of variable files that the templates of a pipeline file's stages use. They decide about commands and paths only.
import { isList, isMap, spellPython } from '../base/spelling.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import type { Context } from './template/context.ts';
import { expressionsOf } from './template/expression.ts';

/** Single values by their dotted keys, by file. @param stages as declared, before templates are resolved. */
export function usedVariables(
  stages: Value | undefined,
  { sources, loaded }: Pick<Context, 'sources' | 'loaded'>,
): ReadonlyMap<WorkspacePath, ValueMap> {
  const used = new Map<WorkspacePath, Map<Scalar, Value>>();
  const names = stages === undefined ? [] : namesIn(stages);
  for (const { name: file, value } of sources) {
    if (!loaded.has(file)) continue;
    for (const path of names) {
      const found = valueAt(value, path);
      if (found === undefined) continue;
      const values = used.get(file as WorkspacePath) ?? new Map<Scalar, Value>();
      for (const [key, leaf] of leavesIn(path.join('.'), found)) values.set(key, leaf);
      used.set(file as WorkspacePath, values);
    }
  }
  return used;
}

/** The names in all templates, keys of mappings included. */
function namesIn(value: Value): (readonly string[])[] {
  if (typeof value === 'string') return expressionsOf(value).map(({ path }) => path);
  if (isList(value)) return value.flatMap(namesIn);
  if (isMap(value)) return [...value].flatMap(([key, item]) => [...namesIn(key), ...namesIn(item)]);
  return [];
}

function valueAt(value: Value, path: readonly string[]): Value | undefined {
  let at: Value | undefined = path.length > 0 ? value : undefined;
  for (const step of path) {
    if (isMap(at)) at = at.get(step);
    else at = isList(at) && /^-?\d+$/.test(step) ? at.at(Number(step)) : undefined;
  }
  return at;
}

/** Single values by their dotted keys, indices of lists included. */
export function leavesIn(name: string, value: Value): (readonly [string, Value])[] {
  if (isList(value)) return value.flatMap((item, index) => leavesIn(`${name}.${index}`, item));
  if (isMap(value)) return [...value].flatMap(([key, item]) => leavesIn(`${name}.${spellPython(key)}`, item));
  return [[name, value]];
}
