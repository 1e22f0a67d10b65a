// Looks for many files of a remote that can only be asked for one at a time.
import { inParallel } from '../../base/in-parallel.ts';
import type { Remote, Size } from './remote.ts';

export async function sizesOneByOne(
  size: Remote['size'],
  keys: readonly string[],
  jobs: number,
): Promise<ReadonlyMap<string, Size>> {
  const sizes = new Map<string, Size>();
  await inParallel(keys, jobs, async (key) => {
    const found = await size(key);
    if (found !== undefined) sizes.set(key, found);
  });
  return sizes;
}
