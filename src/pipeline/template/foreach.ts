// Expands the data of a `foreach` into its members.
import { isList, isMap, spellScalar } from '../../base/spelling.ts';
import type { Value, ValuePath } from '../../base/value.ts';
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

export function expandForeach(data: Value, path: ValuePath, input: ExpandInput): readonly Member[] {
  const { value, faulty } = resolveData(data, path, input);
  if (faulty) return [];
  if (isMap(value)) {
    const members = new Map<string, Member>();
    for (const [name, item] of value) {
      const key = spellScalar(name);
      if (members.has(key) && !input.format.repeatsMembers)
        input.report(path, `two members of this foreach have the name '${key}'`, 'rename one of the keys');
      members.set(key, { key, item, named: true });
    }
    return [...members.values()];
  }
  if (isList(value)) {
    const templated = typeof data === 'string';
    const items = templated
      ? value.map((item): Item => ({ value: item, templated }))
      : resolveItems(data as readonly Value[], path, input);
    const indexed = items.some((item) => isComposite(item.value));
    const members = new Map<string, Member>();
    for (const [index, item] of items.entries()) {
      const key = indexed ? String(index) : spellName(item);
      members.set(key, { key, item: item.value, named: false });
    }
    return [...members.values()];
  }
  input.report(path, `foreach takes a list or a mapping, got ${describe(value)}`);
  return [];
}
