// How DVC lays out a `.dvc` file: block style, lists that are not indented, each key of an output on a line of its own. A formatter or a
// person may have laid it out otherwise; it is laid out as DVC does before it is edited line by line. What comes of the lines is read
// again, and compared with the values that are wanted.
import { isDeepStrictEqual } from 'node:util';
import type { Document, Scalar as ScalarNode } from 'yaml';
import { loadPackage } from '../base/load-package.ts';
import { PipeError } from '../base/problem.ts';
import { isList, isMap } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { importMd5, isImport } from './import-md5.ts';

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

/** What changes the lines of a file, and the values that it is to have then. */
export interface DvcFileEdit {
  readonly lines: (text: string, file: ValueMap) => string;
  readonly values: (file: ValueMap) => ValueMap;
}

/**
 * @param file its name in messages.
 * @returns the text with the edit; it is laid out as DVC does only as far as the edit needs it.
 * @throws PipeError where no layout lets the lines be edited.
 */
export function editDvcFile(text: string, file: string, edit: DvcFileEdit): string {
  const { value } = readYaml(text, file);
  if (!isMap(value)) return edit.lines(text, new Map());
  const wanted = edit.values(value);
  for (const layOut of [asItIs, inBlocks, inPlainBlocks]) {
    const laidOut = layOut(text);
    const next = isLaidOut(linesOf(laidOut), value) ? edit.lines(laidOut, value) : undefined;
    if (next !== undefined && hasValues(next, wanted)) return next;
  }
  throw new PipeError({
    code: 'edit-refused',
    title: 'the file is not laid out as DVC does, with a line for each key',
    hint: 'edit the file by hand: it is as it was',
    place: { file },
  });
}

const asItIs = (text: string): string => text;

/** The checksum of an import is that of the other values. */
function hasValues(text: string, wanted: ValueMap): boolean {
  const value = readOrNothing(text);
  if (!isMap(value)) return false;
  const md5 = value.get('md5');
  if (isImport(value) && md5 !== undefined && md5 !== wanted.get('md5') && md5 !== importMd5(value))
    return false;
  return isDeepStrictEqual(withoutMd5(value), withoutMd5(wanted));
}

function readOrNothing(text: string): Value {
  try {
    return readYaml(text, '.dvc').value;
  } catch (error) {
    if (error instanceof PipeError) return null;
    throw error;
  }
}

const withoutMd5 = (file: ValueMap): Map<Scalar, Value> => {
  const rest = new Map(file);
  rest.delete('md5');
  return rest;
};

function isLaidOut(lines: readonly string[], value: ValueMap): boolean {
  if (!areKeys(lines, /^(\w+|<<):/, value)) return false;
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

export const isRepository = (line: string): boolean => /^(?:- | {2})repo:\s*(?:#.*)?$/.test(line.trimEnd());

/** Whether a line can be one of a mapping in an item, such as that of a repository. */
export const isInside = (line: string): boolean => isBlank(line) || /^(?: {4}|\s*#)/.test(line);

function isItem(lines: readonly string[], value: Value): boolean {
  if (!isMap(value) || !lines.every((line) => isBlank(line) || /^(?:- | {2})/.test(line))) return false;
  const repository = value.get('repo');
  const inner = lines.slice(lines.findIndex(isRepository) + 1);
  const end = inner.findIndex((line) => !isInside(line));
  const ofRepository = inner.slice(0, end === -1 ? undefined : end);
  return (
    areKeys(lines, /^(?:- | {2})(\w+|<<):/, value) &&
    (!isMap(repository) || areKeys(ofRepository, /^ {4}(\w+|<<):/, repository))
  );
}

/** What `<<` merges has no lines of its own. */
function areKeys(lines: readonly string[], key: RegExp, map: ValueMap): boolean {
  const found = lines.flatMap((line) => key.exec(line)?.[1] ?? []);
  if (!found.includes(MERGE)) return found.join('\n') === [...map.keys()].join('\n');
  const own = found.filter((one) => one !== MERGE);
  return new Set(own).size === own.length && own.every((one) => map.has(one));
}

const MERGE = '<<';

/** @param lines of an item, without its dash. */
export const hasMerge = (lines: readonly string[]): boolean => lines.some((line) => line.startsWith('<<:'));

/** The same values, each collection in block style. Comments stay. */
const inBlocks = (text: string): string => laidOutBy(text, () => undefined);

/** As `inBlocks`, without aliases and anchors, and each text on one line. */
const inPlainBlocks = (text: string): string =>
  laidOutBy(text, (document, { visit }) => {
    visit(document, {
      Alias: (_key, alias) => alias.resolve(document)?.clone() as ScalarNode | undefined,
    });
    visit(document, {
      Value(_key, node) {
        delete node.anchor;
        delete node.tag;
      },
      Scalar(_key, node) {
        if (node.type?.startsWith('BLOCK')) node.type = 'QUOTE_DOUBLE';
      },
    });
  });

function laidOutBy(text: string, change: (document: Document, yaml: typeof import('yaml')) => void): string {
  const yaml = loadPackage('yaml');
  // Numbers keep their digits: a digest can look like one.
  const document = yaml.parseDocument(text, { schema: 'failsafe' }) as Document;
  if (document.directives) document.directives.docEnd = false;
  yaml.visit(document, {
    Collection(_key, node) {
      node.flow = false;
    },
    Pair(_key, { key }) {
      const { type } = key as ScalarNode;
      if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') (key as ScalarNode).type = 'PLAIN';
    },
  });
  change(document, yaml);
  return document.toString({ indentSeq: false, lineWidth: 0 });
}
