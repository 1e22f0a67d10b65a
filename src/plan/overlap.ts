// Containment of workspace paths, component by component: `dd` does not lie in `d`.
import type { WorkspacePath } from '../pipeline/stage.ts';

/** `inner` is `outer`, or lies inside of it. */
export function contains(outer: WorkspacePath, inner: WorkspacePath): boolean {
  return outer === inner || outer === '.' || inner.startsWith(`${outer}/`);
}

export function overlap(a: WorkspacePath, b: WorkspacePath): boolean {
  return contains(a, b) || contains(b, a);
}
