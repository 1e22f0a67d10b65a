// Containment of workspace paths, component by component: `dd` is not inside of `d`.
import { isWithin, placesOf, type Placed, type WorkspacePath } from '../base/workspace-path.ts';
import { indexPaths } from '../graph/path-index.ts';

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

/** Whether a path overlaps any of these, without comparing it with each. */
export function overlapsAny(paths: Iterable<WorkspacePath>): (path: WorkspacePath) => boolean {
  const index = indexPaths([...paths].map((path) => [path, path]));
  return (path) =>
    index.equal(path) !== undefined || index.around(path).length > 0 || index.inside(path).length > 0;
}

/** Whether a dependency reads what any of these outputs write. */
export function readsAny(outs: readonly Placed[]): (dep: Placed) => boolean {
  if (outs.length < FEW) return (dep) => outs.some((out) => reads(dep, out));
  const overlaps = overlapsAny(outs.flatMap(placesOf));
  return (dep) => placesOf(dep).some(overlaps);
}

/** So many are compared faster one by one. */
const FEW = 4;
