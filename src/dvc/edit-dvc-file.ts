// Rewrites what a `.dvc` file records, line by line, so that everything else in it keeps its bytes, where it is laid out as DVC does.
// Keys that are new come last, as DVC writes them.
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { recordedSize, type LockedOrigin, type LockedPath } from '../lock/lock-entry.ts';
import type { Origin } from '../pipeline/stage.ts';
import { isList, isMap } from '../base/spelling.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { emitMapping } from './emit-yaml.ts';
import {
  asItem,
  editDvcFile,
  hasMerge,
  isInside,
  isRepository,
  itemsOf,
  linesOf,
  withoutDash,
  type List,
} from './dvc-file-layout.ts';
import { importMd5, isImport } from './import-md5.ts';

/** What is recorded, in the order in which DVC writes it. */
const RECORDED = ['md5', 'etag', 'checksum', 'size', 'nfiles', 'isexec', 'hash'];
/** Keys that identify a version in cloud storage; they are wrong for any other content. */
const VERSIONED = ['files', 'cloud', 'version_id'];

/** A new record of an output; undefined: what is there stays; `none`: the data was not downloaded. */
export type EditedOut = LockedPath | 'none' | undefined;

/** Imported data, and what it was brought from now. */
export interface EditedOrigin {
  readonly declared: Origin;
  /** Undefined: its record stays. */
  readonly locked: LockedOrigin | undefined;
}

/**
 * @param outs in the order of the file; @param file its name in messages.
 * @returns the text with these records; of imported data also with the checksum over it that DVC wants.
 * @throws PipeError for a file that cannot be edited.
 */
export function updateDvcFile(
  text: string,
  outs: readonly EditedOut[],
  origin?: EditedOrigin,
  file = '.dvc',
): string {
  const records = outs.map((out) => {
    if (out === undefined) return undefined;
    return out === 'none' ? new Map([['hash', 'md5']]) : recordOf(out);
  });
  return editDvcFile(text, file, {
    lines: (laidOut, before) => withRecords(laidOut, records, origin, text, before),
    values: (before) => valuesWith(before, records, origin?.locked && origin),
  });
}

type Records = readonly (ValueMap | undefined)[];

function withRecords(
  text: string,
  records: Records,
  origin: EditedOrigin | undefined,
  before: string,
  values: ValueMap,
): string {
  const withOuts = editItems(linesOf(text), 'outs', (item, index) => {
    const record = records[index];
    return record ? editItem(item, record, itemAt(values, 'outs', index)) : item;
  });
  const edited = origin?.locked
    ? editItems(withOuts, 'deps', (item, index) => editDep(item, origin, itemAt(values, 'deps', index)))
    : withOuts;
  const after = edited.join('');
  return origin && (after !== before || origin.locked || MD5.test(after)) ? withMd5(after) : after;
}

function valuesWith(file: ValueMap, records: Records, origin: EditedOrigin | undefined): ValueMap {
  const items = (list: List, edit: (item: ValueMap, index: number) => ValueMap): [List, Value][] => {
    const all = file.get(list);
    return isList(all) ? [[list, all.map((item, index) => (isMap(item) ? edit(item, index) : item))]] : [];
  };
  return new Map<Scalar, Value>([
    ...file,
    ...items('outs', (out, index) => (records[index] ? recorded(out, records[index]) : out)),
    ...(origin ? items('deps', (dep) => depWith(dep, origin)) : []),
  ]);
}

function recorded(item: ValueMap, record: ValueMap): ValueMap {
  const others = [...item].filter(([key]) => !RECORDED.concat(VERSIONED).includes(key as string));
  return new Map([...others, ...record]);
}

function depWith(dep: ValueMap, { declared, locked }: EditedOrigin): ValueMap {
  if (declared.kind !== 'repository')
    return locked?.content ? recorded(dep, recordOf({ content: locked.content })) : dep;
  const repository = dep.get('repo');
  if (!isMap(repository)) return dep;
  const others = [...repository].filter(([key]) => key !== 'rev' && key !== 'rev_lock');
  return new Map([...dep, ['repo', new Map([...others, ...revisions(declared.rev, locked?.rev)])]]);
}

function itemAt(file: ValueMap, list: List, index: number): ValueMap {
  const all = file.get(list);
  const item = isList(all) ? all[index] : undefined;
  return isMap(item) ? item : new Map();
}

