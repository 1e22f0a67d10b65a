// How a comparison reads contents: from the cache of the workspace, and with `--pull` from its remotes before.
import type { ContentsStore } from '../../revision/read-contents.ts';
import type { Reading } from '../../revision/read-values.ts';
import type { Sides } from './sides.ts';

export interface PullFlags {
  /** Fetch what the cache lacks. */
  readonly pull?: true;
  readonly remote?: string;
}

/** The workspace is opened when the first content is read that git does not have. */
export function readingOf(sides: Sides, { pull, remote }: PullFlags): Reading {
  const store = async (): Promise<ContentsStore> => (await sides.workspace()).store;
  return {
    store: {
      read: async (content) => (await store()).read(content),
      entries: async (content) => (await store()).entries(content),
    },
    pull: pull
      ? async (outputs) => {
          const { puller } = await import('./puller.ts');
          await puller(() => sides.workspace(), remote)(outputs);
        }
      : undefined,
  };
}
