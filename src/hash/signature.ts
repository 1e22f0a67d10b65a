// One digest over the names and stat data of a walk: it stays the same as long as no file of the directory changes.
import { createHash } from 'node:crypto';
import type { FoundFile } from './found-file.ts';
import type { Found } from './walk-directory.ts';

/** Entries per call of the hash: each call has a cost of its own. */
const BATCH = 1024;

export function signatureOf(found: readonly Found[]): string {
  const digest = createHash('sha256');
  for (let start = 0; start < found.length; start += BATCH) {
    let text = '';
    let files = 0;
    let first: FoundFile | undefined;
    let last: FoundFile | undefined;
    const end = Math.min(start + BATCH, found.length);
    for (let index = start; index < end; index += 1) {
      const item = found[index]!;
      // A name has no NUL, so two different walks give different bytes.
      if (item.kind === 'file') {
        text += `f${item.path}\0`;
        files += 1;
        first ??= item;
        last = item;
      } else text += item.kind === 'symlink' ? `l${item.path}\0${item.target}\0` : `d${item.path}\0`;
    }
    digest.update(`${text}\0${4 * files}\0`);
    if (first) digest.update(first.numbersTo(last!));
  }
  return digest.digest('hex');
}
