// The manifest of a directory in a project of our own: one JSON line per entry, sorted by path, after a line that names the format. JSON
// quotes every name, so no two directories give the same text.
import type { Digest } from '../hash/digest.ts';
import type { TreeEntry } from '../hash/tree.ts';
import { checkEntries, hostile } from '../hash/check-manifest.ts';

const HEADER = '{"schema":"pipe-tree/1"}';

/** @param entries sorted by path. */
export function formatManifest(entries: readonly TreeEntry[]): string {
  const lines = [HEADER];
  for (const entry of entries) {
    const path = JSON.stringify(entry.path);
    if (entry.kind === 'file')
      lines.push(
        `{"path":${path},"sha256":"${entry.digest}","size":${entry.size}${entry.isexec ? ',"isexec":true' : ''}}`,
      );
    else if (entry.kind === 'directory') lines.push(`{"path":${path},"directory":true}`);
    else lines.push(`{"path":${path},"symlink":${JSON.stringify(entry.target)}}`);
  }
  return lines.join('\n') + '\n';
}

/**
 * Reads a manifest, which may come from an untrusted remote.
 * @throws PipeError for a text that `formatManifest` writes for no directory that can exist.
 */
export function parseManifest(text: string): TreeEntry[] {
  const lines = text.split('\n');
  if (lines[0] !== HEADER || lines.at(-1) !== '')
    throw hostile('it is not a manifest that this version knows');
  const entries = lines.slice(1, -1).map(parseLine);
  checkEntries(entries);
  return entries;
}

/** As `formatManifest` writes a file of a plain name that is not executable. */
const PLAIN = /^\{"path":"([\w./ -]+)","sha256":"([0-9a-f]{64})","size":(0|[1-9]\d{0,14})\}$/;

function parseLine(line: string): TreeEntry {
  const plain = PLAIN.exec(line);
  if (plain) return { kind: 'file', path: plain[1]!, digest: plain[2] as Digest, size: Number(plain[3]) };
  const entry = parseJson(line);
  if (typeof entry.path !== 'string') throw hostile('an entry has no path');
  const { path } = entry;
  if (typeof entry.symlink === 'string') return { kind: 'symlink', path, target: entry.symlink };
  if (entry.directory === true) return { kind: 'directory', path };
  const { sha256, size } = entry;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw hostile(`${JSON.stringify(path)} has no digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw hostile(`${JSON.stringify(path)} has no size`);
  return {
    kind: 'file',
    path,
    digest: sha256 as Digest,
    size,
    ...(entry.isexec === true && { isexec: true as const }),
  };
}

function parseJson(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw hostile('a line is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw hostile('a line is not an entry');
  return value as Record<string, unknown>;
}
