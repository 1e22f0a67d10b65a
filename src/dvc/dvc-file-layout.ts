// How DVC lays out a `.dvc` file: block style, lists that are not indented, each key of an output on a line of its own. A formatter or a
// person may have laid it out otherwise; it is laid out as DVC does before it is edited line by line.
import type { Document, Scalar as ScalarNode } from 'yaml';
import { loadPackage } from '../base/load-package.ts';
import { PipeError } from '../base/problem.ts';
import { isList, isMap } from '../base/spelling.ts';
import type { Value, ValueMap } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';

export interface Item {
  /** Line numbers, the end not included. */
  readonly start: number;
  readonly end: number;
}

const LISTS = ['outs', 'deps'] as const;

export type List = (typeof LISTS)[number];

export const linesOf = (text: string): string[] => text.split(/(?<=\n)/);

const isBlank = (line: string): boolean => line.trim() === '';

/** The lines of each item of a list. */
export function itemsOf(lines: readonly string[], list: List = 'outs'): Item[] {
  const from = lines.findIndex((line) => new RegExp(`^${list}:\\s*(?:#.*)?$`).test(line.trimEnd()));
  const items: Item[] = [];
  if (from < 0) return items;
  for (let index = from + 1; index < lines.length; index += 1) {
    const line = lines[index]!;
    if (line.startsWith('- ')) items.push({ start: index, end: index + 1 });
    else if (line.startsWith('  ') && items.length > 0)
      items.push({ start: items.pop()!.start, end: index + 1 });
    else if (!isBlank(line) && !line.startsWith('#')) break;
  }
  return items;
}

/** The lines of an item without the two columns of the list. */
export const withoutDash = (lines: readonly string[]): string[] =>
  lines.map((line) => (isBlank(line) ? line : line.slice(2)));

export const asItem = (lines: readonly string[]): string[] =>
  lines.map((line, index) => {
    if (isBlank(line)) return line;
    return (index === 0 ? '- ' : '  ') + (line.endsWith('\n') ? line : `${line}\n`);
  });

/** @returns the text, laid out as DVC does. @throws PipeError where that cannot be done. */
export function laidOut(text: string, file = '.dvc'): string {
  const { value } = readYaml(text, file);
  if (!isMap(value) || isLaidOut(linesOf(text), value)) return text;
  const next = inBlocks(text);
  if (isLaidOut(linesOf(next), value)) return next;
  throw new PipeError({
    code: 'edit-refused',
    title: 'the file is not laid out as DVC does, with a line for each key',
    hint: 'edit the file by hand: it is as it was',
    place: { file },
  });
}

function isLaidOut(lines: readonly string[], value: ValueMap): boolean {
  if (!areKeys(lines, /^(\w+):/, value)) return false;
  return LISTS.every((list) => {
    const maps = value.get(list) ?? [];
    const items = itemsOf(lines, list);
    return (
      isList(maps) &&
      items.length === maps.length &&
      items.every(({ start, end }, index) => isItem(lines.slice(start, end), maps[index]!))
    );
  });
}

function isItem(lines: readonly string[], value: Value): boolean {
  if (!isMap(value) || !lines.every((line) => isBlank(line) || /^(?:- | {2})/.test(line))) return false;
  const repository = value.get('repo');
  const inner = lines.slice(lines.findIndex((line) => /^(?:- | {2})repo:\s*$/.test(line)) + 1);
  const end = inner.findIndex((line) => !line.startsWith('    '));
  const ofRepository = inner.slice(0, end === -1 ? undefined : end);
  return (
    areKeys(lines, /^(?:- | {2})(\w+):/, value) &&
    (!isMap(repository) || areKeys(ofRepository, /^ {4}(\w+):/, repository))
  );
}

function areKeys(lines: readonly string[], key: RegExp, map: ValueMap): boolean {
  const found = lines.flatMap((line) => key.exec(line)?.[1] ?? []);
  return found.join('\n') === [...map.keys()].join('\n');
}

/** The same values, each collection in block style. Comments stay. */
function inBlocks(text: string): string {
  const { parseDocument, visit } = loadPackage('yaml');
  const document = parseDocument(text) as Document;
  visit(document, {
    Collection(_key, node) {
      node.flow = false;
    },
    Pair(_key, { key }) {
      const { type } = key as ScalarNode;
      if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') (key as ScalarNode).type = 'PLAIN';
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 0 });
}
