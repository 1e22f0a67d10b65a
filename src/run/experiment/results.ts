// What the stages of one experiment gave: known results stay in the cache, nothing of them is in a folder.
import type { Content } from '../../hash/digest.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import { overlap } from '../../plan/overlap.ts';

export interface ResultAt {
  readonly at: WorkspacePath;
  readonly content: Content;
}

export class Results {
  readonly #entries = new Map<StageAddress, LockEntry>();
  readonly #contents = new Map<WorkspacePath, Content>();

  /** @param entry undefined for data without a command, which has a record of its own. */
  add(stage: Stage, entry: LockEntry | undefined, outs: readonly ResultAt[]): void {
    if (entry) this.#entries.set(stage.address, entry);
    for (const { at, content } of outs) this.#contents.set(at, content);
  }

  /** By address, in the order in which they were added. */
  entries(): ReadonlyMap<StageAddress, LockEntry> {
    return this.#entries;
  }

  content(at: WorkspacePath): Content | undefined {
    return this.#contents.get(at);
  }

  /** At, inside of and around a path. */
  overlapping(at: WorkspacePath): readonly ResultAt[] {
    const content = this.#contents.get(at);
    if (content) return [{ at, content }];
    const found: ResultAt[] = [];
    for (const [place, content] of this.#contents) if (overlap(place, at)) found.push({ at: place, content });
    return found;
  }
}

/** The outputs that an entry records, by place. */
export function resultsAt(stage: Stage, entry: Pick<LockEntry, 'outs'>): readonly ResultAt[] {
  const contentOf = new Map(entry.outs.map(({ path, content }) => [path, content]));
  return stage.outs.flatMap(({ path, at }) => {
    const content = contentOf.get(path);
    return content ? [{ at, content }] : [];
  });
}
