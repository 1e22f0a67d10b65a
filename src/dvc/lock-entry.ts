// Converts between values and a LockEntry: one stage of a `dvc.lock`, or one file of DVC's run cache, which has the same shape. Key order
// and sorting are DVC's.
import { hash } from 'node:crypto';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { formatDvcManifest } from './manifest.ts';
import { compareBytes } from '../hash/entry-names.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import type { LockEntry, LockedPath } from '../lock/lock-entry.ts';
import type { LockReader } from '../lock/lock-reader.ts';

const DEFAULT_PARAMS = 'params.yaml';

/** The entry as DVC writes it: cmd, deps and outs by path, params with params.yaml first and their keys sorted. */
export function dvcEntryValue(entry: LockEntry): ValueMap {
  const map = new Map<Scalar, Value>([['cmd', entry.cmd]]);
  if (entry.deps.length > 0) map.set('deps', byPath(entry.deps).map(pathValue));
  if (entry.params.size > 0) {
    const files = [...entry.params.keys()].sort(comparePython);
    const ordered = [DEFAULT_PARAMS, ...files.filter((file) => file !== DEFAULT_PARAMS)];
    const params = new Map<Scalar, Value>();
    for (const file of ordered) {
      const values = entry.params.get(file);
      if (values) params.set(file, new Map([...values].sort(([a], [b]) => comparePython(a, b))));
    }
    map.set('params', params);
  }
  if (entry.outs.length > 0) map.set('outs', byPath(entry.outs).map(pathValue));
  return map;
}

function pathValue({ path, content }: LockedPath): ValueMap {
  const map = new Map<Scalar, Value>([['path', path]]);
  // Entries of DVC 2 do not name their hash; DVC keeps them so until the content changes.
  if (!content.legacy) map.set('hash', 'md5');
  map.set(content.checksum ?? 'md5', content.digest);
  if (!content.unsized) map.set('size', BigInt(content.size));
  if (content.nfiles !== undefined) map.set('nfiles', BigInt(content.nfiles));
  if (content.isexec) map.set('isexec', true);
  return map;
}

function byPath(items: readonly LockedPath[]): LockedPath[] {
  return [...items].sort((a, b) => comparePython(a.path, b.path));
}

/** As Python orders strings: by code points, where JavaScript has UTF-16 units. */
export function comparePython(a: string, b: string): number {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const left = a.codePointAt(index)!;
    const right = b.codePointAt(index)!;
    if (left !== right) return left - right;
  }
  return a.length - b.length;
}

/** @throws PipeError that names the place of a value which DVC would not write. */
export function readDvcEntry(reader: LockReader, entry: ValueMap, at: readonly Value[]): LockEntry {
  const cmd = entry.get('cmd');
  const params = new Map<string, ReadonlyMap<string, Value>>();
  for (const [file, values] of reader.map(entry.get('params') ?? new Map(), [...at, 'params'])) {
    const here = [...at, 'params', file];
    // Without values where DVC recorded the keys only; a whole file without keys is an empty mapping.
    const known = Array.isArray(values) ? new Map() : reader.map(values ?? new Map(), here);
    params.set(String(file), known as ReadonlyMap<string, Value>);
  }
  return {
    cmd: Array.isArray(cmd) ? reader.strings(cmd, [...at, 'cmd']) : reader.string(cmd, [...at, 'cmd']),
    deps: readDvcPaths(reader, entry.get('deps'), [...at, 'deps']),
    params,
    outs: readDvcPaths(reader, entry.get('outs'), [...at, 'outs']),
  };
}

/** The list of `deps` or `outs`, in a lock file or a `.dvc` file. */
export function readDvcPaths(
  reader: LockReader,
  list: Value | undefined,
  at: readonly Value[],
): LockedPath[] {
  return reader.list(list ?? [], at).map((item, index) => {
    const here = [...at, index];
    const entry = reader.map(item, here);
    const number = (key: string): number | undefined =>
      entry.has(key) ? reader.integer(entry.get(key), [...here, key]) : undefined;
    // Data in object storage has other checksums, which differ from those of every local file.
    const recorded = entry.get('md5') ?? entry.get('etag') ?? entry.get('checksum') ?? '';
    const versioned = versionedFiles(entry.get('files'));
    const digest = versioned?.digest ?? (reader.string(recorded, [...here, 'md5']) as Digest);
    const nfiles = versioned?.nfiles ?? number('nfiles') ?? (isDirectory(digest) ? 0 : undefined);
    const checksum = (['etag', 'checksum'] as const).find((key) => entry.has(key));
    const isChecksum = checksum && !entry.has('md5') && !versioned;
    const content: Content = {
      digest,
      size: versioned?.size ?? number('size') ?? 0,
      ...(isChecksum && { checksum }),
      ...(isChecksum && !entry.has('size') && { unsized: true as const }),
      ...(nfiles !== undefined && { nfiles }),
      ...(entry.get('isexec') === true && { isexec: true as const }),
      ...(entry.get('hash') !== 'md5' && entry.has('md5') && { legacy: true as const }),
    };
    const isUnsized = entry.get('hash') === 'md5' && isDirectory(digest) && !entry.has('size') && !versioned;
    const cloud = ['files', 'version_id', 'cloud'].some((key) => entry.has(key));
    return {
      path: reader.string(entry.get('path'), [...here, 'path']),
      content,
      ...(cloud && { cloud: true as const }),
      ...(isUnsized && { unsized: true as const }),
    };
  });
}

/**
 * The files of a folder whose versions are in cloud storage, as one content: where each has a digest, the folder has that of
 * DVC's list of them.
 */
function versionedFiles(
  files: Value | undefined,
): { readonly digest: Digest; readonly size: number; readonly nfiles: number } | undefined {
  if (!Array.isArray(files)) return undefined;
  const entries = files.map((file) => {
    const map = file as ValueMap;
    // The schema of these files has checked the types.
    const path = map.get('relpath') as string;
    return { path, digest: map.get('md5'), size: Number(map.get('size') ?? 0) };
  });
  const known = entries
    .filter((entry): entry is typeof entry & { digest: Digest } => typeof entry.digest === 'string')
    .toSorted((a, b) => compareBytes(a.path, b.path));
  const manifest = formatDvcManifest(known.map((entry) => ({ ...entry, kind: 'file' as const })));
  return {
    digest: (known.length === entries.length ? `${hash('md5', manifest)}.dir` : NO_DIGEST) as Digest,
    size: entries.reduce((sum, { size }) => sum + size, 0),
    nfiles: entries.length,
  };
}

/** Differs from every other digest. */
const NO_DIGEST = 'unknown';
