// The objects in a git repository by their ids: single files, and packs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { GitObject } from './git-object.ts';
import { openPack, type Pack, type PackedObject } from './pack.ts';
import { namesIn } from './repository-files.ts';

export interface StoredObjects {
  /** @param id 40 hexadecimal digits. @returns undefined where git has to be asked. */
  read(id: string): GitObject | undefined;
  close(): void;
}

/** @param folders absolute, of objects. */
export function openStoredObjects(folders: readonly string[]): StoredObjects {
  let packs: readonly Pack[] | undefined;
  return {
    read(id) {
      const found = readLoose(id, folders) ?? readPacked(id, (packs ??= openPacks(folders)));
      return found && { id, ...found };
    },
    close: () => packs?.forEach((pack) => pack.close()),
  };
}

function readLoose(id: string, folders: readonly string[]): PackedObject | undefined {
  for (const folder of folders)
    try {
      return parseLoose(inflateSync(readFileSync(join(folder, id.slice(0, 2), id.slice(2)))));
    } catch {
      // It is elsewhere, or git says what is wrong with it.
    }
  return undefined;
}

function parseLoose(bytes: Buffer): PackedObject | undefined {
  const end = bytes.indexOf(0);
  const [, type, size] = /^(commit|tree|blob|tag) (\d+)$/.exec(bytes.toString('latin1', 0, end)) ?? [];
  const content = bytes.subarray(end + 1);
  return Number(size) === content.length ? { type: type as GitObject['type'], bytes: content } : undefined;
}

function readPacked(id: string, packs: readonly Pack[]): PackedObject | undefined {
  for (const pack of packs)
    try {
      const found = pack.read(id);
      if (found) return found;
    } catch {
      // Another pack may have it too; else git says what is wrong.
    }
  return undefined;
}

function openPacks(folders: readonly string[]): readonly Pack[] {
  const packs: Pack[] = [];
  for (const folder of folders)
    for (const name of namesIn(join(folder, 'pack')))
      try {
        if (name.endsWith('.idx')) packs.push(openPack(join(folder, 'pack', name.slice(0, -'.idx'.length))));
      } catch {
        // Git reads it, if it can be read.
      }
  return packs;
}
