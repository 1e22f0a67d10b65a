// Names of fields with dots, in `loess`: what it makes from `val\\.loss` has to be called `val.loss`, which the axes read.
import { isObject, type Json, type JsonObject } from '../json.ts';

export function withLoessFields(spec: JsonObject): JsonObject {
  return convert(spec) as JsonObject;
}

function convert(tree: Json): Json {
  if (Array.isArray(tree)) return (tree as readonly Json[]).map(convert);
  if (!isObject(tree)) return tree;
  const converted = Object.fromEntries(
    Object.entries(tree).map(([key, item]) => [key, key === 'values' ? item : convert(item)]),
  );
  const { loess, on, as } = tree;
  if (typeof loess !== 'string' || typeof on !== 'string' || as !== undefined) return converted;
  return { ...converted, as: [plain(on), plain(loess)] };
}

const plain = (field: string): string => field.replaceAll(/\\([.[\]])/g, '$1');
