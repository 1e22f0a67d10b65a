// The record of a `.dvc` file, read and written as an entry of a lock file. Only the digests are rewritten: everything else in the file
// keeps its bytes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode, readText } from '../yaml/read-text.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { readDvcPaths } from './lock-entry.ts';
import { emitMapping } from './emit-yaml.ts';
import type { DataEntries } from '../lock/locks.ts';
import type { LockedPath } from '../lock/lock-entry.ts';
import { makeReader } from '../lock/lock-reader.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { readFileSync } from '../disk/witnessed-fs.ts';

/** @param root absolute root of the repository. @param stateDir absolute folder of our own files. */
export function dvcDataEntries(root: string, stateDir: string): DataEntries {
  return {
    read(stage) {
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
      const before = decode(readFileSync(file), stage.file, 'bad-dvc-file');
      const recorded = this.read(stage)?.outs;
      // A record of a version in cloud storage stays until the content changes.
      const outs = entry.outs.map((out, index) => {
        const known = recorded?.[index];
        return known?.cloud && known.content.digest === out.content.digest ? undefined : out;
      });
      const after = updateDvcFile(before, outs);
      if (after === before) return;
      mkdirSync(stateDir, { recursive: true });
      replaceFile(file, after, { temporary: join(stateDir, 'data-file.new'), durable: true });
    },
  };
}

const RECORDED = ['md5', 'size', 'nfiles', 'isexec', 'hash'];
/** Keys that identify a version in cloud storage; they are wrong for any other content. */
const VERSIONED = ['files', 'cloud', 'version_id', 'etag', 'checksum'];

/** @param outs in the order of the file; undefined for one that stays as it is. @returns the text with the digests of these outputs. */
export function updateDvcFile(text: string, outs: readonly (LockedPath | undefined)[]): string {
  const lines = text.split(/(?<=\n)/);
  const starts = itemStarts(lines);
  const edited = [...lines];
  // From the end, so that positions before it stay right.
  for (const [index, { start, end }] of [...starts.entries()].toReversed()) {
    const out = outs[index];
    if (out) edited.splice(start, end - start, ...editItem(lines.slice(start, end), out));
  }
  return edited.join('');
}

interface Item {
  readonly start: number;
  readonly end: number;
}

/** The lines of each item of `outs:`, which DVC does not indent. */
function itemStarts(lines: readonly string[]): Item[] {
  const from = lines.findIndex((line) => /^outs:\s*$/.test(line));
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

function editItem(lines: readonly string[], { content }: LockedPath): string[] {
  const values = new Map<Scalar, Value>([
    ['md5', content.digest],
    ['size', BigInt(content.size)],
    ...(content.nfiles === undefined ? [] : [['nfiles', BigInt(content.nfiles)] as const]),
    ...(content.isexec ? [['isexec', true] as const] : []),
    ...(content.legacy ? [] : [['hash', 'md5'] as const]),
  ]);
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
