// Expands a `matrix` into its members: one per combination of the values of its keys.
import { isList, isMap, spellScalar } from '../../base/spelling.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';
import {
  describe,
  isComposite,
  resolveData,
  resolveItems,
  spellName,
  type ExpandInput,
  type Item,
  type Member,
} from './expansion.ts';
import { isExactTemplate } from './expression.ts';
import { resolveTree } from './resolve-tree.ts';

/** More stages than any pipeline has, and few enough to report an error soon. */
const MAX_MEMBERS = 100_000;

/** @param defaults of `item`, for keys that the matrix lacks (extension). */
export function expandMatrix(
  data: Value,
  path: ValuePath,
  defaults: ValueMap | undefined,
  input: ExpandInput,
): readonly Member[] {
  const axes = isList(data)
    ? mergeAxes(data, path, input)
    : isMap(data)
      ? readAxes(data, path, input)
      : undefined;
  if (!axes) return [];
  const count = [...axes.values()].reduce((product, { items }) => product * items.length, 1);
  if (count > MAX_MEMBERS) {
    input.report(path, `this matrix has ${count} combinations; at most ${MAX_MEMBERS} are possible`);
    return [];
  }
  const members = new Map<string, Member>();
  for (const combination of product([...axes].map(choicesOf))) {
    const item = new Map<Scalar, Value>();
    let key = '';
    const keys = isList(data) ? data.map(() => '') : undefined;
    for (const { name, value, fragment, part } of combination) {
      key += item.size === 0 ? fragment : `-${fragment}`;
      if (keys) keys[part] += keys[part] === '' ? fragment : `-${fragment}`;
      item.set(name, value);
    }
    members.set(key, { key, ...(keys && { keys }), item: withDefaults(item, defaults), named: true });
  }
  return [...members.values()];
}

// Defaults that the matrix overrides are omitted, also from the order of keys, so they do not change the result.
function withDefaults(item: ValueMap, defaults: ValueMap | undefined): ValueMap {
  if (!defaults) return item;
  return new Map([...[...defaults].filter(([key]) => !item.has(key)), ...item]);
}

/** The values of one key. */
interface Axis {
  readonly items: readonly Item[];
  /** The index of the first mapping of a matrix list that has the key. */
  readonly part: number;
}

type Axes = ReadonlyMap<string, Axis>;

/** The list form: a later key replaces an earlier one and keeps its position. */
function mergeAxes(parts: readonly Value[], path: ValuePath, input: ExpandInput): Axes | undefined {
  const axes = new Map<string, Axis>();
  let whole = true;
  for (const [index, part] of parts.entries()) {
    const here = [...path, index];
    const { value, faulty } =
      typeof part === 'string' ? resolveData(part, here, input) : { value: part, faulty: false };
    const read = faulty
      ? undefined
      : isMap(value)
        ? readAxes(value, here, input, typeof part === 'string')
        : undefined;
    if (!read && !faulty && !isMap(value))
      input.report(here, `an element of a matrix list must be a mapping, got ${describe(value)}`);
    if (!read) whole = false;
    else for (const [name, { items }] of read) axes.set(name, { items, part: axes.get(name)?.part ?? index });
  }
  return whole ? axes : undefined;
}

function readAxes(map: ValueMap, path: ValuePath, input: ExpandInput, templated = false): Axes | undefined {
  const axes = new Map<string, Axis>();
  let whole = true;
  for (const [name, data] of map) {
    const here = [...path, name];
    if (typeof name !== 'string' && !input.format.stringKeysOnly) {
      input.report(path, `a key of a matrix must be a string, got ${describe(name)}`, 'put it into quotes');
      whole = false;
      continue;
    }
    const items = readAxis(data, here, input, templated);
    const key = resolveTree(name, templated ? new Map() : input.context, {}, here, input.fault);
    if (items) axes.set(spellScalar(key as Scalar), { items, part: 0 });
    else whole = false;
  }
  return whole ? axes : undefined;
}

/** @param templated the data is the value of a template and contains none itself. */
function readAxis(
  data: Value,
  path: ValuePath,
  input: ExpandInput,
  templated: boolean,
): readonly Item[] | undefined {
  if (isList(data))
    return templated ? data.map((value) => ({ value, templated })) : resolveItems(data, path, input);
  if (typeof data === 'string' && !templated) {
    const { value, faulty } = resolveData(data, path, input);
    if (faulty) return undefined;
    if (isList(value)) return value.map((item) => ({ value: item, templated: true }));
    if (isMap(value)) return [...value.keys()].map((key) => ({ value: key, templated: false }));
    // DVC iterates over the characters of a text.
    if (typeof value === 'string' && !isExactTemplate(data) && input.format.textIsAxis)
      return Array.from(value, (char) => ({ value: char, templated: false }));
    input.report(path, `a value of a matrix must be a list, got ${describe(value)}`, hintFor(data, value));
    return undefined;
  }
  if (templated && isMap(data)) return [...data.keys()].map((key) => ({ value: key, templated: false }));
  input.report(
    path,
    `a value of a matrix must be a list, got ${describe(data)}`,
    'write a list, also for a single value: [x]',
  );
  return undefined;
}

const hintFor = (data: string, value: Value): string =>
  typeof value === 'bigint'
    ? `${data} is a number; a list of values is needed, such as [0, 1, 2]`
    : 'write a list, also for a single value: [x]';

/** A value of an axis, and the part of a member's name that represents it. */
interface Choice {
  readonly name: string;
  readonly value: Value;
  readonly fragment: string;
  readonly part: number;
}

function choicesOf([name, { items, part }]: readonly [string, Axis]): readonly Choice[] {
  return items.map((item, index) => ({
    name,
    value: item.value,
    fragment: isComposite(item.value) ? `${name}${index}` : spellName(item),
    part,
  }));
}

/** Every combination, the last axis varying fastest. Yields the same array each time, with new content. */
function* product(axes: readonly (readonly Choice[])[]): Generator<readonly Choice[]> {
  if (axes.some((choices) => choices.length === 0)) return;
  const at = axes.map(() => 0);
  const combination = axes.map((choices) => choices[0]!);
  for (;;) {
    yield combination;
    let axis = axes.length - 1;
    for (; axis >= 0; axis -= 1) {
      const next = (at[axis]! + 1) % axes[axis]!.length;
      at[axis] = next;
      combination[axis] = axes[axis]![next]!;
      if (next !== 0) break;
    }
    if (axis < 0) return;
  }
}
