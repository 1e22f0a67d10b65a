// Turns `selection` of Vega-Lite 4, which DVC's confusion matrices and many users' templates have, into the `params` that replaced it:
// newer versions ignore it, and with it what happens under the pointer.
import { isObject, type Json, type JsonObject } from '../json.ts';

/** @returns the same specification where it has none. */
export function modernSelections(spec: JsonObject): JsonObject {
  const names = new Map<string, JsonObject>();
  collect(spec, names);
  return names.size === 0 ? spec : (convert(spec, names) as JsonObject);
}

function collect(tree: Json, names: Map<string, JsonObject>): void {
  if (Array.isArray(tree)) for (const item of tree as readonly Json[]) collect(item, names);
  if (!isObject(tree)) return;
  for (const [key, item] of Object.entries(tree)) {
    if (key === 'values') continue;
    if (key === 'selection' && isObject(item) && Object.values(item).every(isDeclared))
      for (const [name, selection] of Object.entries(item)) names.set(name, selection as JsonObject);
    else collect(item, names);
  }
}

const isDeclared = (value: Json): boolean => isObject(value) && typeof value['type'] === 'string';

function convert(tree: Json, names: ReadonlyMap<string, JsonObject>): Json {
  if (Array.isArray(tree)) return (tree as readonly Json[]).map((item) => convert(item, names));
  if (!isObject(tree)) return tree;
  const { selection, ...rest } = tree;
  const converted: Record<string, Json> = {};
  for (const [key, item] of Object.entries(rest))
    converted[key] = key === 'values' ? item : convert(item, names);
  if (selection === undefined) return converted;
  if (isObject(selection) && Object.values(selection).every(isDeclared)) {
    const own = Object.entries(selection).map(([name, one]) => paramOf(name, one as JsonObject));
    const before = converted['params'];
    return { ...converted, params: [...(Array.isArray(before) ? (before as readonly Json[]) : []), ...own] };
  }
  const found = predicate(selection, names);
  // A condition has a value besides; a filter is the predicate itself.
  const isPlain = 'param' in found || Object.keys(rest).length === 0;
  return { ...converted, ...(isPlain ? found : { test: found }) };
}

/** `{type: single, bind, init, empty, …}` → a parameter that selects points or an interval. */
function paramOf(name: string, selection: JsonObject): JsonObject {
  const { type, bind, init, ...options } = selection;
  const others = Object.entries(options).filter(([key]) => key !== 'empty');
  const select: JsonObject = {
    ...Object.fromEntries(others),
    type: type === 'interval' ? 'interval' : 'point',
    ...(type === 'single' && !('toggle' in options) && { toggle: false }),
  };
  return {
    name,
    select,
    ...(bind !== undefined && { bind }),
    ...(init !== undefined && { value: init }),
  };
}

/** A name, or `{not|and|or: …}` of names. */
function predicate(test: Json, names: ReadonlyMap<string, JsonObject>): JsonObject {
  if (typeof test === 'string')
    return { param: test, ...(names.get(test)?.['empty'] === 'none' && { empty: false }) };
  if (!isObject(test)) return {};
  const combined = Object.entries(test).map(([key, value]): [string, Json] => [
    key,
    Array.isArray(value)
      ? (value as readonly Json[]).map((one) => predicate(one, names))
      : predicate(value, names),
  ]);
  return Object.fromEntries(combined);
}
