// The ordered list of all inputs that decide a stage's result. The fingerprint and the explanation of why a stage is stale
// both come from this list, so they cannot disagree.
//
// A result is recorded for a value only if the stage could see that value. How it sees each field:
//
//   field  value                                 the stage sees it as                 overlay (--params, -S)
//   cmd    the command, templates resolved       its command line                     reaches it by `${…}`
//   wdir   folder, from that of the lock file    its current folder                   reaches it by `${…}`
//   env    a declared variable                   that variable (stage-env.ts refuses  reaches it by `${…}`
//                                                names that another value replaces)
//   dep    digest of a file or folder            the file or folder at that path      chooses the path by `${…}`, never
//                                                                                     changes the content
//   mode   executable bit of a file              the bit of the file at that path     as `dep`
//   links  digest of what links inside a         the files that it reads through      as `dep`
//          folder lead to                        these links
//   param  value of a key in a parameter file    the file at that path, PIPE_PARAMS   refused (overlaid-params.ts): the
//                                                and PIPE_PARAMS_FILE                 file has the former value
//   out    path of an output                     the path that it has to write        reaches it by `${…}`
//
// In a DVC repository `wdir`, `mode` and `links` are left out: DVC does not record them. Everything else that a stage gets
// (PIPE_RESOURCES, PIPE_ROOT, PIPE_STAGE, PIPE_TMP, the rest of the environment) decides nothing, so no result may depend
// on it. test/property/seen.test.ts checks this table: it has a stage for each kind of field.
import { hash } from 'node:crypto';
import type { Content, Digest } from '../hash/digest.ts';
import type { LockedPath, LockEntry, LockedParams } from '../lock/lock-entry.ts';
import { canonicalJson } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';

export type FieldKind = 'cmd' | 'wdir' | 'env' | 'dep' | 'mode' | 'links' | 'param' | 'out';

export interface Field {
  readonly kind: FieldKind;
  /** What the value belongs to: empty, a variable, a path, or a file and a key. */
  readonly key: readonly string[];
  /** Undefined: declared, but missing. */
  readonly value: Value | undefined;
}

/** A field that differs between the lock file and now; `old` or `new` is absent where that side lacks the field. */
export interface Change {
  readonly kind: FieldKind;
  readonly key: readonly string[];
  readonly old?: Value | undefined;
  readonly new?: Value | undefined;
  readonly status: 'added' | 'removed' | 'modified' | 'missing';
}

/** Everything that a stage reads, at the time of the decision. */
export interface Inputs {
  readonly cmd: string | readonly string[];
  /** Absent in a DVC repository: DVC decides without it. */
  readonly wdir?: string;
  /** Absent in a DVC repository. */
  readonly env?: { readonly [name: string]: string };
  readonly deps: readonly { readonly path: string; readonly content: Content | undefined }[];
  readonly params: ReadonlyMap<string, ReadonlyMap<string, Value | undefined>>;
  /** Paths of the declared outputs. */
  readonly outs: readonly string[];
}

export function fieldsOf(inputs: Inputs): Field[] {
  const fields: Field[] = [{ kind: 'cmd', key: [], value: inputs.cmd }];
  if (inputs.wdir !== undefined) fields.push({ kind: 'wdir', key: [], value: inputs.wdir });
  const env = inputs.env ?? {};
  for (const name of Object.keys(env).sort()) fields.push({ kind: 'env', key: [name], value: env[name]! });
  for (const { path, content } of sortedByPath(inputs.deps)) {
    fields.push({ kind: 'dep', key: [path], value: content?.digest });
    if (content?.links) fields.push({ kind: 'links', key: [path], value: content.links });
    // DVC records neither the mode nor the folder.
    if (content?.isexec && inputs.wdir !== undefined)
      fields.push({ kind: 'mode', key: [path], value: 'executable' });
  }
  for (const [file, values] of inputs.params) {
    for (const [key, value] of values) fields.push({ kind: 'param', key: [file, key], value });
  }
  for (const path of [...inputs.outs].sort()) fields.push({ kind: 'out', key: [path], value: null });
  return fields;
}

/** The inputs that a lock entry records. */
export function recordedInputs(entry: LockEntry): Inputs {
  return { ...entry, outs: entry.outs.map((out) => out.path) };
}

