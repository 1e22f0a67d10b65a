// Reads YAML text into values and remembers where each of them stands. Refuses what DVC's reader refuses (duplicate
// keys, unknown tags), and what would only exhaust the machine. Knows nothing of pipelines.
import type { Alias, Node, Pair, Scalar as ScalarNode } from 'yaml';
import { orConflict } from './conflict-markers.ts';
import { keyIdentity } from '../base/key-identity.ts';
import { loadPackage } from '../base/load-package.ts';
import { refuseDeepNesting } from './nesting-limit.ts';
import { PipeError, type Place, type Problem } from '../base/problem.ts';
import { readSimpleYaml } from './simple-yaml.ts';
import { spellScalar } from '../base/spelling.ts';
import { placer, stripBom } from './text-place.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { readPlainScalar, readTaggedScalar } from './yaml-scalar.ts';

/** Keys and list indices from the root of a file to a value. */
export type ValuePath = readonly (Scalar | number)[];

/**
 * Where the value at a path stands, or the nearest one around it that exists; `key`: the key rather than the value;
 * `within`: where this text begins in it, if it is written there as it is.
 */
export type PlaceOf = (path: ValuePath, part?: 'key' | 'value', within?: string) => Place;

/** A parsed file. */
export interface YamlSource {
  readonly file: string;
  /** Null for an empty file. */
  readonly value: Value;
  readonly place: PlaceOf;
}

/** Deeper than any pipeline, and shallow enough for every recursion over values. */
const MAX_DEPTH = 200;
/** Values that aliases add to those that are written: a few lines of them can stand for more than any memory holds. */
const MOST_ALIASED = 2_000_000;

/**
 * @param file its name in messages; @param duplicateKeys `last`: the last of equal keys counts, as in JSON.
 * @throws PipeError with every syntax error of the text.
 */
export function readYaml(
  text: string,
  file: string,
  duplicateKeys: 'refused' | 'last' = 'refused',
): YamlSource {
  const source = stripBom(text);
  const placeOf = placer(source, file);
  const simple = readSimpleYaml(source);
  let full = simple ? undefined : readFully(source, placeOf, duplicateKeys);
  return {
    file,
    value: simple ? simple.value : full!.value,
    place(path, part = 'value', within = '') {
      const known =
        path.length === 0 && within === '' ? 0 : part === 'key' ? simple?.keyOffset(path) : undefined;
      if (known !== undefined) return placeOf(known);
      // Places are wanted for problems, and one reader of them is enough.
      full ??= readFully(source, placeOf, duplicateKeys);
      const offset = full.offset(path, part);
      return placeOf(Math.max(offset, source.indexOf(within, offset)));
    },
  };
}

interface FullyRead {
  readonly value: Value;
  offset(path: ValuePath, part: 'key' | 'value'): number;
}

function readFully(
  source: string,
  placeOf: (offset: number) => Place,
  duplicateKeys: 'refused' | 'last',
): FullyRead {
  refuseDeepNesting(source, placeOf);
  const document = loadPackage('yaml').parseDocument(source, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
  });
  const problems: Problem[] = document.errors.map((error) => ({
    ...(/call stack/i.test(error.message)
      ? { code: 'yaml-too-large', title: 'nested too deeply' }
      : { code: 'yaml-syntax', title: `not valid YAML: ${lowerFirst(error.message)}` }),
    ...syntaxHint(error.code, placeOf(error.pos[0])),
    place: placeOf(error.pos[0]),
  }));
  // What follows on the same line is mostly a consequence.
  const first = problems.filter(
    ({ place }, at) => problems.findIndex((other) => other.place?.line === place?.line) === at,
  );
  if (first.length > 0) throw orConflict(new PipeError(first.slice(0, 10)), source, placeOf(0).file);
  const reader = new Reader(placeOf, duplicateKeys);
  const value = reader.read(document.contents, 0);
  if (reader.problems.length > 0) throw new PipeError(reader.problems);
  return { value, offset: (path, part) => reader.offset(value, path, part) };
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function syntaxHint(code: string, place: Place): { hint?: string } {
  const hint = hintFor(code, place);
  return hint === undefined ? {} : { hint };
}

function hintFor(code: string, { source }: Place): string | undefined {
  if (source !== undefined && /(?:[[{][^'"\]}]*|:\s*)\$\{/.test(source))
    return 'inside of [ ] and { } a template must stand in quotes';
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'MULTIPLE_DOCS':
      return 'keep one document in the file: no second `---`';
    case 'BAD_INDENT':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MISSING_CHAR':
      return 'check the indentation and the quotes of this line and the one before it';
    default:
      return undefined;
  }
}

/** Where a key and its value start; both the same for an item of a list. */
type Span = readonly [key: number, value: number];

class Reader {
  readonly problems: Problem[] = [];
  readonly #yaml = loadPackage('yaml');
  readonly #placeOf: (offset: number) => Place;
  readonly #duplicateKeys: 'refused' | 'last';
  /** By name; undefined while the node is being read: an alias to it would never end. */
  readonly #anchors = new Map<string, { value: Value; size: number } | undefined>();
  readonly #spans = new Map<Value, Map<Scalar | number, Span>>();
  #values = 0;
  #aliased = 0;

  constructor(placeOf: (offset: number) => Place, duplicateKeys: 'refused' | 'last') {
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
        'not valid YAML: a lone `=` has a meaning of its own; put it into quotes',
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
    const seen = new Map<Scalar, Node>();
    const spans = new Map<Scalar, Span>();
    for (const { key: keyNode, value: valueNode } of items) {
      if (this.#isMergeKey(keyNode)) {
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
      const first = seen.get(identity);
      if (first && this.#duplicateKeys === 'refused') this.#refuseDuplicate(key, keyNode, first);
      seen.set(identity, keyNode);
      own.set(key, this.read(valueNode, depth + 1));
      spans.set(key, [startOf(keyNode), isEmpty(valueNode) ? startOf(keyNode) : startOf(valueNode)]);
    }
    // What is merged in comes first, as in DVC's reader.
    for (const [key, value] of own) merged.set(key, value);
    this.#spans.set(merged, spans);
    return merged;
  }

  #isMergeKey(node: Node): boolean {
    return (
      this.#yaml.isScalar(node) && node.type === 'PLAIN' && node.value === '<<' && node.tag === undefined
    );
  }

  /** What `<<` brings in; of several mappings the earlier one wins. */
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
        `not valid YAML: no anchor &${node.source} stands before this alias`,
      );
    const target = this.#anchors.get(node.source);
    if (!target)
      return this.#refuse(node, 'yaml-syntax', 'not valid YAML: this alias stands inside of what it names');
    this.#values += target.size;
    this.#aliased += target.size;
    if (this.#aliased > MOST_ALIASED)
      return this.#refuse(node, 'yaml-too-large', `the aliases stand for more than ${MOST_ALIASED} values`);
    return target.value;
  }

  /** Where the value, or its key, at a path starts; of a path that does not exist, the nearest value around it. */
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
      this.problems.length < 10 &&
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
    if (this.problems.length >= 10) return;
    const { line } = this.#placeOf(first.range?.[0] ?? 0);
    this.problems.push({
      code: 'yaml-duplicate-key',
      title: `the key ${JSON.stringify(spellScalar(key))} stands twice in one mapping`,
      facts: [['first', `line ${line}`]],
      hint: 'remove or rename one of them',
      place: this.#placeOf(node.range?.[0] ?? 0),
    });
  }
}

/** Nothing is written there. */
const isEmpty = (node: Node | null): boolean => !node?.range || node.range[0] === node.range[1];

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0;
