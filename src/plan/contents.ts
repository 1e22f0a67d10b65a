// What the paths of the workspace hold during one walk: each path is looked at once, until a stage writes to it.
import type { Content } from '../hash/digest.ts';
import type { WorkspacePath } from '../pipeline/stage.ts';

export interface Contents {
  /** @param recorded what to compare with: it may have been hashed in another way (see `Content.legacy`). */
  get(at: WorkspacePath, recorded?: Content): Promise<Content | undefined>;
  /** A path was written: it, what lies inside it and the folders around it are looked at anew. */
  written(at: WorkspacePath): void;
}

type Look = (at: WorkspacePath) => Promise<Content | undefined>;

/**
 * @param look reads a path of the workspace; undefined means that nothing is there.
 * @param lookAsDvc2 reads it as the DVC of legacy entries did.
 */
export function rememberContents(look: Look, lookAsDvc2: Look = look): Contents {
  const known = new Map<WorkspacePath, Promise<Content | undefined>>();
  /** Paths that were looked at, by each folder around them. */
  const inside = new Map<string, WorkspacePath[]>();
  return {
    get(at, recorded) {
      if (recorded?.legacy) {
        // DVC's rule: while nothing changed, an entry stays as DVC 2 wrote it.
        return lookAsDvc2(at).then((old) => (old?.digest === recorded.digest ? old : this.get(at)));
      }
      let content = known.get(at);
      if (!content) {
        content = look(at);
        known.set(at, content);
        for (let end = at.lastIndexOf('/'); end > 0; end = at.lastIndexOf('/', end - 1)) {
          const folder = at.slice(0, end);
          const paths = inside.get(folder);
          if (paths) paths.push(at);
          else inside.set(folder, [at]);
        }
      }
      return content;
    },
    written(at) {
      known.delete(at);
      for (let end = at.lastIndexOf('/'); end > 0; end = at.lastIndexOf('/', end - 1))
        known.delete(at.slice(0, end) as WorkspacePath);
      known.delete('.' as WorkspacePath);
      for (const path of inside.get(at) ?? []) known.delete(path);
      inside.delete(at);
    },
  };
}
