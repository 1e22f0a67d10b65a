// The source of a mapping: its entries with their ranges, in block or in flow style.
import type { Alias, Node, Pair, Scalar, YAMLMap } from 'yaml';
import { contentEnd, headerEnd, itemEnd, itemStart, valueStart, type SyntaxItem } from './token-range.ts';

export interface Entry {
  readonly key: string;
  /** Its indicator `?`, the properties of its key, or its key. */
  readonly start: number;
  /** The key itself, without properties. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /** After the colon and the properties of the value. */
  readonly headerEnd: number;
  /** Undefined where no value is written. */
  readonly valueStart: number | undefined;
  /** After the last character of the value. */
  readonly end: number;
  readonly value: Node | null;
}

export interface Mapping {
  readonly style: 'block' | 'flow';
  readonly start: number;
  readonly entries: readonly Entry[];
}

/** Undefined for a node that is not a mapping: an alias, too. */
export function mappingOf(node: Node | null): Mapping | undefined {
  const token = node?.srcToken;
  if (!token || !isMap(node)) return undefined;
  if (token.type !== 'block-map' && token.type !== 'flow-collection') return undefined;
  return {
    style: token.type === 'block-map' ? 'block' : 'flow',
    start: token.offset,
    entries: node.items.map((pair) => entryOf(pair)),
  };
}

export const entryNamed = (mapping: Mapping | undefined, key: string): Entry | undefined =>
  mapping?.entries.find((entry) => entry.key === key);

export const isAlias = (node: Node | null): node is Alias => node?.srcToken?.type === 'alias';

function isMap(node: Node): node is YAMLMap<Node, Node | null> {
  const { srcToken } = node;
  if (srcToken?.type !== 'flow-collection') return srcToken?.type === 'block-map';
  return srcToken.start.type === 'flow-map-start';
}

function entryOf({ key, value, srcToken }: Pair<Node, Node | null>): Entry {
  const item = srcToken as SyntaxItem;
  return {
    key: String((key as Scalar).value),
    start: itemStart(item),
    keyStart: item.key?.offset ?? itemStart(item),
    keyEnd: item.key ? contentEnd(item.key) : itemStart(item),
    headerEnd: headerEnd(item),
    valueStart: valueStart(item),
    end: itemEnd(item),
    value,
  };
}
