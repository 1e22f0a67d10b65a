// The value of a syntax tree of the `yaml` package, and where each part of it starts. Refuses what DVC's reader refuses
// (duplicate keys, unknown tags) and what would exhaust the machine.
import type { Alias, Node, Pair, Scalar as ScalarNode } from 'yaml';
import { keyIdentity } from '../base/key-identity.ts';
import { loadPackage } from '../base/load-package.ts';
import type { Place, Problem } from '../base/problem.ts';
import { spellScalar } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../base/value.ts';
import { readPlainScalar, readTaggedScalar } from './read-scalar.ts';

/** Equal keys of one mapping: refused, or the last one counts. */
export type DuplicateKeys = 'refused' | 'last';

/** Deeper than any pipeline, and shallow enough for every recursion over values. */
export const MAX_DEPTH = 200;
/** Values that aliases add to the written ones: a few lines with aliases can mean more values than fit into memory. */
const MAX_ALIASED = 2_000_000;
/** Of one text. */
const MAX_PROBLEMS = 10;

/** Where a key and its value start; the same offset for an item of a list. */
type Span = readonly [key: number, value: number];

export class NodeReader {
  readonly problems: Problem[] = [];
  readonly #yaml = loadPackage('yaml');
  readonly #placeOf: (offset: number) => Place;
  readonly #duplicateKeys: DuplicateKeys;
  /** By name; undefined while the node is being read, as an alias to it would be infinite. */
  readonly #anchors = new Map<string, { value: Value; size: number } | undefined>();
  readonly #spans = new Map<Value, Map<Scalar | number, Span>>();
  #values = 0;
  #aliased = 0;

  constructor(placeOf: (offset: number) => Place, duplicateKeys: DuplicateKeys) {
    this.#placeOf = placeOf;
    this.#duplicateKeys = duplicateKeys;
  }