function sortedByPath<T extends { readonly path: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Digest of the inputs: the key of the run cache, and `PIPE_FINGERPRINT`. */
export function fingerprint(fields: readonly Field[]): Digest {
  const lines = fields.map(fieldText).sort();
  return hash('sha256', [...lines, ''].join('\n')) as Digest;
}

const fingerprints = new WeakMap<Inputs, Digest>();

/** The fingerprint of inputs, computed once: a run needs it several times. */
export function fingerprintOf(inputs: Inputs): Digest {
  const known = fingerprints.get(inputs) ?? fingerprint(fieldsOf(inputs));
  fingerprints.set(inputs, known);
  return known;
}

// JSON delimits every part, so two different lists never have the same text.
function fieldText({ kind, key, value }: Field): string {
  return `${JSON.stringify([kind, ...key])}:${value === undefined ? '' : canonicalJson(value)}`;
}

function sameField(a: Field, b: Field): boolean {
  return (
    a.kind === b.kind &&
    a.key[0] === b.key[0] &&
    a.key[1] === b.key[1] &&
    (Object.is(a.value, b.value) || fieldText(a) === fieldText(b))
  );
}

/** What differs: current fields in their order, then removed ones. Empty exactly when the fingerprints are equal. */
export function changesBetween(recorded: readonly Field[], current: readonly Field[]): Change[] {
  const [former, now] = withoutSame(recorded, current);
  // No key has more than two parts.
  const identity = ({ kind, key }: Field): string => `${kind} ${key[0]?.length} ${key.join(' ')}`;
  const before = new Map(former.map((field) => [identity(field), field]));
  const changes: Change[] = [];
  for (const field of now) {
    const old = before.get(identity(field));
    before.delete(identity(field));
    const { kind, key, value } = field;
    if (!old) changes.push({ kind, key, status: value === undefined ? 'missing' : 'added', new: value });
    else if (!sameField(old, field)) {
      changes.push({
        kind,
        key,
        status: value === undefined ? 'missing' : 'modified',
        old: old.value,
        new: value,
      });
    }
  }
  for (const { kind, key, value } of before.values())
    changes.push({ kind, key, status: 'removed', old: value });
  return withoutParts(changes);
}

/** Of both lists what the other does not have at the same place, from the start or the end: mostly little of thousands, or nothing. */
function withoutSame(
  a: readonly Field[],
  b: readonly Field[],
): readonly [readonly Field[], readonly Field[]] {
  if (a.length === b.length) {
    const differs = (_: Field, index: number): boolean => !sameField(a[index]!, b[index]!);
    return [a.filter(differs), b.filter(differs)];
  }
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && sameField(a[start]!, b[start]!)) start += 1;
  let end = 0;
  while (end < most - start && sameField(a.at(-1 - end)!, b.at(-1 - end)!)) end += 1;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/** An added or removed dependency includes its mode and links: one change, not three. */
function withoutParts(changes: readonly Change[]): Change[] {
  const whole = new Set(
    changes.flatMap(({ kind, key, status }) => (kind === 'dep' && status !== 'modified' ? [key[0]] : [])),
  );
  return changes.filter(({ kind, key }) => !((kind === 'mode' || kind === 'links') && whole.has(key[0])));
}

/** The record of a stage that wrote these outputs. */
export function lockEntry(inputs: Inputs, outs: readonly LockedPath[]): LockEntry {
  return {
    cmd: inputs.cmd,
    ...(inputs.wdir !== undefined && { wdir: inputs.wdir }),
    ...(inputs.env && { env: inputs.env }),
    deps: inputs.deps.flatMap(({ path, content }) => (content ? [{ path, content }] : [])),
    params: lockedParams(inputs.params),
    outs,
  };
}

/** The parameters as a lock entry records them: keys that the file lacks are left out. */
function lockedParams(params: Inputs['params']): LockedParams {
  const present = (values: ReadonlyMap<string, Value | undefined>): ReadonlyMap<string, Value> =>
    new Map([...values].filter((pair): pair is [string, Value] => pair[1] !== undefined));
  return new Map([...params].map(([file, values]) => [file, present(values)]));
}
