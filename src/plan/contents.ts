// What the paths of the workspace hold during one walk: each path is looked at once until a stage writes to it.
import type { Content } from '../hash/digest.ts';
import type { View } from '../hash/hasher.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { forgetEntries } from '../disk/folder-entries.ts';
import { overlap } from './overlap.ts';

export interface Contents {
  /** Of an output. @param recorded what it is compared with, which can be hashed in another way (see `Content.legacy`). */
  get(at: WorkspacePath, recorded?: Content): Promise<Content | undefined>;
  /** Of a dependency: includes what its symlinks lead to. */
  input(at: WorkspacePath, recorded?: Content): Promise<Content | undefined>;
  /** A path was written: forgets it, what is inside of it, the folders around it, and dependencies that read it by a link. */
  written(at: WorkspacePath): void;
}

/** What a look at a path found. */
export interface LookedAt {
  readonly content: Content;
  /** The content is the same as an output and as a dependency. */
  readonly plain: boolean;
  /** Places that symlinks in a dependency lead to. */
  readonly behind: readonly WorkspacePath[];
}

/** Ways to look at a path of the workspace; undefined means that nothing exists there. */
export interface Looks {
  readonly as: (view: View, at: WorkspacePath) => Promise<LookedAt | undefined>;
  /** As the DVC of legacy entries did. */
  readonly asRecorded: (at: WorkspacePath) => Promise<Content | undefined>;
}

/** What is known of files from looks before this. */
export interface EarlierLooks {
  content(at: WorkspacePath): Content | undefined;
  /** The path was written. */
  forget(at: WorkspacePath): void;
}

/** @param linked by declared path: the other places that it leads to through symlinks. */
export function rememberContents(
  looks: Looks,
  linked: ReadonlyMap<WorkspacePath, readonly WorkspacePath[]> = new Map(),
  earlier?: EarlierLooks,
): Contents {
  const lookAs = async (view: View, at: WorkspacePath): Promise<LookedAt | undefined> => {
    const content = linked.has(at) ? undefined : earlier?.content(at);
    return content ? { content, plain: true, behind: [] } : looks.as(view, at);
  };
  const outputs = memoOf((at) => lookAs('output', at));
  const inputs = memoOf(lookAndWatch);
  /** Dependencies that were looked at, with the other places that they read. */
  const watched = new Map<WorkspacePath, readonly WorkspacePath[]>();
  const writes: WorkspacePath[] = [];

  async function lookAndWatch(at: WorkspacePath): Promise<LookedAt | undefined> {
    const since = writes.length;
    const input = await lookAs('input', at);
    const behind = [...(linked.get(at) ?? []), ...(input?.behind ?? [])];
    if (behind.length === 0) return input;
    watched.set(at, behind);
    // A stage may have written there during the look.
    for (const path of writes.slice(since)) forgetReaders(path);
    return input;
  }

  /** One look is enough where both ways find the same. */
  async function lookOnce(
    memo: Memo<LookedAt | undefined>,
    other: Memo<LookedAt | undefined>,
    at: WorkspacePath,
  ): Promise<Content | undefined> {
    const known = memo.known(at) || linked.has(at) ? undefined : await other.known(at);
    return known?.plain ? known.content : (await memo.get(at))?.content;
  }

  function forgetReaders(path: WorkspacePath): void {
    for (const [at, behind] of watched) {
      if (!behind.some((place) => overlap(place, path))) continue;
      inputs.forget(at);
      watched.delete(at);
    }
  }

  /** DVC's rule: while nothing changed, an entry stays as DVC 2 wrote it. */
  const unlessLegacy = async (
    at: WorkspacePath,
    recorded: Content | undefined,
    now: () => Promise<Content | undefined>,
  ): Promise<Content | undefined> => {
    const old = recorded?.legacy ? await looks.asRecorded(at) : undefined;
    return old && old.digest === recorded?.digest ? old : now();
  };

  return {
    get: (at, recorded) => unlessLegacy(at, recorded, () => lookOnce(outputs, inputs, at)),
    input: (at, recorded) => unlessLegacy(at, recorded, () => lookOnce(inputs, outputs, at)),
    written(at) {
      forgetEntries();
      for (const path of [at, ...(linked.get(at) ?? [])]) {
        outputs.forget(path);
        inputs.forget(path);
        earlier?.forget(path);
        writes.push(path);
        forgetReaders(path);
      }
    },
  };
}

interface Memo<T> {
  get(at: WorkspacePath): Promise<T>;
  known(at: WorkspacePath): Promise<T> | undefined;
  /** Forgets the path, what is inside of it and the folders around it. */
  forget(at: WorkspacePath): void;
}

function memoOf<T>(look: (at: WorkspacePath) => Promise<T>): Memo<T> {
  const known = new Map<WorkspacePath, Promise<T>>();
  /** Paths that were looked at, by each folder around them. */
  const inside = new Map<string, WorkspacePath[]>();
  return {
    known: (at) => known.get(at),
    get(at) {
      let found = known.get(at);
      if (!found) {
        found = look(at);
        known.set(at, found);
        for (let end = at.lastIndexOf('/'); end > 0; end = at.lastIndexOf('/', end - 1)) {
          const folder = at.slice(0, end);
          const paths = inside.get(folder);
          if (paths) paths.push(at);
          else inside.set(folder, [at]);
        }
      }
      return found;
    },
    forget(at) {
      known.delete(at);
      for (let end = at.lastIndexOf('/'); end > 0; end = at.lastIndexOf('/', end - 1))
        known.delete(at.slice(0, end) as WorkspacePath);
      known.delete('.' as WorkspacePath);
      for (const path of inside.get(at) ?? []) known.delete(path);
      inside.delete(at);
    },
  };
}