  read(node: Node | null, depth: number): Value {
    if (node === null) return null;
    if (depth > MAX_DEPTH)
      return this.#refuse(node, 'yaml-too-large', `nested deeper than ${MAX_DEPTH} levels`);
    this.#values += 1;
    if (this.#yaml.isAlias(node)) return this.#readAlias(node);
    const anchor = (node as { anchor?: string }).anchor;
    if (anchor === undefined) return this.#readNode(node, depth);
    const before = this.#values;
    this.#anchors.set(anchor, undefined);
    const value = this.#readNode(node, depth);
    this.#anchors.set(anchor, { value, size: this.#values - before });
    return value;
  }

  #readNode(node: Node, depth: number): Value {
    if (this.#yaml.isScalar(node)) return this.#readScalar(node);
    const tag = node.tag;
    if (this.#yaml.isSeq(node)) {
      if (tag !== undefined && tag !== 'tag:yaml.org,2002:seq' && tag !== '!')
        return this.#refuseTag(node, tag);
      return this.#readList(node.items as (Node | null)[], depth);
    }
    if (this.#yaml.isMap(node)) {
      if (tag !== undefined && tag !== 'tag:yaml.org,2002:map' && tag !== '!')
        return this.#refuseTag(node, tag);
      return this.#readMap(node.items as Pair<Node, Node | null>[], depth);
    }
    return null;
  }

  #readScalar(node: ScalarNode): Scalar {
    const text = String(node.value);
    const tag = node.tag;
    if (tag !== undefined) {
      const value = readTaggedScalar(tag, text);
      if (value !== undefined) return value;
      this.#refuseTag(node, tag);
      return null;
    }
    if (node.type !== 'PLAIN') return text;
    if (text === '=')
      this.#refuse(
        node,
        'yaml-syntax',
        'not valid YAML: a lone `=` has a special meaning; put it into quotes',
      );
    return readPlainScalar(text);
  }

  #readList(items: readonly (Node | null)[], depth: number): readonly Value[] {
    const list = items.map((item) => this.read(item, depth + 1));
    this.#spans.set(list, new Map(items.map((item, index) => [index, [startOf(item), startOf(item)]])));
    return list;
  }

  #readMap(items: readonly Pair<Node, Node | null>[], depth: number): ValueMap {
    const merged = new Map<Scalar, Value>();
    const own = new Map<Scalar, Value>();
    const firstNodes = new Map<Scalar, Node>();
    const spans = new Map<Scalar, Span>();
    let merge: Node | undefined;
    for (const { key: keyNode, value: valueNode } of items) {
      if (this.#isMergeKey(keyNode)) {
        if (merge && this.#duplicateKeys === 'refused') this.#refuseDuplicate('<<', keyNode, merge);
        merge ??= keyNode;
        for (const [key, value, span] of this.#readMerge(valueNode, depth)) {
          merged.set(key, value);
          if (!own.has(key)) spans.set(key, span);
        }
        continue;
      }
      if (!this.#yaml.isScalar(keyNode) && !this.#yaml.isAlias(keyNode)) {
        this.#refuse(keyNode, 'yaml-syntax', 'not valid YAML here: a key must be a string or a number');
        continue;
      }
      const key = this.read(keyNode, depth + 1) as Scalar;
      const identity = keyIdentity(key);
      const first = firstNodes.get(identity);
      if (first && this.#duplicateKeys === 'refused') this.#refuseDuplicate(key, keyNode, first);
      firstNodes.set(identity, keyNode);
      own.set(key, this.read(valueNode, depth + 1));
      spans.set(key, [startOf(keyNode), isEmpty(valueNode) ? startOf(keyNode) : startOf(valueNode)]);
    }
    // Merged keys come first, as in DVC's reader.
    for (const [key, value] of own) merged.set(key, value);
    this.#spans.set(merged, spans);
    return merged;
  }

  #isMergeKey(node: Node): boolean {
    return (
      this.#yaml.isScalar(node) && node.type === 'PLAIN' && node.value === '<<' && node.tag === undefined
    );
  }

  /** The entries that `<<` merges; of several mappings the earlier one wins. */
  #readMerge(node: Node | null, depth: number): readonly (readonly [Scalar, Value, Span])[] {
    const value = this.read(node, depth + 1);
    const maps = Array.isArray(value) ? [...value].reverse() : [value];
    const entries: (readonly [Scalar, Value, Span])[] = [];
    for (const map of maps) {
      if (map instanceof Map)
        for (const [key, item] of map as ValueMap) entries.push([key, item, this.#spans.get(map)!.get(key)!]);
      else this.#refuse(node, 'yaml-syntax', 'not valid YAML: `<<` takes a mapping or a list of mappings');
    }
    return entries;
  }

  #readAlias(node: Alias): Value {
    if (!this.#anchors.has(node.source))
      return this.#refuse(
        node,
        'yaml-syntax',
        `not valid YAML: no anchor &${node.source} precedes this alias`,
      );
    const target = this.#anchors.get(node.source);
    if (!target)
      return this.#refuse(
        node,
        'yaml-syntax',
        'not valid YAML: this alias is inside of the value that it names',
      );
    this.#values += target.size;
    this.#aliased += target.size;
    if (this.#aliased > MAX_ALIASED)
      return this.#refuse(node, 'yaml-too-large', `the aliases expand to more than ${MAX_ALIASED} values`);
    return target.value;
  }

  /** The start of the value at a path, or of its key; of the nearest value around it if the path does not exist. */
  offset(root: Value, path: ValuePath, part: 'key' | 'value'): number {
    let value: Value | undefined = root;
    let offset = 0;
    for (const [index, step] of path.entries()) {
      const span: Span | undefined = value === undefined ? undefined : this.#spans.get(value)?.get(step);
      if (!span) return offset;
      offset = span[index === path.length - 1 && part === 'key' ? 0 : 1];
      value =
        value instanceof Map ? (value as ValueMap).get(step) : (value as readonly Value[])[Number(step)];
    }
    return offset;
  }

  #refuse(node: Node | null, code: 'yaml-syntax' | 'yaml-too-large', title: string): null {
    if (
      this.problems.length < MAX_PROBLEMS &&
      (code !== 'yaml-too-large' || !this.problems.some((problem) => problem.code === code))
    ) {
      this.problems.push({ code, title, place: this.#placeOf(node?.range?.[0] ?? 0) });
    }
    return null;
  }

  #refuseTag(node: Node, tag: string): null {
    const name = tag.replace('tag:yaml.org,2002:', '!!');
    return this.#refuse(node, 'yaml-syntax', `the value does not fit its tag ${name}, or the tag is unknown`);
  }

  #refuseDuplicate(key: Scalar, node: Node, first: Node): void {
    if (this.problems.length >= MAX_PROBLEMS) return;
    const { line } = this.#placeOf(first.range?.[0] ?? 0);
    this.problems.push({
      code: 'yaml-duplicate-key',
      title: `the key ${JSON.stringify(spellScalar(key))} is repeated in one mapping`,
      facts: [['first', `line ${line}`]],
      hint: 'remove or rename one of them',
      place: this.#placeOf(node.range?.[0] ?? 0),
    });
  }
}

/** The value of `key:` without anything after it. */
const isEmpty = (node: Node | null): boolean => !node?.range || node.range[0] === node.range[1];

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0;
