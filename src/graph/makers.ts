// Which stages write the dependencies of a stage.
import { placesOf, type WorkspacePath } from '../base/workspace-path.ts';
import type { Stage } from '../pipeline/stage.ts';
import { indexPaths } from './path-index.ts';

/** By path as declared; without dependencies that none of the stages writes. Stages are in their order here. */
export function makersByPath(
  deps: Stage['deps'],
  stages: readonly Stage[],
): ReadonlyMap<string, readonly Stage[]> {
  const makers = new Map<string, Stage[]>();
  if (stages.length === 0) return makers;
  const declared = new Map<WorkspacePath, string[]>();
  for (const dep of deps) for (const place of placesOf(dep)) pushTo(declared, place, dep.path);
  const index = indexPaths(declared);
  for (const stage of stages) {
    const places = stage.outs.flatMap(placesOf);
    const read = places.flatMap((place) => [
      ...(index.equal(place) ?? []),
      ...index.around(place).flat(),
      ...index.inside(place).flat(),
    ]);
    for (const path of new Set(read)) pushTo(makers, path, stage);
  }
  return makers;
}

function pushTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
