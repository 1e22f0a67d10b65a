// Notes about which record was sent where, so that no request is needed to see that nothing is pending. A missing or wrong note costs
// a request or the start of a server, never data: sending compares with the server.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface SentNote {
  /** sha256 of the whole record. */
  readonly record: string;
  readonly experimentId: string;
  readonly registered: boolean;
  /** Of the destination, where it has one. */
  readonly identity?: string;
}

export interface SentNotes {
  get(target: string): SentNote | undefined;
  set(target: string, note: SentNote): void;
}

/** @param path absolute. Read again at each call, since other senders write it, too. */
export function openSentNotes(path: string): SentNotes {
  const read = (): Record<string, SentNote> => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Record<string, SentNote>;
    } catch {
      return {};
    }
  };
  return {
    get: (target) => read()[target],
    set(target, note) {
      mkdirSync(dirname(path), { recursive: true });
      const aside = `${path}.${process.pid}`;
      writeFileSync(aside, `${JSON.stringify({ ...read(), [target]: note }, undefined, 2)}\n`);
      renameSync(aside, path);
    },
  };
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Differs between a file and another one that took its place; undefined where the file does not exist. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev}:${found.ino}:${found.birthtimeNs}`;
}
