// The text of a `dvc.lock` (schema 2.0), byte for byte as DVC writes it. Unchanged entries keep their bytes,
// comments included; the order of stages is kept and new ones are appended.
import { refuseConflictMarkers } from '../yaml/conflict-markers.ts';
import { PipeError } from '../base/problem.ts';
import type { Value } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { dvcEntryValue, readDvcEntry } from './lock-entry.ts';
import { joinDvcLock, splitDvcLock, type DvcLockParts } from './lock-parts.ts';
import { emitMapping } from './emit-yaml.ts';
import { emptyLock, type Lock, type LockEntry } from '../lock/lock-entry.ts';
import type { LockFormat, PreviousLock } from '../lock/lock-file.ts';
import { makeReader, type LockReader } from '../lock/lock-reader.ts';

export const DVC_SCHEMA = '2.0';

export const dvcFormat: LockFormat = {
  parse: parseDvcLock,
  format: (lock, previous) => [formatDvcLock(lock, previous ?? { text: '', lock: emptyLock })],
};

/**
 * Reads the text of a `dvc.lock`.
 * @throws PipeError for conflict markers, invalid YAML, lock files of DVC 1 or of a newer DVC, and damaged entries.
 */
export function parseDvcLock(text: string, file: string): Lock {
  refuseConflictMarkers(text, file);
  const reader = openReader(text, file);
  if (reader.root.size === 0) return emptyLock;
  const schema = reader.root.get('schema');
  if (schema !== DVC_SCHEMA) throw foreignSchema(schema, reader, file);
  const entries = new Map<string, LockEntry>();
  for (const [name, entry] of reader.map(reader.root.get('stages') ?? new Map(), ['stages'])) {
    const at = ['stages', name];
    entries.set(String(name), readDvcEntry(reader, reader.map(entry, at), at));
  }
  return { ...emptyLock, entries };
}

function openReader(text: string, file: string): LockReader {
  try {
    const source = readYaml(text, file);
    if (source.value !== null && !(source.value instanceof Map))
      throw makeReader(new Map(), () => source.place([])).damaged([], 'a mapping');
    return makeReader(source.value ?? new Map(), (at) =>
      source.place(at as Parameters<typeof source.place>[0]),
    );
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    const hint =
      'restore it from git, or delete it: results in the cache are found again; nothing was changed';
    throw new PipeError(
      error.problems.map((problem) =>
        problem.code === 'lock-damaged' ? problem : { ...problem, code: 'lock-unreadable', hint },
      ),
    );
  }
}

function foreignSchema(schema: Value | undefined, reader: LockReader, file: string): PipeError {
  const newer = typeof schema === 'string' && Number(schema) > Number(DVC_SCHEMA);
  return new PipeError({
    code: newer ? 'lock-newer-schema' : 'lock-foreign-schema',
    title: newer
      ? `${file} was written by a newer DVC (schema ${schema})`
      : schema === undefined
        ? `${file} has no schema: it was written by DVC 1, or is no lock file`
        : `${file} is not a lock file of DVC`,
    facts: [['expected', `schema: '${DVC_SCHEMA}'`]],
    hint: newer
      ? 'update pipe; nothing was changed'
      : 'let DVC 2 rewrite it, or move it away: results in the cache are found again; nothing was changed',
    place: reader.place(['schema']),
  });
}

export function formatDvcLock(lock: Lock, previous: Omit<PreviousLock, 'isKept'>): string {
  const parts = splitDvcLock(previous.text, [...previous.lock.entries.keys()]);
  const stages: string[] = [];
  for (const [name, before] of previous.lock.entries) {
    const entry = lock.entries.get(name);
    if (entry) stages.push(textOf(name, entry, before, parts));
  }
  for (const [name, entry] of lock.entries)
    if (!previous.lock.entries.has(name)) stages.push(emitStage(name, entry));
  return joinDvcLock(parts, stages);
}

function textOf(name: string, entry: LockEntry, before: LockEntry, parts: DvcLockParts): string {
  const written = parts.stages?.get(name);
  const same = entry === before || emitStage(name, entry) === emitStage(name, before);
  return written !== undefined && same ? written : emitStage(name, entry);
}

function emitStage(name: string, entry: LockEntry): string {
  return emitMapping(new Map([[name, dvcEntryValue(entry)]]), 2);
}
