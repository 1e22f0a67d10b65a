// Reasons in words. Data in, text out: the plain log, the terminal and `status` all use these words.
import type { Reason } from '../../plan/decision.ts';
import type { Change, Field } from '../../plan/fingerprint.ts';
import { canonicalJson, isList, isMap, spellPython, spellScalar } from '../../base/spelling.ts';
import { withoutSecrets } from '../../base/url-secrets.ts';
import type { Scalar, Value } from '../../base/value.ts';
import { spelledOut } from '../text/spell-out.ts';
import { describeWordChanges } from './word-diff.ts';

export const describeReason = (reason: Reason): string => spelledOut(wordsFor(reason));

function wordsFor(reason: Reason): string {
  switch (reason.kind) {
    case 'new':
      return 'new';
    case 'changed':
      return describeChange(reason.change);
    case 'out-missing':
      return `out missing: ${reason.path}`;
    case 'out-modified':
      return `out modified: ${reason.path}`;
    case 'out-not-in-cache':
      return `out not in cache: ${reason.path}`;
    case 'always-changed':
      return 'always changed';
    case 'forced':
      return 'forced';
  }
}

export function describeReasons(reasons: readonly Reason[], most = 4): string {
  const texts = reasons.map(describeReason);
  const more = texts.length > most ? [`${texts.length - most + 1} more`] : [];
  return [...texts.slice(0, more.length > 0 ? most - 1 : most), ...more].join('; ');
}

function describeChange({ kind, key, status, old, new: now }: Change): string {
  switch (kind) {
    case 'cmd':
      return `cmd: ${describeWordChanges(commandText(old), commandText(now))}`;
    case 'wdir':
      return `wdir: ${valueText(old)} → ${valueText(now)}`;
    case 'env':
      return `env: ${key[0]} ${transition(status, old, now)}`;
    case 'param':
      return `params: ${paramChanges(key, status, old, now)}`;
    case 'dep':
      return `deps: ${withoutSecrets(key[0]!)} ${status}`;
    case 'mode':
      return `deps: ${key[0]} ${status === 'removed' ? 'no longer executable' : 'executable now'}`;
    case 'links':
      return linksText(key[0]!, status);
    case 'out':
      return `outs: ${key[0]} ${status === 'removed' ? 'no longer declared' : 'newly declared'}`;
  }
}

function linksText(path: string, status: Change['status']): string {
  if (status === 'added') return `deps: what links in ${path} lead to is not recorded`;
  return status === 'removed' ? `deps: no links in ${path} any more` : `deps: ${path} modified behind a link`;
}

function transition(status: Change['status'], old: Value | undefined, now: Value | undefined): string {
  if (status === 'added') return `added (${valueText(now)})`;
  if (status === 'removed') return 'no longer declared';
  return `${valueText(old)} → ${status === 'missing' ? 'missing' : valueText(now)}`;
}

/** The value of a field: a command, a digest in short, a parameter. */
export const fieldValueText = (field: Field): string => spelledOut(valueOf(field));

function valueOf({ kind, value }: Field): string {
  switch (kind) {
    case 'cmd':
      return commandText(value);
    case 'dep':
      return digestText(value);
    case 'links':
      return `${digestText(value)} (what links lead to)`;
    case 'out':
      return '';
    case 'wdir':
    case 'env':
    case 'mode':
    case 'param':
      return valueText(value);
  }
}

/** Old and new value of a field, without its name. */
export const changeText = (change: Change): string => spelledOut(wordsForChange(change));

function wordsForChange(change: Change): string {
  const { kind, status, old, new: now } = change;
  switch (kind) {
    case 'cmd':
      return describeWordChanges(commandText(old), commandText(now));
    case 'dep':
      if (status === 'added') return `${digestText(now)} (newly declared)`;
      if (status === 'removed') return `${digestText(old)} → no longer declared`;
      return `${digestText(old)} → ${digestText(now)}`;
    case 'mode':
      return status === 'removed' ? 'no longer executable' : 'executable now';
    case 'links':
      return `${digestText(old)} → ${digestText(now)} (what links lead to)`;
    case 'out':
      return status === 'removed' ? 'no longer declared' : 'newly declared';
    case 'param':
      if (isDeep(old, now)) return leafChanges('', old!, now!).join(', ');
      return status === 'removed' ? `${valueText(old)} → no longer declared` : transition(status, old, now);
    case 'wdir':
    case 'env':
      return status === 'removed' ? `${valueText(old)} → no longer declared` : transition(status, old, now);
  }
}

/** Of a section or a list, only the values that differ. */
function paramChanges(
  key: readonly string[],
  status: Change['status'],
  old: Value | undefined,
  now: Value | undefined,
): string {
  const name = paramName(key);
  return isDeep(old, now)
    ? leafChanges(name, old!, now!).join(', ')
    : `${name} ${transition(status, old, now)}`;
}

const isDeep = (old: Value | undefined, now: Value | undefined): boolean =>
  (isMap(old) && isMap(now)) || (isList(old) && isList(now) && old.length === now.length);

function leafChanges(name: string, old: Value, now: Value): string[] {
  if (canonicalJson(old) === canonicalJson(now)) return [];
  if (isList(old) && isList(now) && old.length === now.length)
    return old.flatMap((item, index) => leafChanges(`${name}[${index}]`, item, now[index]!));
  if (!isMap(old) || !isMap(now)) return [`${name} ${valueText(old)} → ${valueText(now)}`];
  const member = (key: Scalar): string => (name === '' ? spellScalar(key) : `${name}.${spellScalar(key)}`);
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    if (!now.has(key)) return [`${member(key)} removed`];
    if (!old.has(key)) return [`${member(key)} added (${valueText(now.get(key))})`];
    return leafChanges(member(key), old.get(key)!, now.get(key)!);
  });
}

/** Enough of a digest to distinguish two. */
function digestText(value: Value | undefined): string {
  if (typeof value !== 'string') return 'missing';
  return value.endsWith('.dir') ? `${value.slice(0, 10)} (folder)` : value.slice(0, 10);
}

const paramName = ([file, key]: readonly string[]): string =>
  file === 'params.yaml' ? key! : `${file}:${key}`;

const commandText = (value: Value | undefined): string =>
  isList(value) ? value.map(valueText).join(' && ') : value === undefined ? '' : spellPython(value);

export const valueText = (value: Value | undefined): string =>
  value === undefined ? 'missing' : spellPython(value);
