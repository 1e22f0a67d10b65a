// The text of `pipeline.lock` (`schema: 'pipe/1'`): DVC's key names with `hash: sha256`, plus `env`, `wdir` and the
// overlay of the last run; `data:` lists what no stage makes.
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Value, ValueMap } from '../base/value.ts';
import { emitString, emitValue } from './emit-yaml.ts';
import { dataEntry } from './data-entry.ts';
import {
  emptyLock,
  type Lock,
  type LockEntry,
  type LockedOrigin,
  type LockedPath,
} from '../lock/lock-entry.ts';
import { piecesOf } from '../disk/pieces.ts';
import type { LockFormat, PreviousLock } from '../lock/lock-file.ts';
import { EmittedEntries, readEmitted, readKnownEmitted } from './read-emitted.ts';
import { refuseUnknownKeys } from './lock-keys.ts';
import { readLockText, type LockReader } from '../lock/lock-reader.ts';

export const PIPE_SCHEMA = 'pipe/1';
const HEAD = `schema: '${PIPE_SCHEMA}'`;

export const pipeFormat: LockFormat = {
  parse: parseLock,
  format: lockPieces,
  parts: {
    areIn: ({ entries }) => entries instanceof EmittedEntries,
    read: readKnownEmitted,
  },
};

/** The whole text. */
export const formatLock = (lock: Lock): string => [...lockPieces(lock)].join('');

function lockPieces(lock: Lock, previous?: PreviousLock): Iterable<string> {
  return piecesOf(linesOf(lock, previous));
}

/** Lines, or several of them with the line ends in between. */
function* linesOf({ entries, overlay }: Lock, previous?: PreviousLock): Iterable<string> {
  yield HEAD;
  if (overlay.files.length > 0 || overlay.set.length > 0) {
    yield 'overlay:';
    if (overlay.files.length > 0)
      yield* ['  params:', ...overlay.files.map((file) => `  - ${emitString(file)}`)];
    if (overlay.set.length > 0) yield* ['  set:', ...overlay.set.map((item) => `  - ${emitString(item)}`)];
  }
  const before = previous?.lock.entries;
  const textOf = (name: string): string | undefined =>
    before instanceof EmittedEntries && previous?.isKept(name) ? before.textOf(name) : undefined;
  const names = [...entries.keys()];
  const data = new Set(names.filter((name) => textOf(name) === undefined && entries.get(name)!.data));
  if (data.size > 0) yield 'data:';
  for (const name of data) yield* dataLines(name, entries.get(name)!);
  yield names.length > data.size ? 'stages:' : 'stages: {}';
  for (const name of names) {
    if (data.has(name)) continue;
    yield nameLine(name);
    const text = textOf(name);
    if (text !== undefined) yield text;
    else for (const line of entryLines(entries.get(name)!)) yield `    ${line}`;
  }
}

const nameLine = (name: string): string => `  ${emitString(name)}:`;

function* entryLines(entry: LockEntry): Iterable<string> {
  if (typeof entry.cmd === 'string') yield `cmd: ${emitString(entry.cmd)}`;
  else {
    yield 'cmd:';
    for (const command of entry.cmd) yield `- ${emitString(command)}`;
  }
  if (entry.wdir !== undefined && entry.wdir !== '.') yield `wdir: ${emitString(entry.wdir)}`;
  const env = Object.entries(entry.env ?? {});
  if (env.length > 0) yield 'env:';
  for (const [name, value] of env) yield `  ${emitString(name)}: ${emitString(value)}`;
  if (entry.deps.length > 0) yield 'deps:';
  for (const dep of entry.deps) yield* pathLines(dep);
  if (entry.params.size > 0) yield 'params:';
  for (const [file, values] of entry.params) {
    yield values.size > 0 ? `  ${emitString(file)}:` : `  ${emitString(file)}: {}`;
    for (const [key, value] of values) yield `    ${emitString(key)}: ${emitValue(value)}`;
  }
  if (entry.outs.length > 0) yield 'outs:';
  for (const out of entry.outs) yield* pathLines(out);
}

const pathLines = ({ path, content }: LockedPath): string[] => [
  `- path: ${emitString(path)}`,
  ...contentLines(content),
];

function contentLines(content: Content): string[] {
  const hash = content.checksum ?? 'sha256';
  const lines = [`  hash: ${hash}`, `  ${hash}: ${emitString(content.digest)}`, `  size: ${content.size}`];
  if (content.nfiles !== undefined) lines.push(`  nfiles: ${content.nfiles}`);
  if (content.isexec) lines.push('  isexec: true');
  if (content.links !== undefined) lines.push(`  links: ${emitString(content.links)}`);
  return lines;
}

/** Imported data also has what it was brought from; data that is yet to be downloaded has nothing else. */
function dataLines(path: string, { outs, origin }: LockEntry): string[] {
  const lines = outs.length > 0 ? outs.flatMap(pathLines) : [`- path: ${emitString(path)}`];
  if (!origin) return lines;
  lines.push('  from:');
  if (origin.rev !== undefined) lines.push(`    rev: ${emitString(origin.rev)}`);
  if (origin.content) lines.push(...contentLines(origin.content).map((line) => `  ${line}`));
  return lines;
}

function parseDataEntry(
  reader: LockReader,
  item: Value,
  at: readonly Value[],
): readonly [path: string, entry: LockEntry] {
  const map = reader.map(item, at);
  refuseUnknownKeys(reader, map, 'data in a lock file', at);
  const path = reader.string(map.get('path'), [...at, 'path']);
  const isHere = map.has('sha256') || !map.has('from');
  const entry = dataEntry(isHere ? { path, content: parseContent(reader, map, at) } : undefined);
  if (!map.has('from')) return [path, entry];
  const here = [...at, 'from'];
  const from = reader.map(map.get('from'), here);
  refuseUnknownKeys(reader, from, 'the origin of data in a lock file', here);
  const origin: LockedOrigin = from.has('rev')
    ? { rev: reader.string(from.get('rev'), [...here, 'rev']) }
    : { content: parseContent(reader, from, here) };
  return [path, { ...entry, origin }];
}

