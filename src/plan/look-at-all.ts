// Looks at all dependencies or outputs of a stage, of which there can be thousands.
import { inParallel } from '../base/in-parallel.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Content } from '../hash/digest.ts';
import { lockedPath, type LockedPath } from '../lock/lock-entry.ts';

/** Looks at a time: each keeps objects until it ends. */
const LOOKING = 32;

/** @param recorded what they are compared with. @returns the contents in the order of the items; undefined where nothing exists. */
export async function lookAtAll(
  items: readonly { readonly path: string; readonly at: WorkspacePath }[],
  recorded: readonly LockedPath[] | undefined,
  look: (at: WorkspacePath, recorded: Content | undefined) => Promise<Content | undefined>,
): Promise<readonly (Content | undefined)[]> {
  const found = Array.from<Content | undefined>({ length: items.length });
  await inParallel(items, LOOKING, async ({ path, at }, index) => {
    found[index] = await look(at, lockedPath(recorded, path)?.content);
  });
  return found;
}
