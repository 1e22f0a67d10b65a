// What the paths of an experiment hold: results of its stages where one makes them, its parameter files, and the workspace otherwise.
import type { WorkspacePath } from '../../base/workspace-path.ts';
import { isDirectory, type Content } from '../../hash/digest.ts';
import type { Contents } from '../../plan/contents.ts';
import { determinesDeps } from '../../plan/expected.ts';
import { contains } from '../../plan/overlap.ts';
import type { ObjectStore } from '../../cache/object-store.ts';
import type { Results } from './results.ts';

export interface ContentSources {
  readonly workspace: Contents;
  readonly store: ObjectStore;
  readonly results: Results;
  /** Files that differ from the workspace's. */
  readonly texts: ReadonlyMap<WorkspacePath, string>;
  /** Looks at a dependency where it is put together for that. */
  readonly assembled: (at: WorkspacePath) => Promise<Content | undefined>;
}

export function experimentContents({
  workspace,
  store,
  results,
  texts,
  assembled,
}: ContentSources): Contents {
  const known = new Map<WorkspacePath, Promise<Content | undefined>>();
  const assembledOnce = (at: WorkspacePath): Promise<Content | undefined> => {
    const found = known.get(at) ?? assembled(at);
    known.set(at, found);
    return found;
  };
  return {
    get: (at, recorded) => workspace.get(at, recorded),
    input(at, recorded) {
      const made = results.overlapping(at);
      const edited = [...texts.keys()].some((file) => contains(at, file));
      if (made.length === 0 && !edited) return workspace.input(at, recorded);
      const whole = made.length === 1 && made[0]!.at === at ? made[0]!.content : undefined;
      if (whole && !edited && determinesDeps(whole, store)) return Promise.resolve(whole);
      const part =
        made.length === 1 && !edited ? partOf(made[0]!.content, made[0]!.at, at, store) : undefined;
      return part ? Promise.resolve(part) : assembledOnce(at);
    },
    written: () => undefined,
  };
}

/** A file in a folder that a stage writes. */
function partOf(
  content: Content,
  top: WorkspacePath,
  at: WorkspacePath,
  store: ObjectStore,
): Content | undefined {
  if (!isDirectory(content.digest) || top === at || !contains(top, at)) return undefined;
  const entry = store.entries(content)?.find(({ path }) => path === at.slice(top.length + 1));
  return entry?.kind === 'file' && entry.size !== undefined ? (entry as Content) : undefined;
}