/** @returns the lines with those of each item of a list replaced. */
function editItems(
  lines: readonly string[],
  list: List,
  edit: (item: readonly string[], index: number) => readonly string[],
): string[] {
  const edited = [...lines];
  // From the end, so that positions before it stay right.
  for (const [index, { start, end }] of [...itemsOf(lines, list).entries()].toReversed())
    edited.splice(start, end - start, ...edit(lines.slice(start, end), index));
  return edited;
}

/** What is recorded of a path, in DVC's order. */
export function recordOf(locked: Pick<LockedPath, 'content' | 'unsized'>): ValueMap {
  const { content } = locked;
  const size = recordedSize(locked);
  return new Map<Scalar, Value>([
    [content.checksum ?? 'md5', content.digest],
    ...(size === undefined ? [] : [['size', BigInt(size)] as const]),
    ...(content.nfiles === undefined ? [] : [['nfiles', BigInt(content.nfiles)] as const]),
    ...(content.isexec ? [['isexec', true] as const] : []),
    ...(content.legacy ? [] : [['hash', 'md5'] as const]),
  ]);
}

function editDep(
  item: readonly string[],
  { declared, locked }: EditedOrigin,
  before: ValueMap,
): readonly string[] {
  if (declared.kind === 'repository') return editRepository(item, declared.rev, locked?.rev);
  return locked?.content ? editItem(item, recordOf({ content: locked.content }), before) : item;
}

/** @param before its values, those included that `<<` merges. */
function editItem(lines: readonly string[], values: ValueMap, before: ValueMap): string[] {
  const left = new Map(values);
  const kept: string[] = [];
  let versioned = false;
  for (const line of withoutDash(lines)) {
    const key = /^(\w+):/.exec(line)?.[1];
    // A value of several lines is removed with its key.
    versioned = key === undefined ? versioned : VERSIONED.includes(key);
    if (versioned) continue;
    if (key === undefined || !RECORDED.includes(key)) kept.push(line);
    else if (left.has(key)) {
      kept.push(emitMapping(new Map([[key, left.get(key)!]]), 0).trimEnd() + endOf(line));
      left.delete(key);
    }
  }
  if (hasMerge(kept)) for (const [key, value] of left) if (before.get(key) === value) left.delete(key);
  if (left.size > 0) kept.push(...linesOf(emitMapping(left, 0)));
  return asItem(kept);
}

/** The comment behind what is recorded, and the end of the line. */
function endOf(line: string): string {
  const comment = /^\w+: +['"]?[\w.-]*['"]?( +#.*?)\r?\n?$/.exec(line)?.[1] ?? '';
  return comment + (line.endsWith('\r\n') ? '\r\n' : '\n');
}

/** Inside of `repo:`, which has its keys four columns in: `rev` as it is followed now, `rev_lock` as it was read. */
function editRepository(
  lines: readonly string[],
  rev: string | undefined,
  lock: string | undefined,
): readonly string[] {
  const start = lines.findIndex(isRepository);
  if (start < 0) return lines;
  let end = start + 1;
  while (end < lines.length && isInside(lines[end]!)) end += 1;
  while (!/^ {4}(?:\w|<<:)/.test(lines[end - 1]!) && end > start + 1) end -= 1;
  const left = revisions(rev, lock);
  const edited: string[] = [];
  for (const line of lines.slice(start + 1, end)) {
    const key = /^ {4}(\w+):/.exec(line)?.[1];
    const value = key === undefined ? undefined : left.get(key);
    if (value !== undefined) {
      edited.push(emitMapping(new Map([[key!, value]]), 4));
      left.delete(key!);
    } else if (key !== 'rev' && key !== 'rev_lock') edited.push(line);
  }
  if (left.size > 0) edited.push(emitMapping(left, 4));
  return [...lines.slice(0, start + 1), ...edited, ...lines.slice(end)];
}

const revisions = (rev: string | undefined, lock: string | undefined): Map<string, string> =>
  new Map([
    ...(rev === undefined ? [] : [['rev', rev] as const]),
    ...(lock === undefined ? [] : [['rev_lock', lock] as const]),
  ]);

const MD5 = /^md5:.*$/m;

/** @param text of a `.dvc` file. @returns it with the checksum over it, where it is of imported data. */
export function withMd5(text: string): string {
  const { value } = readYaml(text, 'import.dvc');
  if (!(value instanceof Map) || !isImport(value)) return text;
  const line = emitMapping(new Map([['md5', importMd5(value)]]), 0);
  if (MD5.test(text))
    return text.replace(/^md5:[^\n]*/m, (old) => line.trimEnd() + endOf(`${old}\n`).slice(0, -1));
  return `${text.endsWith('\n') ? text : `${text}\n`}${line}`;
}
