// Applies --params files and -S values to existing values: mappings merge deeply, lists and scalars are replaced, and no key
// is added. Records which keys were found, so that the others can be refused.
import { isAbsolute, resolve } from 'node:path';
import type { Overlay } from './overlay.ts';
import { readParamsFile } from './params-file.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { isMap } from '../../base/spelling.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';
import type { PlaceOf } from '../../yaml/yaml-source.ts';
import { editAt, parseSetting, type Edit } from './overlay-setting.ts';

interface Layer {
  readonly value: ValueMap;
  readonly place: PlaceOf;
  /** For -S, where no line can be shown. */
  readonly text?: string;
  /** Of a -S that replaces one item of a list, adds a key or takes one out: in place of the merge. */
  readonly edit?: Edit;
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
  const layers = [...overlay.files.map((file) => readLayer(root, file)), ...overlay.set.map(readSetting)];
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

  /** How far some values had the steps of an edit, and which names were there instead of the next one. */
  const reached = new Map<Edit, { readonly known: number; readonly names: ReadonlySet<string> }>();
  const change = (values: ValueMap, edit: Edit): ValueMap => {
    const { result, known, names: beside } = editAt(values, edit);
    if (result !== undefined) found.add(pathText(edit.steps));
    const before = reached.get(edit);
    if (!before || known >= before.known)
      reached.set(edit, {
        known,
        names: new Set([...(before?.known === known ? before.names : []), ...beside]),
      });
    return (result as ValueMap | undefined) ?? values;
  };

  const unknownEdit = (layer: Layer, edit: Edit): Problem[] => {
    if (found.has(pathText(edit.steps))) return [];
    const { known, names: beside } = reached.get(edit) ?? { known: 0, names: [] };
    return [unknownProblem(layer, edit.steps.slice(0, known + 1), beside)];
  };

  const unknownIn = (layer: Layer, over: ValueMap, path: ValuePath): Problem[] =>
    [...over].flatMap(([key, value]) => {
      const inner = [...path, key];
      if (!found.has(pathText(inner))) return [unknownProblem(layer, inner, names.get(pathText(path)) ?? [])];
      return isMap(value) ? unknownIn(layer, value, inner) : [];
    });

  return {
    empty: layers.length === 0,
    apply: (values) =>
      layers.reduce(
        (current, layer) => (layer.edit ? change(current, layer.edit) : lay(current, layer.value, [])),
        values,
      ),
    given: (path) => {
      const layer = layers.findLast(({ value }) => stepsTo(value, path) !== undefined) ?? layers.at(-1)!;
      return givenText(layer, stepsTo(layer.value, path) ?? []);
    },
    unknown: () =>
      layers.flatMap((layer) =>
        layer.edit ? unknownEdit(layer, layer.edit) : unknownIn(layer, layer.value, []),
      ),
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

function readSetting(text: string): Layer {
  const parsed = parseSetting(text);
  const { steps, value, adds } = parsed;
  const place: PlaceOf = () => ({ file: `-S ${text}` });
  // What the setting is about, as far as mappings lead: from the first item of a list on, it replaces a part of that list.
  const item = steps.findIndex((step) => typeof step === 'number');
  let nested: Value = value ?? null;
  for (const key of steps.slice(0, item < 0 ? steps.length : item).reverse())
    nested = new Map<Scalar, Value>([[key, nested]]);
  const isEdit = item >= 0 || value === undefined || adds;
  return { value: nested as ValueMap, place, text, ...(isEdit && { edit: parsed }) };
}

function unknownProblem(layer: Layer, path: ValuePath, names: Iterable<string>): Problem {
  const key = String(path.at(-1));
  const suggestion = didYouMean(key, names);
  return {
    code: 'unknown-parameter',
    title: `no pipeline and no parameter file has '${pathName(path)}'`,
    hint:
      suggestion ??
      'an overlay replaces values; add the key to the parameter file first, or with -S +key=value',
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

const pathName = (path: ValuePath): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

const pathText = (path: ValuePath): string => JSON.stringify(path.map(String));

function markAll(value: Value, path: ValuePath, found: Set<string>): void {
  found.add(pathText(path));
  if (isMap(value)) for (const [key, item] of value) markAll(item, [...path, key], found);
}
