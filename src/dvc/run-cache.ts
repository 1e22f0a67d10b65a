// The run cache of a DVC repository, as DVC keeps it: `runs/kk/key/value`. Each file is the lock entry of one stage; its name is the
// digest of that entry, the name of its folder the digest of the inputs.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import { comparePython, dvcEntryValue, readDvcEntry } from './lock-entry.ts';
import { emitMapping } from './emit-yaml.ts';
import { pythonJson } from './python-json.ts';
import type { LockEntry } from '../lock/lock-entry.ts';
import { makeReader } from '../lock/lock-reader.ts';
import { errno, PipeError } from '../base/problem.ts';
import type { ValueMap } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { replaceFile } from '../disk/replace-file.ts';
import type { ObjectStore } from '../cache/object-store.ts';
import { GROUP_FILE, RealFolders } from '../disk/real-folder.ts';
import type { RunCache } from '../cache/run-cache.ts';
import type { RunFormat } from '../cache/run-format.ts';
import { storeError } from '../disk/store-error.ts';

/** @param dir absolute cache folder. */
export function openDvcRunCache({
  dir,
  store,
  shared = false,
}: {
  readonly dir: string;
  readonly store: Pick<ObjectStore, 'has'>;
  /** A group shares the cache. */
  readonly shared?: boolean;
}): RunCache {
  const folders = new RealFolders(dir, shared);
  const folderOf = (key: Digest): string => join(dir, 'runs', key.slice(0, 2), key);
  return {
    find(key) {
      const entry = newestEntry(folderOf(key));
      return entry?.outs.every(({ content }) => store.has(content)) ? entry.outs : undefined;
    },
    save(key, entry) {
      const { name, text } = dvcRunFile(entry);
      const file = join(folderOf(key), name);
      if (existsSync(file)) return undefined;
      try {
        folders.make(dirname(file));
        replaceFile(file, text, {
          // As DVC names its own.
          temporary: join(dirname(file), `.${randomUUID()}.tmp`),
          replaceLink: true,
          steps: { write: 'write run', rename: 'rename run' },
          ...(shared && { mode: GROUP_FILE }),
        });
      } catch (error) {
        throw storeError(error, 'write the run cache', file);
      }
      return undefined;
    },
  };
}

export const dvcRuns: RunFormat = {
  names: [/^[0-9a-f]{2}$/, /^[0-9a-f]{64}$/, /^[0-9a-f]{64}$/],
  parse(text) {
    const entry = parseDvcRun(text);
    return entry && entry.outs.length > 0 ? [entry.outs] : undefined;
  },
  format() {
    throw new Error('a record of DVC holds one result');
  },
  record: (entry) => dvcRunFile(entry).text,
  // Not among those of DVC, which has no signatures.
  records: 'pipe/runs',
  foreign: { root: 'runs', folder: (key) => `runs/${key.slice(0, 2)}/${key}`, file: dvcRunFile },
};

/** DVC reads the newest one only. */
function newestEntry(folder: string): LockEntry | undefined {
  const [newest] = listFiles(folder)
    .map((name) => ({ name, time: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.time - a.time);
  return newest && readDvcRun(join(folder, newest.name));
}

/** The entry in a file of the run cache, by its absolute path. Undefined where it cannot be read. */
export function readDvcRun(file: string): LockEntry | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  return parseDvcRun(text, file);
}

/** The entry in the text of such a file; undefined where it has none. */
export function parseDvcRun(text: string, file = 'run'): LockEntry | undefined {
  try {
    const source = readYaml(text, file);
    const reader = makeReader(source.value as ValueMap, () => ({ file }));
    return readDvcEntry(reader, reader.map(source.value, []), []);
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}

/** The file that DVC writes for an entry, in the folder of its key. */
export function dvcRunFile(entry: LockEntry): { readonly name: string; readonly text: string } {
  const value = dvcEntryValue(entry);
  return { name: digestOf(value), text: emitMapping(value, 0) };
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => !name.endsWith('.tmp'));
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return [];
    throw error;
  }
}

/** The name of the folder: the digest of the inputs. @param outs paths of the outputs. */
export function dvcRunKey(entry: LockEntry, outs: readonly string[]): Digest {
  return digestOf(
    new Map([...dvcEntryValue({ ...entry, outs: [] }), ['outs', [...outs].sort(comparePython)]]),
  );
}

/** DVC leaves them out at every depth. */
const SIZES: ReadonlySet<string> = new Set(['size', 'nfiles']);

function digestOf(entry: ValueMap): Digest {
  return createHash('sha256').update(pythonJson(entry, SIZES)).digest('hex') as Digest;
}
