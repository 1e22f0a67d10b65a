// One digest over the names and stat data of a walk: it stays the same as long as no file of the directory changes.
import { createHash } from 'node:crypto';
import type { Found } from './walk-directory.ts';

/** Characters per call of the hash: each call has a cost of its own. */
const PIECE = 1 << 16;

export function signatureOf({ files, others }: Found): string {
  const digest = createHash('sha256');
  // No name has a NUL, and each list comes after its length: two different walks give different bytes.
  let text = `${files.folders.length}\0${others.length}\0`;
  const put = (part: string): void => {
    text += part;
    if (text.length < PIECE) return;
    digest.update(text);
    text = '';
  };
  for (const { path, names } of files.folders) put(`${path}\0${names.length}\0${names.join('\0')}\0`);
  for (const other of others)
    put(other.kind === 'symlink' ? `l${other.path}\0${other.target}\0` : `d${other.path}\0`);
  return digest.update(text).update(files.numbers).digest('hex');
}
