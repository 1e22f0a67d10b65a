// Hides the values of `env:`. They may be secrets, and commands, reasons, logs and the history can repeat them.
import type { Json } from '../base/spelling.ts';
import type { LockEntry } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { ReasonView } from './contract.ts';

export const HIDDEN = '•••';
/** Shorter ones (`1`, `C.UTF-8`'s `C`) are parts of too many words. */
const SHORTEST = 6;

export interface Mask {
  text(text: string): string;
  json(value: Json): Json;
}

/** @param entries what lock files record: values of an earlier time are as secret. */
export function makeMask(stages: readonly Pick<Stage, 'env'>[], entries: readonly LockEntry[]): Mask {
  const values = new Set<string>();
  for (const { env } of [...stages, ...entries])
    for (const value of Object.values(env ?? {})) {
      if (value.length >= SHORTEST) values.add(value);
      // Logs and commands have one line of it at a time.
      for (const line of value.split('\n')) if (line.trim().length >= SHORTEST) values.add(line.trim());
    }
  if (values.size === 0) return { text: (text) => text, json: (value) => value };
  // The longest first: one value can be the beginning of another.
  const spelled = [...values].flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  const sorted = [...new Set(spelled)].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(sorted.map(escaped).join('|'), 'g');
  const text = (shown: string): string => shown.replace(pattern, HIDDEN);
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return (value as readonly Json[]).map(json);
    // Numbers that are written as they are spelled.
    if (Object.isFrozen(value) && 'rawJSON' in value) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, json(one)]));
  };
  return { text, json };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A reason without values of variables. */
export function maskedReason(reason: ReasonView, mask: Mask): ReasonView {
  const { kind, key, status } = reason;
  if (kind === 'env') {
    const change = status === 'modified' ? 'changed' : (status ?? 'changed');
    return { kind, ...(key && { key }), ...(status && { status }), text: `env: ${key?.[0]} ${change}` };
  }
  return {
    ...reason,
    text: mask.text(reason.text),
    ...(reason.old !== undefined && { old: mask.json(reason.old) }),
    ...(reason.new !== undefined && { new: mask.json(reason.new) }),
  };
}

/** Why a stage ran, as the history has it in words: short values of variables too. */
export const maskedWhy = (why: string, mask: Mask): string =>
  mask.text(why.replace(/(^|; )(env: \S+) (?:.*? \u2192 |added \().*$/s, '$1$2 changed'));
