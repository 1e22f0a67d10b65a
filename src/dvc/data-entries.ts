// The record of a `.dvc` file, read and written as an entry of a lock file. Only the digests are rewritten: everything else in the file
// keeps its bytes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode, readText } from '../yaml/read-text.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { readDvcPaths } from './lock-entry.ts';
import { emitMapping } from './emit-yaml.ts';
import type { Out } from '../pipeline/stage.ts';
import type { DataEntries } from '../lock/locks.ts';
import type { LockedPath } from '../lock/lock-entry.ts';
import { makeReader } from '../lock/lock-reader.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';

/** @param root absolute root of the repository. @param stateDir absolute folder of our own files. */
export function dvcDataEntries(root: string, stateDir: string): DataEntries {
  return {
    read(stage) {
      if (!existsSync(join(root, stage.file))) return undefined;
      const source = readYaml(
        readText(readFileSync(join(root, stage.file)), stage.file, 'bad-dvc-file'),
        stage.file,
      );
      const reader = makeReader(source.value as ValueMap, (at) => source.place(at as ValuePath));
      const outs = readDvcPaths(reader, reader.root.get('outs') ?? [], ['outs']);
      const recorded = outs.filter(({ content }) => content.digest !== '');
      return recorded.length > 0
        ? { data: true, cmd: '', deps: [], params: new Map(), outs: recorded }
        : undefined;
    },
    write(stage, entry) {
      const file = join(root, stage.file);
      mkdirSync(stateDir, { recursive: true });
      const replace = (text: string): void =>
        replaceFile(file, text, { temporary: join(stateDir, 'data-file.new'), durable: true });
      if (!existsSync(file)) {
        replace(newDvcFile(stage.outs, new Map(entry.outs.map((out) => [out.path, out]))));
        return;
      }
      const before = decode(readFileSync(file), stage.file, 'bad-dvc-file');
      const recorded = this.read(stage)?.outs;
      // A record of a version in cloud storage stays until the content changes.
      const outs = entry.outs.map((out, index) => {
        const known = recorded?.[index];
        return known?.cloud && known.content.digest === out.content.digest ? undefined : out;
      });
      const after = updateDvcFile(before, outs);
      if (after !== before) replace(after);
    },
  };
}

const RECORDED = ['md5', 'size', 'nfiles', 'isexec', 'hash'];
/** Keys that identify a version in cloud storage; they are wrong for any other content. */
const VERSIONED = ['files', 'cloud', 'version_id', 'etag', 'checksum'];

/** @param outs in the order of the file; undefined for one that stays as it is. @returns the text with the digests of these outputs. */
export function updateDvcFile(text: string, outs: readonly (LockedPath | undefined)[]): string {
  const lines = text.split(/(?<=\n)/);
  const starts = itemsOf(lines);
  const edited = [...lines];
  // From the end, so that positions before it stay right.
  for (const [index, { start, end }] of [...starts.entries()].toReversed()) {
    const out = outs[index];
    if (out) edited.splice(start, end - start, ...editItem(lines.slice(start, end), out));
  }
  return edited.join('');
}

export interface Item {
  /** Line numbers, the end not included. */
  readonly start: number;
  readonly end: number;
}

/** The lines of each item of a list, which DVC does not indent. */
export function itemsOf(lines: readonly string[], list: 'outs' | 'deps' = 'outs'): Item[] {
  const from = lines.findIndex((line) => line.trimEnd() === `${list}:`);
  const items: Item[] = [];
  if (from < 0) return items;
  for (let index = from + 1; index < lines.length; index += 1) {
    const line = lines[index]!;
    if (line.startsWith('- ')) items.push({ start: index, end: index + 1 });
    else if (line.startsWith('  ') && items.length > 0)
      items.push({ start: items.pop()!.start, end: index + 1 });
    else break;
  }
  return items;
}

/** In DVC's order. */
function recordOf({ content, unsized }: LockedPath): Map<Scalar, Value> {
  return new Map<Scalar, Value>([
    ['md5', content.digest],
    ...(unsized ? [] : [['size', BigInt(content.size)] as const]),
    ...(content.nfiles === undefined ? [] : [['nfiles', BigInt(content.nfiles)] as const]),
    ...(content.isexec ? [['isexec', true] as const] : []),
    ...(content.legacy ? [] : [['hash', 'md5'] as const]),
  ]);
}

/** The text of a new file, as `dvc add` writes it. @param outs declared. @param records by declared path; none: not recorded yet. */
export function newDvcFile(
  outs: readonly Out[],
  records: ReadonlyMap<string, LockedPath> = new Map(),
): string {
  const items = outs.map((out) => {
    const record = records.get(out.path);
    return new Map<Scalar, Value>([...(record ? recordOf(record) : []), ...declarationOf(out)]);
  });
  return emitMapping(new Map([['outs', items]]), 0);
}

function declarationOf(out: Out): [Scalar, Value][] {
  return [
    ['path', out.path],
    ...(out.desc === undefined ? [] : [['desc', out.desc] as [Scalar, Value]]),
    ...(out.type === undefined ? [] : [['type', out.type] as [Scalar, Value]]),
    ...(out.labels === undefined ? [] : [['labels', out.labels] as [Scalar, Value]]),
    ...(out.meta === undefined ? [] : [['meta', out.meta] as [Scalar, Value]]),
    ...(out.cache ? [] : [['cache', false] as [Scalar, Value]]),
    ...(out.persist ? [['persist', true] as [Scalar, Value]] : []),
    ...(out.remote === null ? [] : [['remote', out.remote] as [Scalar, Value]]),
    ...(out.push ? [] : [['push', false] as [Scalar, Value]]),
  ];
}

function editItem(lines: readonly string[], out: LockedPath): string[] {
  const values = recordOf(out);
  const kept: string[] = [];
  let versioned = false;
  for (const line of lines) {
    const key = /^(?:- | {2})(\w+):/.exec(line)?.[1];
    // A value of several lines is removed with its key.
    versioned = key === undefined ? versioned : VERSIONED.includes(key);
    if (versioned) continue;
    if (key === undefined || !RECORDED.includes(key)) kept.push(line.slice(2));
    else if (values.has(key)) {
      kept.push(emitMapping(new Map([[key, values.get(key)!]]), 0));
      values.delete(key);
    }
  }
  if (values.size > 0) kept.push(...emitMapping(values, 0).split(/(?<=\n)/));
  return kept.map((line, index) => (index === 0 ? '- ' : '  ') + (line.endsWith('\n') ? line : `${line}\n`));
}
