// Applies --params files and -S values to existing values: mappings merge deeply, lists and scalars are replaced, and no key
// is added. Records which keys were found, so that the others can be refused.
import { isAbsolute, resolve } from 'node:path';
import type { Overlay } from './overlay.ts';
import { readParamsFile } from './params-file.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { isMap } from '../../base/spelling.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';
import { readYaml, type PlaceOf } from '../../yaml/yaml-source.ts';

interface Layer {
  readonly value: ValueMap;
  readonly place: PlaceOf;
  /** For -S, where no line can be shown. */
  readonly text?: string;
}

export interface OverlayMerge {
  readonly empty: boolean;
  /** The values, replaced where the overlay has others. */
  apply(values: ValueMap): ValueMap;
  /** The last file or setting that gives a value at, above or below a key, for messages. */
  given(path: readonly string[]): string;
  /** One problem per key that no `apply` has found so far. */
  unknown(): Problem[];
}

/** @throws PipeError for files and settings that cannot be read. */
export function openOverlay(root: string, overlay: Overlay): OverlayMerge {
  const layers = [...overlay.files.map((file) => readLayer(root, file)), ...overlay.set.map(parseSetting)];
  // By path: seen in some values; and the names that stood there, for suggestions.
  const found = new Set<string>();
  const names = new Map<string, Set<string>>();

  const lay = (into: ValueMap, over: ValueMap, path: ValuePath): ValueMap => {
    const result = new Map(into);
    const here = names.get(pathText(path)) ?? new Set();
    names.set(pathText(path), here);
    for (const key of into.keys()) here.add(String(key));
    for (const [key, value] of over) {
      const before = into.get(key);
      if (before === undefined) continue;
      const inner = [...path, key];
      found.add(pathText(inner));
      if (isMap(before) && isMap(value)) result.set(key, lay(before, value, inner));
      else {
        markAll(value, inner, found);
        result.set(key, value);
      }
    }
    return result;
  };

  const unknownIn = (layer: Layer, over: ValueMap, path: ValuePath): Problem[] =>
    [...over].flatMap(([key, value]) => {
      const inner = [...path, key];
      if (!found.has(pathText(inner))) return [unknownProblem(layer, inner, names.get(pathText(path)) ?? [])];
      return isMap(value) ? unknownIn(layer, value, inner) : [];
    });

  return {
    empty: layers.length === 0,
    apply: (values) => layers.reduce((current, layer) => lay(current, layer.value, []), values),
    given: (path) => {
      const layer = layers.findLast(({ value }) => stepsTo(value, path) !== undefined) ?? layers.at(-1)!;
      return givenText(layer, stepsTo(layer.value, path) ?? []);
    },
    unknown: () => layers.flatMap((layer) => unknownIn(layer, layer.value, [])),
  };
}

function readLayer(root: string, path: string): Layer {
  const file = readParamsFile(isAbsolute(path) ? path : resolve(root, path), path);
  if (!file) {
    throw new PipeError({
      code: 'bad-overlay',
      title: `the parameter file '${path}' does not exist`,
      hint: 'correct the path given to --params',
      place: { file: path },
    });
  }
  if (isMap(file.value)) return { value: file.value, place: file.place };
  throw new PipeError({
    code: 'bad-overlay',
    title: 'a parameter file of --params must contain a mapping',
    place: file.place([]),
  });
}

function parseSetting(text: string): Layer {
  const equals = text.indexOf('=');
  const keys = text.slice(0, Math.max(0, equals)).split('.');
  if (equals < 0 || keys.some((key) => key.trim() === '')) {
    throw new PipeError({
      code: 'bad-overlay',
      title: `-S ${text}: expected key=value`,
      hint: 'for example -S train.epochs=5',
    });
  }
  let value: Value = readYaml(text.slice(equals + 1), `-S ${text}`).value;
  for (const key of keys.reverse()) value = new Map<Scalar, Value>([[key.trim(), value]]);
  return { value: value as ValueMap, place: () => ({ file: `-S ${text}` }), text };
}

function unknownProblem(layer: Layer, path: ValuePath, names: Iterable<string>): Problem {
  const key = String(path.at(-1));
  const suggestion = didYouMean(key, names);
  return {
    code: 'unknown-parameter',
    title: `no pipeline and no parameter file has '${path.join('.')}'`,
    hint:
      suggestion ?? 'an overlay replaces values and cannot add keys; add the key to the parameter file first',
    ...(layer.text === undefined
      ? { place: layer.place(path, 'key') }
      : { facts: [['given', `-S ${layer.text}`]] as const }),
  };
}

/** The part of the path that the layer has: all of it, or up to a value that replaces the rest. Undefined if neither. */
function stepsTo(value: Value, path: readonly string[]): ValuePath | undefined {
  let at: Value | undefined = value;
  for (const [index, step] of path.entries()) {
    if (!isMap(at)) return path.slice(0, index);
    at = at.get(step);
    if (at === undefined) return undefined;
  }
  return path;
}

function givenText({ text, place }: Layer, path: ValuePath): string {
  if (text !== undefined) return `-S ${text}`;
  const { file, line } = place(path, 'key');
  return `--params ${file}${line === undefined ? '' : `, line ${line}`}`;
}

const pathText = (path: ValuePath): string => JSON.stringify(path.map(String));

function markAll(value: Value, path: ValuePath, found: Set<string>): void {
  found.add(pathText(path));
  if (isMap(value)) for (const [key, item] of value) markAll(item, [...path, key], found);
}
