// A plot as a picture: without the marks that only show under the pointer, of which there can be one for each point.
import { isObject, type Json, type JsonObject } from '../json.ts';

/** @param spec without selections of Vega-Lite 4. @returns the same, where something else needs what would be left out. */
export function stillSpec(spec: JsonObject): JsonObject {
  const dropped: Json[] = [];
  const still = without(spec, dropped) as JsonObject;
  const names = paramsOf(dropped);
  const text = JSON.stringify(still, (key, value: unknown) =>
    key === 'values' || typeof value === 'bigint' ? undefined : value,
  );
  return names.some((name) => text.includes(JSON.stringify(name))) ? spec : still;
}

function without(tree: Json, dropped: Json[]): Json {
  if (Array.isArray(tree)) return (tree as readonly Json[]).map((item) => without(item, dropped));
  if (!isObject(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, item]) => {
      if (key === 'values') return [key, item];
      if (key !== 'layer' || !Array.isArray(item)) return [key, without(item, dropped)];
      const layers = item as readonly Json[];
      const shown = layers.filter((layer) => !isPointedOnly(layer));
      if (shown.length === 0) return [key, layers.map((layer) => without(layer, dropped))];
      dropped.push(...layers.filter(isPointedOnly));
      return [key, shown.map((layer) => without(layer, dropped))];
    }),
  );
}

/** It is invisible, or has no points, until a parameter of the page selects some. */
function isPointedOnly(layer: Json): boolean {
  if (!isObject(layer)) return false;
  const { encoding, transform } = layer;
  const opacity = isObject(encoding) ? encoding['opacity'] : undefined;
  if (isObject(opacity) && opacity['value'] === 0 && isSelected(opacity['condition'])) return true;
  const steps = Array.isArray(transform) ? (transform as readonly Json[]) : [];
  return steps.some((step) => isObject(step) && isSelected(step['filter']));
}

const isSelected = (test: Json | undefined): boolean =>
  isObject(test) && typeof test['param'] === 'string' && test['empty'] === false;

/** The names of the parameters that these declare. */
function paramsOf(tree: Json): string[] {
  if (Array.isArray(tree)) return (tree as readonly Json[]).flatMap(paramsOf);
  if (!isObject(tree)) return [];
  const { params = [] } = tree;
  const own = (params as readonly Json[]).flatMap((param) =>
    isObject(param) && typeof param['name'] === 'string' ? [param['name']] : [],
  );
  return [...own, ...Object.entries(tree).flatMap(([key, item]) => (key === 'values' ? [] : paramsOf(item)))];
}
