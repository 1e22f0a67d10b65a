// Edits `data:` of a pipeline file: adds, changes and removes entries. Everything else keeps its bytes.
import type { Node, YAMLSeq } from 'yaml';
import { canonicalJson, isList, isMap } from '../../base/spelling.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import { endsInBlockScalar } from '../../yaml/block-scalar-end.ts';
import { afterEntry, insertLastInBlock, insertLastInFlow, insertLines } from '../../yaml/insert-entry.ts';
import { columnOf, isFirstOnLine, lineEndStyle } from '../../yaml/lines.ts';
import { entryNamed, mappingOf, type Entry, type Mapping } from '../../yaml/mapping.ts';
import { removeEntry, removeLines } from '../../yaml/remove-entry.ts';
import { splice, type Edit } from '../../yaml/splice.ts';
import { readYaml } from '../../yaml/yaml-source.ts';
import { itemEnd, itemStart, type SyntaxItem } from '../../yaml/token-range.ts';
import { blockEntry, flowValue, type Layout, type Plain } from '../../yaml/write-entry.ts';
import { layoutOf } from './layout.ts';
import { editText, invalid, openText, refused, withKey, type PipelineText } from './pipeline-text.ts';

/** An entry as it is written, its keys in this order; what is undefined is not written. */
export interface DeclaredData {
  readonly path: string;
  readonly desc?: string;
  readonly remote?: string;
  readonly push?: boolean;
  /** Where it was imported from. */
  readonly from?: Plain;
}

const DEFAULT: Layout = { step: 2, listStep: 0 };

/**
 * @param text undefined for a file that does not exist; @param file its name in messages.
 * @throws PipeError when the file is not valid YAML, or the entries cannot be added alone.
 */
export function addData(text: string | undefined, file: string, entries: readonly DeclaredData[]): string {
  if (text === undefined) return [...blockEntry('data', entries.map(plain), 0, DEFAULT), ''].join('\n');
  return edited(
    text,
    file,
    (at) => splice(at.text, [addition(at, entries.map(plain))]),
    entries.map(plain).map(valueOf),
  );
}

/** @param index of the entry in the list. */
export function removeData(text: string, file: string, index: number): string {
  return changed(text, file, index, undefined, removal);
}

/** Gives an entry other values for some keys. */
export function changeData(text: string, file: string, index: number, change: Partial<DeclaredData>): string {
  const declared = readYaml(text, file).value as ValueMap;
  const before = (declared.get('data') as readonly Value[])[index]!;
  const old: ValueMap = isMap(before) ? before : new Map([['path', before]]);
  const wanted = Object.entries(change).reduce(
    (map, [key, value]) => withKey(map, key, value === undefined ? undefined : valueOf(value)),
    old,
  );
  const simple = [...wanted.keys()].join() === 'path' && !isMap(before);
  const next = simple ? wanted.get('path')! : wanted;
  return changed(text, file, index, next, (at, _items, item) =>
    simple || !isMap(before)
      ? [replaceItem(at, item, wanted, simple)]
      : setKeys(at, { mapping: mappingOf(item.node), start: item.start, headerEnd: item.start }, old, change),
  );
}

/** The items of `data:` as they are written. */
interface Items {
  readonly style: 'block' | 'flow';
  readonly section: Entry;
  readonly items: readonly Item[];
}

interface Item {
  readonly node: Node;
  /** With its dash. */
  readonly start: number;
  readonly end: number;
}

const plain = ({ path, desc, remote, push, from }: DeclaredData): { readonly [key: string]: Plain } => ({
  path,
  ...(from !== undefined && { from }),
  ...(desc !== undefined && { desc }),
  ...(remote !== undefined && { remote }),
  ...(push !== undefined && { push }),
});

function valueOf(plain: Plain): Value {
  if (Array.isArray(plain)) return plain.map(valueOf);
  if (typeof plain !== 'object' || plain === null) return plain;
  return new Map(Object.entries(plain).map(([key, value]) => [key, valueOf(value)]));
}

const plainOf = (value: Value): Plain =>
  (isMap(value)
    ? Object.fromEntries([...value].map(([key, item]) => [String(key), plainOf(item)]))
    : value) as Plain;

