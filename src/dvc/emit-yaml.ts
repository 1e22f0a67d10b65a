// Writes values as DVC's YAML writer lays them out: block style throughout, lists not indented under their key, aliases
// for a list or mapping that occurs twice.
import { spellFloat } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { isSimpleKey } from './yaml-scalar.ts';
import { YamlWriter } from './yaml-writer.ts';

/** What a node is: the value of a key, or an item of a list. */
type Context = 'value' | 'item';

/** @param column how far the whole is indented. @returns lines of the mapping's entries, with the last line's end. */
export function emitMapping(map: ValueMap, column: number): string {
  const writer = new YamlWriter();
  const anchors = findAnchors(map);
  const anchored = new Set<Value>();

  function node(value: Value, context: Context, indent: number): void {
    if (typeof value !== 'object' || value === null) return scalar(value, context, indent);
    const anchor = anchors.get(value);
    if (anchor !== undefined) {
      writer.indicator(anchored.has(value) ? `*${anchor}` : `&${anchor}`, true);
      if (anchored.has(value)) return;
      anchored.add(value);
    }
    if (Array.isArray(value)) list(value, context, indent);
    else mapping(value as ValueMap, indent);
  }

  function list(items: readonly Value[], context: Context, indent: number): void {
    if (items.length === 0) return empty('[]');
    const inner = context === 'value' && !writer.indention ? indent : indent + 2;
    for (const item of items) {
      writer.indent(inner);
      writer.indicator('-', true, true);
      node(item, 'item', inner);
    }
  }

  function mapping(map: ValueMap, indent: number): void {
    if (map.size === 0) return empty('{}');
    for (const [key, value] of map) entry(key, value, indent + 2);
  }

  function entry(key: Scalar, value: Value, indent: number): void {
    writer.indent(indent);
    const simple = typeof key !== 'string' || isSimpleKey(key);
    if (simple) {
      if (typeof key === 'string') writer.scalar(key, indent + 2, true);
      else writer.plain(key === null ? 'null' : spell(key), indent + 2);
      writer.indicator(':', false);
    } else {
      writer.indicator('?', true, true);
      writer.scalar(key, indent + 2, false);
      writer.indent(indent);
      writer.indicator(':', true, true);
    }
    node(value, 'value', indent);
  }

  function empty(brackets: string): void {
    writer.indicator(brackets, true);
    writer.newLine();
  }

  function scalar(value: Scalar, context: Context, indent: number): void {
    if (context === 'item') writer.indent(indent + 2);
    if (typeof value === 'string') writer.scalar(value, indent + 2, false);
    else writer.plain(spell(value), indent + 2);
  }

  for (const [key, value] of map) entry(key, value, column);
  writer.indent(0);
  return writer.text;
}

function spell(value: Exclude<Scalar, string>): string {
  if (value === null) return '';
  if (typeof value !== 'number') return String(value);
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return spellFloat(value);
}

/** Names for every list and mapping that is reached twice, in the order in which that happens. */
function findAnchors(root: Value): ReadonlyMap<Value, string> {
  const seen = new Set<Value>();
  const anchors = new Map<Value, string>();
  const visit = (value: Value): void => {
    if (typeof value !== 'object' || value === null) return;
    if (seen.has(value)) {
      if (!anchors.has(value)) anchors.set(value, `id${String(anchors.size + 1).padStart(3, '0')}`);
      return;
    }
    seen.add(value);
    for (const child of Array.isArray(value) ? value : (value as ValueMap).values()) visit(child);
  };
  visit(root);
  return anchors;
}
