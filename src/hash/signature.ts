// One digest over the names and stat data of a walk: it stays the same as long as no file of the directory changes.
import { createHash } from 'node:crypto';
import type { Found } from './walk-directory.ts';

/** Entries per call of the hash: each call has a cost of its own. */
const BATCH = 1024;

export function signatureOf(found: readonly Found[]): string {
  const digest = createHash('sha256');
  const numbers = new BigInt64Array(4 * BATCH);
  for (let start = 0; start < found.length; start += BATCH) {
    let text = '';
    let used = 0;
    const end = Math.min(start + BATCH, found.length);
    for (let index = start; index < end; index += 1) {
      const item = found[index]!;
      // A name has no NUL, so two different walks give different bytes.
      text +=
        item.kind === 'symlink'
          ? `l${item.path}\0${item.target}\0`
          : `${item.kind === 'file' ? 'f' : 'd'}${item.path}\0`;
      if (item.kind !== 'file') continue;
      numbers[used] = item.ino;
      numbers[used + 1] = item.size;
      numbers[used + 2] = item.mtimeNs;
      numbers[used + 3] = item.ctimeNs;
      used += 4;
    }
    digest.update(`${text}\0${used}\0`);
    digest.update(numbers.subarray(0, used));
  }
  return digest.digest('hex');
}