/** @param more values that the list ends in afterwards. */
function edited(
  text: string,
  file: string,
  edit: (at: PipelineText) => string,
  more: readonly Value[],
): string {
  return editText(text, [], (bare) => {
    const at = openText(bare, file);
    const next = edit(at);
    const before = at.value.get('data');
    const expected = withKey(at.value, 'data', [...(isList(before) ? before : []), ...more]);
    check(at, next, expected, 'they cannot be added without changing something else');
    return next;
  });
}

/** @param wanted the value of the entry afterwards; undefined: it is removed. */
function changed(
  text: string,
  file: string,
  index: number,
  wanted: Value | undefined,
  edit: (at: PipelineText, items: Items, item: Item) => readonly Edit[],
): string {
  return editText(text, [], (bare) => {
    const at = openText(bare, file);
    const items = itemsOf(at);
    const item = items?.items[index];
    if (!items || !item) throw refused(at, 0, '`data` is an alias of another part');
    const next = splice(bare, edit(at, items, item));
    const values = [...(at.value.get('data') as readonly Value[])];
    if (wanted === undefined) values.splice(index, 1);
    else values[index] = wanted;
    const keepsEmpty = openText(next, file).value.has('data');
    const expected = withKey(at.value, 'data', values.length > 0 || keepsEmpty ? values : undefined);
    check(at, next, expected, 'something else would be changed too', item.start);
    return next;
  });
}

function check(at: PipelineText, next: string, expected: ValueMap, why: string, offset = 0): void {
  if (canonicalJson(openText(next, at.file).value) !== canonicalJson(expected))
    throw refused(at, offset, why);
}

/** Undefined for a file without `data`. */
function itemsOf(at: PipelineText): Items | undefined {
  const section = entryNamed(at.top, 'data');
  if (!section) return undefined;
  const list = section.value as YAMLSeq<Node> | null;
  const token = list?.srcToken;
  if (
    token?.type !== 'block-seq' &&
    !(token?.type === 'flow-collection' && token.start.type === 'flow-seq-start')
  )
    throw refused(at, section.start, '`data` is not a list that is written here');
  const written = (token.items as readonly SyntaxItem[]).filter(({ value }) => value !== undefined);
  const style = token.type === 'block-seq' ? 'block' : 'flow';
  return {
    style,
    section,
    items: written.map((item, index) => ({
      node: list!.items[index]!,
      start: itemStart(item),
      end: itemEnd(item),
    })),
  };
}

function addition(at: PipelineText, entries: readonly { readonly [key: string]: Plain }[]): Edit {
  const { text, top, token } = at;
  const found = itemsOf(at);
  if (!found) return newSection(at, entries);
  const last = found.items.at(-1);
  if (found.style === 'flow') {
    const list = entries.map((entry) => flowValue(entry)).join(', ');
    if (last) return { start: last.end, end: last.end, text: `, ${list}` };
    const inside = found.section.valueStart! + 1;
    return { start: inside, end: inside, text: list };
  }
  const column = columnOf(text, last!.start);
  const keyColumn = columnOf(text, found.section.start);
  const layout = { step: (layoutOf(text, token) ?? DEFAULT).step, listStep: column - keyColumn };
  const lines = blockEntry('data', entries, keyColumn, layout).slice(1);
  const open = !text.endsWith('\n') && endsInBlockScalar(text, token, text.length);
  if (open && top!.entries.at(-1)?.key === 'data')
    return insertLines(text, found.items[0]!.start - column, lines);
  return insertLines(text, afterEntry(text, last!.end, column), lines);
}

function newSection(at: PipelineText, entries: readonly Plain[]): Edit {
  const { text, top, token } = at;
  if (!top && token) throw invalid(at);
  const layout = layoutOf(text, token) ?? DEFAULT;
  if (top?.style === 'flow') return insertLastInFlow(top, 'data', entries);
  const open = !text.endsWith('\n') && endsInBlockScalar(text, token, text.length);
  if (top) return insertLastInBlock(text, top, 'data', entries, layout, open);
  const end = /^\.\.\.[ \t\r]*$/m.exec(text)?.index ?? text.length;
  return insertLines(text, end, blockEntry('data', entries, 0, layout));
}

