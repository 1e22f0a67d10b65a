// DVC's text of a directory, byte for byte: Python's `json.dumps` of the files with sorted keys and default separators.
// Empty folders, executable bits and symlinks are not part of it.
import type { Digest } from '../hash/digest.ts';
import { checkEntries, hostile } from '../hash/check-manifest.ts';
import type { TreeEntry } from '../hash/tree.ts';
import { sortByPath } from '../hash/entry-names.ts';

/** @param entries sorted by path; all files. */
export function formatDvcManifest(entries: readonly TreeEntry[]): string {
  const items: string[] = [];
  for (const entry of entries) {
    if (entry.kind === 'file')
      items.push(`{"md5": "${entry.digest}", "relpath": ${pythonString(entry.path)}}`);
  }
  return `[${items.join(', ')}]`;
}

// Python escapes everything but printable ASCII, in lower-case hexadecimal.
function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A file of a DVC directory; its size is not recorded. */
export interface DvcEntry {
  readonly kind: 'file';
  readonly path: string;
  readonly digest: Digest;
  readonly size: undefined;
}

/** @throws PipeError for anything that is not the list of a directory's files. */
export function parseDvcManifest(text: string): DvcEntry[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw hostile('it is not JSON');
  }
  if (!Array.isArray(list)) throw hostile('it is not a list');
  const entries = list.map((item: unknown): DvcEntry => {
    const { md5, relpath } = (typeof item === 'object' && item !== null ? item : {}) as {
      md5?: unknown;
      relpath?: unknown;
    };
    if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5) || typeof relpath !== 'string')
      throw hostile('an entry has no digest or path');
    return { kind: 'file', path: relpath, digest: md5 as Digest, size: undefined };
  });
  sortByPath(entries);
  checkEntries(entries);
  return entries;
}
