// Removes unused files from a cache: the items of `list-garbage.ts`, in their order. After a crash at any step everything that is needed
// is complete.
import { giveTurn } from '../base/event-loop-turn.ts';
import { errno } from '../base/problem.ts';
import { crashPoint, type Fault } from '../disk/crash-point.ts';
import { listGarbage, type GarbageItem, type GarbageList, type GarbageOptions } from './list-garbage.ts';
import { removeSeen, replaceSeen } from '../disk/real-folder.ts';
import { storeError } from '../disk/store-error.ts';

export interface Garbage extends Pick<GarbageList, 'kept' | 'others'> {
  /** What was removed, or what a dry run would remove. */
  readonly items: readonly GarbageItem[];
}

/**
 * @param dry remove nothing.
 * @throws PipeError when the cache cannot be written, or has a symbolic link in place of a folder.
 */
export async function collectGarbage(
  options: GarbageOptions & { readonly dry?: boolean; readonly fault?: Fault },
): Promise<Garbage> {
  const { dir, dry = false, fault = crashPoint } = options;
  try {
    const { items, kept, others } = listGarbage(options);
    if (dry) return { items, kept, others };
    const removed: GarbageItem[] = [];
    for (const item of items) {
      await giveTurn();
      if (remove(item, fault)) removed.push(item);
    }
    return { items: removed, kept, others };
  } catch (error) {
    throw storeError(error, 'remove unused files', dir);
  }
}

function remove({ kind, base, path, stats, left }: GarbageItem, fault: Fault): boolean {
  fault(kind === 'record' ? 'remove run' : 'remove object');
  if (left !== undefined) return replaceSeen(base, path, stats, left);
  try {
    return removeSeen(base, path, stats, kind === 'saved' || stats.isDirectory());
  } catch (error) {
    // What another user of a shared cache has left in a folder of theirs is theirs to remove.
    if (kind === 'leftover' && errno(error) === 'EACCES') return false;
    throw error;
  }
}
