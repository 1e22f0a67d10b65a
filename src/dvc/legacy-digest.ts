// The md5 of DVC 2 ("md5-dos2unix"), which normalises the line ends of texts. Content is compared by it with entries that DVC 2 wrote into
// a lock file or `.dvc` file.
import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { formatDvcManifest } from './manifest.ts';
import type { Hasher } from '../hash/hasher.ts';

const CHUNK = 2 ** 20;
/** How many bytes at the start of each chunk decide whether it is text. */
const PROBE = 512;

/** @param path absolute. @returns what DVC 2 would record; undefined where the path does not exist. */
export async function lookAsDvc2(path: string, hasher: Hasher): Promise<Content | undefined> {
  const content = await hasher.look(path);
  if (!content) return undefined;
  if (!isDirectory(content.digest)) return { ...content, digest: legacyFileDigest(path), legacy: true };
  const { entries } = await hasher.tree(path);
  const manifest = formatDvcManifest(
    entries.map((entry) =>
      entry.kind === 'file' ? { ...entry, digest: legacyFileDigest(join(path, entry.path)) } : entry,
    ),
  );
  return { ...content, digest: `${hash('md5', manifest)}.dir` as Digest, legacy: true };
}

export function legacyFileDigest(path: string): Digest {
  const md5 = createHash('md5');
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let read = readFull(file, buffer); read > 0; read = readFull(file, buffer)) {
      const chunk = buffer.subarray(0, read);
      md5.update(isText(chunk.subarray(0, PROBE)) ? withoutCarriageReturns(chunk) : chunk);
    }
  } finally {
    closeSync(file);
  }
  return md5.digest('hex') as Digest;
}

/** Fills a chunk, except the last: the digest depends on where chunks begin. */
function readFull(file: number, buffer: Buffer): number {
  let filled = 0;
  while (filled < buffer.length) {
    const read = readSync(file, buffer, filled, buffer.length - filled, null);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

function isText(block: Buffer): boolean {
  let other = 0;
  for (const byte of block) {
    if (byte === 0) return false;
    const text = (byte >= 32 && byte < 127) || (byte >= 8 && byte <= 13 && byte !== 11);
    if (!text) other += 1;
  }
  return other / block.length <= 0.3;
}

function withoutCarriageReturns(chunk: Buffer): Buffer {
  return Buffer.from(chunk.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}