/**
 * Reads the text of a `pipeline.lock`.
 * @throws PipeError for merge-conflict markers, duplicate keys, a foreign or newer schema, or a damaged entry.
 */
export function parseLock(text: string, file: string): Lock {
  return readEmitted(text, HEAD) ?? parseYamlLock(text, file);
}

/** As `parseLock`, for any text. */
export function parseYamlLock(text: string, file: string): Lock {
  if (text.trim() === '') return emptyLock;
  const reader = readLockText(text, file);
  const schema = reader.root.get('schema');
  if (schema !== PIPE_SCHEMA) throw new PipeError(schemaProblem(schema, reader));
  refuseUnknownKeys(reader, reader.root, 'a lock file', []);
  const entries = new Map<string, LockEntry>();
  for (const [index, item] of reader.list(reader.root.get('data') ?? [], ['data']).entries()) {
    const [path, entry] = parseDataEntry(reader, item, ['data', index]);
    if (entries.has(path))
      throw reader.damaged(['data', index, 'path'], 'a path that is not recorded before');
    entries.set(path, entry);
  }
  for (const [name, entry] of reader.map(reader.root.get('stages') ?? new Map(), ['stages'])) {
    if (entries.has(String(name)))
      throw reader.damaged(['stages', name], 'a name that is not under `data:` too');
    entries.set(String(name), parseEntry(reader, reader.map(entry, ['stages', name]), ['stages', name]));
  }
  const overlay = reader.map(reader.root.get('overlay') ?? new Map(), ['overlay']);
  refuseUnknownKeys(reader, overlay, 'the overlay of a lock file', ['overlay']);
  return {
    entries,
    overlay: {
      files: reader.strings(overlay.get('params') ?? [], ['overlay', 'params']),
      set: reader.strings(overlay.get('set') ?? [], ['overlay', 'set']),
    },
  };
}

function schemaProblem(schema: Value | undefined, reader: LockReader): Problem {
  const newer = typeof schema === 'string' && schema.startsWith('pipe/');
  return {
    code: newer ? 'lock-newer-schema' : 'lock-foreign-schema',
    title: newer
      ? `this lock file was written by a newer pipe (schema ${schema})`
      : 'this is not a lock file of pipe',
    facts: [['expected', `schema: '${PIPE_SCHEMA}'`]],
    hint: newer
      ? 'update pipe; nothing was changed'
      : 'give another file with --lock, or move this one away; nothing was changed',
    place: reader.place(['schema']),
  };
}

function parseEntry(reader: LockReader, entry: ValueMap, at: readonly Value[]): LockEntry {
  refuseUnknownKeys(reader, entry, 'a stage of a lock file', at);
  const cmd = entry.get('cmd');
  const params = new Map<string, ReadonlyMap<string, Value>>();
  for (const [file, values] of reader.map(entry.get('params') ?? new Map(), [...at, 'params'])) {
    params.set(String(file), reader.map(values, [...at, 'params', file]) as ReadonlyMap<string, Value>);
  }
  const env = reader.map(entry.get('env') ?? new Map(), [...at, 'env']);
  return {
    cmd: Array.isArray(cmd) ? reader.strings(cmd, [...at, 'cmd']) : reader.string(cmd, [...at, 'cmd']),
    wdir: entry.has('wdir') ? reader.string(entry.get('wdir'), [...at, 'wdir']) : '.',
    env: Object.fromEntries(
      [...env].map(([name, value]) => [String(name), reader.string(value, [...at, 'env', name])]),
    ),
    deps: parsePaths(reader, entry.get('deps'), [...at, 'deps']),
    params,
    outs: parsePaths(reader, entry.get('outs'), [...at, 'outs']),
  };
}

function parsePaths(reader: LockReader, list: Value | undefined, at: readonly Value[]): LockedPath[] {
  return reader.list(list ?? [], at).map((item, index) => {
    const here = [...at, index];
    const entry = reader.map(item, here);
    refuseUnknownKeys(reader, entry, 'a dependency or output of a lock file', here);
    return {
      path: reader.string(entry.get('path'), [...here, 'path']),
      content: parseContent(reader, entry, here),
    };
  });
}

/** @param entry its keys were checked. */
export function parseContent(reader: LockReader, entry: ValueMap, here: readonly Value[]): Content {
  const given = (['etag', 'checksum'] as const).find((key) => entry.has(key));
  const name = given ?? 'sha256';
  const digest = reader.string(entry.get(name), [...here, name]) as Digest;
  if (!given && !/^[0-9a-f]{64}(\.dir)?$/.test(digest))
    throw reader.damaged([...here, 'sha256'], 'a sha256 digest');
  return {
    digest,
    size: reader.integer(entry.get('size'), [...here, 'size']),
    ...(isDirectory(digest) && { nfiles: reader.integer(entry.get('nfiles') ?? 0n, [...here, 'nfiles']) }),
    ...(entry.get('isexec') === true && { isexec: true as const }),
    ...(entry.has('links') && { links: linksDigest(reader, entry.get('links'), [...here, 'links']) }),
    ...(given && { checksum: given }),
  };
}

function linksDigest(reader: LockReader, value: Value | undefined, at: readonly Value[]): Digest {
  const digest = reader.string(value, at);
  if (!/^[0-9a-f]{64}$/.test(digest)) throw reader.damaged(at, 'a sha256 digest');
  return digest as Digest;
}
