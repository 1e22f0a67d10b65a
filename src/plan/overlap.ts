// Containment of workspace paths, component by component: `dd` is not inside of `d`.
import { isWithin, placesOf, type Placed, type WorkspacePath } from '../base/workspace-path.ts';

/** `inner` is `outer`, or is inside of it. */
export function contains(outer: WorkspacePath, inner: WorkspacePath): boolean {
  return isWithin(inner, outer);
}

/** The dependency reads what the output writes, each as declared or through symlinks. */
export function reads(dep: Placed, out: Placed): boolean {
  return placesOf(dep).some((read) => placesOf(out).some((written) => overlap(read, written)));
}

export function overlap(a: WorkspacePath, b: WorkspacePath): boolean {
  return contains(a, b) || contains(b, a);
}
