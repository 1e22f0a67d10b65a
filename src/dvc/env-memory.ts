// Remembers the environment of stages that set one (`meta: {pipe: {env: …}}`) in a DVC repository, whose lock file cannot record it. The
// memory is in our state folder, with a digest of the entry that it belongs to: where the two do not match, the stage is stale.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile } from '../disk/replace-file.ts';
import type { StageAddress } from '../pipeline/stage.ts';
import { dvcEntryValue } from './lock-entry.ts';
import { emitMapping } from './emit-yaml.ts';
import type { LockEntry } from '../lock/lock-entry.ts';
import type { Locks } from '../lock/locks.ts';

interface Remembered {
  readonly env: { readonly [name: string]: string };
  /** Of the entry's text. */
  readonly entry: string;
}

/** @param file absolute path of the memory. */
export function withEnv(locks: Locks, file: string): Locks {
  let memory: Map<StageAddress, Remembered> | undefined;
  const known = (): Map<StageAddress, Remembered> => (memory ??= readMemory(file));
  return {
    ...locks,
    entry(stage) {
      const entry = locks.entry(stage);
      const remembered = known().get(stage.address);
      if (!entry || !remembered) return entry;
      // The program that wrote another entry meanwhile did not set this environment.
      return { ...entry, env: remembered.entry === digestOf(entry) ? remembered.env : {} };
    },
    record(stage, entry) {
      const env = entry.env ?? {};
      if (Object.keys(env).length > 0) known().set(stage.address, { env, entry: digestOf(entry) });
      else if (!known().delete(stage.address)) return locks.record(stage, entry);
      writeMemory(file, known());
      locks.record(stage, entry);
    },
  };
}

function digestOf(entry: LockEntry): string {
  return createHash('sha256')
    .update(emitMapping(dvcEntryValue(entry), 0))
    .digest('hex');
}

/** Empty where the file is missing or damaged: then such stages are stale. */
function readMemory(file: string): Map<StageAddress, Remembered> {
  try {
    return new Map(
      Object.entries(JSON.parse(readFileSync(file, 'utf8')) as object) as [StageAddress, Remembered][],
    );
  } catch {
    return new Map();
  }
}

function writeMemory(file: string, memory: ReadonlyMap<StageAddress, Remembered>): void {
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, JSON.stringify(Object.fromEntries(memory)) + '\n', { temporary: `${file}.new` });
}
