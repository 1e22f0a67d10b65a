// Changes one value in a YAML or JSON text.
import type { Document, Node } from 'yaml';
import { loadPackage } from '../../../base/load-package.ts';
import { isList, isMap, spellScalar, toJson } from '../../../base/spelling.ts';
import type { Scalar, Value } from '../../../base/value.ts';
import { moveAnchors } from '../../../yaml/anchors.ts';
import { afterEntry, insertLines } from '../../../yaml/insert-entry.ts';
import { columnOf, isFirstOnLine } from '../../../yaml/lines.ts';
import { mappingOf, type Entry, type Mapping } from '../../../yaml/mapping.ts';
import { removeEntry } from '../../../yaml/remove-entry.ts';
import { splice, type Edit } from '../../../yaml/splice.ts';
import { contentEnd, isProperty, type SyntaxItem } from '../../../yaml/token-range.ts';
import { quoteString } from '../../../yaml/write-scalar.ts';
import { writeKey, writeValue } from '../../../yaml/write-value.ts';
import type { ParamEdit } from './param-edit.ts';

/** How a format writes values and keys. */
interface Writing {
  readonly value: (value: Value, style: Mapping['style']) => string;
  readonly key: (key: Scalar, style: Mapping['style']) => string;
}

export const editYaml = (text: string, edit: ParamEdit): string | undefined => editWith(text, edit, YAML);
export const editJson = (text: string, edit: ParamEdit): string | undefined =>
  editWith(text, edit, JSON_TEXT);

function editWith(text: string, { steps, value }: ParamEdit, writing: Writing): string | undefined {
  const document = loadPackage('yaml').parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    keepSourceTokens: true,
  }) as Document;
  const last = steps.at(-1)!;
  let node: Node | null = document.contents;
  let header = 0;
  for (const step of steps.slice(0, -1)) {
    const entry = typeof step === 'number' ? undefined : entryOf(mappingOf(node), step);
    header = entry?.headerEnd ?? header;
    node = entry ? entry.value : itemOf(node, step);
  }
  const edits =
    typeof last === 'number'
      ? editItem(node, last, value, writing)
      : editEntry(text, node, last, value, header, writing);
  if (!edits) return undefined;
  const moved = document.contents?.srcToken
    ? edits.flatMap((edit) => {
        const found = moveAnchors(text, document.contents!.srcToken!, edit);
        return typeof found === 'number' ? [] : found;
      })
    : [];
  return splice(text, [...edits, ...moved]);
}

const entryOf = (mapping: Mapping | undefined, key: Scalar): Entry | undefined =>
  mapping?.entries.findLast((entry) => entry.key === spellKey(key));

const spellKey = (key: Scalar): string => (key === null ? 'null' : spellScalar(key));

function itemOf(node: Node | null, step: Value): Node | null {
  const items = node && 'items' in node && Array.isArray(node.items) ? (node.items as readonly Node[]) : [];
  return typeof step === 'number' ? (items[step] ?? null) : null;
}

function editEntry(
  text: string,
  node: Node | null,
  key: Scalar,
  value: Value | undefined,
  header: number,
  writing: Writing,
): readonly Edit[] | undefined {
  const mapping = mappingOf(node);
  if (!mapping) return node || value === undefined ? undefined : [appended(text, key, value, writing)];
  const entry = entryOf(mapping, key);
  if (value === undefined) {
    const options = { withComments: false, keepsLineEnd: () => false };
    return entry && removeEntry(text, mapping, entry, header, options);
  }
  const written = writing.value(value, mapping.style);
  if (entry) {
    const isBlock =
      entry.value?.srcToken?.type === 'block-map' || entry.value?.srcToken?.type === 'block-seq';
    const { valueStart, headerEnd, end } = entry;
    return [
      valueStart !== undefined && end > headerEnd && !isBlock
        ? { start: valueStart, end, text: written }
        : { start: headerEnd, end: Math.max(headerEnd, end), text: ` ${written}` },
    ];
  }
  const pair = `${writing.key(key, mapping.style)}: ${written}`;
  return inserted(text, mapping, pair);
}

function inserted(text: string, mapping: Mapping, pair: string): readonly Edit[] | undefined {
  const last = mapping.entries.at(-1);
  if (mapping.style === 'flow') {
    const at = last?.end ?? mapping.start + 1;
    return [{ start: at, end: at, text: last ? `, ${pair}` : pair }];
  }
  const first = mapping.entries[0]!;
  if (!isFirstOnLine(text, first.start)) return undefined;
  const column = columnOf(text, first.start);
  return [insertLines(text, afterEntry(text, last!.end, column), [' '.repeat(column) + pair])];
}

/** Of a file without values. */
const appended = (text: string, key: Scalar, value: Value, { key: writeKey, value: write }: Writing): Edit =>
  insertLines(text, text.length, [`${writeKey(key, 'block')}: ${write(value, 'block')}`]);

function editItem(
  node: Node | null,
  index: number,
  value: Value | undefined,
  writing: Writing,
): readonly Edit[] | undefined {
  const token = node?.srcToken;
  const isBlock = token?.type === 'block-seq';
  // Without an item the commas and lines around it are others too: the list is written as a whole.
  if (value === undefined || (!isBlock && token?.type !== 'flow-collection')) return undefined;
  const items = (token.items as readonly SyntaxItem[]).filter((item) => item.value !== undefined || isBlock);
  const item = items[index];
  if (!item?.value || item.key) return undefined;
  const start = item.start.find(isProperty)?.offset ?? item.value.offset;
  return [{ start, end: contentEnd(item.value), text: writing.value(value, isBlock ? 'block' : 'flow') }];
}

const YAML: Writing = { value: writeValue, key: writeKey };

const JSON_TEXT: Writing = { value: jsonText, key: (key) => quoteString(spellKey(key)) };

/** NaN and infinities as Python writes them. */
function jsonText(value: Value): string {
  if (isList(value)) return `[${value.map(jsonText).join(', ')}]`;
  if (isMap(value))
    return `{${[...value].map(([key, item]) => `${quoteString(spellKey(key))}: ${jsonText(item)}`).join(', ')}}`;
  if (typeof value !== 'number' || Number.isFinite(value)) return JSON.stringify(toJson(value));
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