function removal(at: PipelineText, { style, section, items }: Items, item: Item): readonly Edit[] {
  const { text, token } = at;
  const options = {
    withComments: true,
    keepsLineEnd: (end: number) => endsInBlockScalar(text, token, end),
  };
  // A pipeline file that declares nothing is refused: the empty list stays.
  if (items.length === 1 && at.top!.entries.length > 1)
    return removeEntry(text, at.top!, section, section.headerEnd, options);
  if (items.length === 1)
    return [{ start: section.headerEnd, end: item.end + (style === 'flow' ? 1 : 0), text: ' []' }];
  if (style === 'block' && isFirstOnLine(text, item.start))
    return [removeLines(text, { ...section, start: item.start, end: item.end }, options)];
  if (style === 'block') throw refused(at, item.start, 'the entry is on the line of its list');
  const index = items.indexOf(item);
  const next = items[index + 1];
  return next
    ? [{ start: item.start, end: next.start, text: '' }]
    : [{ start: items[index - 1]!.end, end: item.end, text: '' }];
}

function replaceItem(at: PipelineText, item: Item, wanted: ValueMap, simple: boolean): Edit {
  const { text } = at;
  const isBlock = text.startsWith('- ', item.start);
  const start = isBlock ? item.start + 2 : item.start;
  const map = plainOf(wanted) as { readonly [key: string]: Plain };
  if (simple) return { start, end: item.end, text: flowValue(map['path']!, isBlock ? 'block' : 'flow') };
  if (!isBlock) return { start, end: item.end, text: flowValue(map) };
  const column = columnOf(text, item.start);
  const lines = blockEntry('data', [map], column, DEFAULT).slice(1);
  return {
    start: item.start,
    end: item.end,
    text: lines.join(lineEndStyle(text, item.start)).trimStart(),
  };
}

/** A mapping as it is written, and what it belongs to. */
interface Holder {
  /** Undefined for an alias. */
  readonly mapping: Mapping | undefined;
  readonly start: number;
  readonly headerEnd: number;
}

type Change = Readonly<Record<string, Plain | undefined>>;

/** @param old what is there, also by way of an alias. */
const setKeys = (at: PipelineText, holder: Holder, old: ValueMap, change: Change): readonly Edit[] =>
  Object.entries(change).flatMap(([key, value]) => setKey(at, holder, old.get(key), key, value));

/** Sets, adds or removes one key. Of a value that is a mapping, only what differs is written. */
function setKey(
  at: PipelineText,
  { mapping, start, headerEnd }: Holder,
  before: Value | undefined,
  key: string,
  value: Plain | undefined,
): readonly Edit[] {
  const { text } = at;
  if (!mapping) throw refused(at, start, 'the entry is an alias of another part');
  const own = entryNamed(mapping, key);
  if (value === undefined)
    return own
      ? removeEntry(text, mapping, own, headerEnd, { withComments: false, keepsLineEnd: () => false })
      : [];
  if (own) {
    if (own.valueStart === undefined) throw refused(at, own.start, `'${key}' has no value`);
    const inner = mappingOf(own.value);
    const change = inner && isMap(before) ? differing(before, value) : undefined;
    if (inner && change) return setKeys(at, { ...own, mapping: inner }, before as ValueMap, change);
    return [{ start: own.valueStart, end: own.end, text: flowValue(value, mapping.style) }];
  }
  if (mapping.style === 'flow') return [insertLastInFlow(mapping, key, value)];
  const last = mapping.entries.at(-1)!;
  const column = columnOf(text, mapping.entries[0]!.start);
  const lines = blockEntry(key, value, column, DEFAULT);
  return [insertLines(text, afterEntry(text, last.end, columnOf(text, start)), lines)];
}

/** Undefined where the next value is no mapping. */
function differing(before: ValueMap, next: Plain): Change | undefined {
  const wanted = valueOf(next);
  if (!isMap(wanted)) return undefined;
  const keys = [...new Set([...before.keys(), ...wanted.keys()])].map(String);
  const isSame = (key: string): boolean =>
    before.has(key) && wanted.has(key) && canonicalJson(before.get(key)!) === canonicalJson(wanted.get(key)!);
  return Object.fromEntries(
    keys
      .filter((key) => !isSame(key))
      .map((key) => [key, wanted.has(key) ? plainOf(wanted.get(key)!) : undefined]),
  );
}
