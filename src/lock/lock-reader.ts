// Reads the YAML of a lock file into values, and names the place of each value that a lock file cannot have.
import type { LineCounter, Node } from 'yaml';
import { refuseConflictMarkers } from '../yaml/conflict-markers.ts';
import { loadPackage } from '../base/load-package.ts';
import { PipeError, type Place } from '../base/problem.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';

/** Typed access to the values of one file; every method throws a PipeError that names the place of a wrong value. */
export interface LockReader {
  readonly root: ValueMap;
  place(at: readonly Value[]): Place;
  /** Of the key itself; `place` gives that of its value. */
  keyPlace(at: readonly Value[]): Place;
  damaged(at: readonly Value[], expected: string): PipeError;
  map(value: Value | undefined, at: readonly Value[]): ValueMap;
  list(value: Value | undefined, at: readonly Value[]): readonly Value[];
  string(value: Value | undefined, at: readonly Value[]): string;
  strings(value: Value | undefined, at: readonly Value[]): readonly string[];
  integer(value: Value | undefined, at: readonly Value[]): number;
}

/** @throws PipeError for conflict markers, YAML errors and duplicate keys. */
export function readLockText(text: string, file: string): LockReader {
  refuseConflictMarkers(text, file);
  const { LineCounter, parseDocument } = loadPackage('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter,
    intAsBigInt: true,
    merge: false,
  });
  const error = document.errors[0];
  if (error) {
    throw new PipeError({
      code: 'lock-unreadable',
      title:
        error.code === 'DUPLICATE_KEY'
          ? 'the lock file has the same key twice'
          : 'the lock file is not valid YAML',
      facts: [['reason', error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')]],
      hint: 'restore it from git, or delete it: results in the cache are found again; nothing was changed',
      place: placeOf(text, file, lineCounter, error.pos[0]),
    });
  }
  const root = toValue(document.contents);
  if (!(root instanceof Map)) throw damagedAt({ file, line: 1, column: 1 }, 'a mapping');
  const placeOfNode = (node: Node | undefined): Place =>
    node?.range ? placeOf(text, file, lineCounter, node.range[0]) : { file };
  return makeReader(
    root,
    (at) => placeOfNode(document.getIn(at, true) as Node | undefined),
    (at) => placeOfNode(keyIn(document.getIn(at.slice(0, -1), true), at.at(-1))),
  );
}

function keyIn(node: unknown, name: Value | undefined): Node | undefined {
  const { isMap, isScalar } = loadPackage('yaml');
  const pair = isMap(node) && node.items.find(({ key }) => isScalar(key) && key.value === name);
  return pair ? (pair.key as Node) : undefined;
}

function placeOf(text: string, file: string, lineCounter: LineCounter, offset: number): Place {
  const { line, col } = lineCounter.linePos(offset);
  const start = lineCounter.lineStarts[line - 1] ?? 0;
  return { file, line, column: col, source: text.slice(start).split('\n', 1)[0]! };
}

function toValue(node: Node | null): Value {
  const { isMap, isScalar, isSeq } = loadPackage('yaml');
  if (isMap(node))
    return new Map(
      node.items.map((pair) => [toValue(pair.key as Node) as Scalar, toValue(pair.value as Node | null)]),
    );
  if (isSeq(node)) return node.items.map((item) => toValue(item as Node));
  if (isScalar(node)) return node.value as Scalar;
  return null;
}

function damagedAt(place: Place, expected: string): PipeError {
  return new PipeError({
    code: 'lock-damaged',
    title: `the lock file is damaged: expected ${expected} here`,
    hint: 'restore it from git, or delete it: results in the cache are found again; nothing was changed',
    place,
  });
}

/** @param place where a value of the file is; @param keyPlace where its key is. */
export function makeReader(
  root: ValueMap,
  place: (at: readonly Value[]) => Place,
  keyPlace = place,
): LockReader {
  const damaged = (at: readonly Value[], expected: string): PipeError => damagedAt(place(at), expected);
  const reader: LockReader = {
    root,
    place,
    keyPlace,
    damaged,
    map(value, at) {
      if (value instanceof Map) return value;
      throw damaged(at, 'a mapping');
    },
    list(value, at) {
      if (Array.isArray(value)) return value;
      throw damaged(at, 'a list');
    },
    string(value, at) {
      if (typeof value === 'string') return value;
      throw damaged(at, 'a string');
    },
    strings: (value, at) => reader.list(value, at).map((item, index) => reader.string(item, [...at, index])),
    integer(value, at) {
      if (typeof value === 'bigint' && value >= 0n) return Number(value);
      throw damaged(at, 'a whole number');
    },
  };
  return reader;
}
