// Stages with their records, experiments, and remotes in memory to exchange them with.
import { openVaults, type OpenRemote } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import type { LockEntry } from '../../../src/lock/lock.ts';
import { ownRules } from '../../../src/own/own.ts';
import { push, pushExperiments, type StageRecord } from '../../../src/run/run.ts';
import type { MemoryRemote } from '../../cache/remote/memory-remote.ts';
import type { StoreSpace } from '../../cache/store-space.ts';
import { layouts } from '../../layouts.ts';

export const layout = layouts.pipe;
export const digest = (digit: string): Digest => digit.repeat(64) as Digest;

export type Out = Partial<StageRecord['stage']['outs'][0]>;

export const REMOTES = {
  remote: 'main',
  remotes: new Map(['main', 'far'].map((name) => [name, { url: name }])),
};

/** A stage with its record. */
export const stageOf = (name: string, outs: Readonly<Record<string, readonly [Content, Out?]>>): StageRecord =>
  ({
    stage: {
      address: name,
      cmd: 'x',
      deps: [{}],
      params: [],
      place: {},
      outs: Object.entries(outs).map(([path, [, declared]]) => ({ path, at: path, cache: true, push: true, remote: null, metric: false, plot: false, ...declared })),
    },
    entry: { ...entryOf(Object.fromEntries(Object.entries(outs).map(([path, [content]]) => [path, content]))), cmd: name },
  }) as unknown as StageRecord; // prettier-ignore

/** @param results by stage: what the run cache has for its inputs. */
export function recording(
  exchange: Parameters<typeof push>[2],
  records: readonly StageRecord[],
  store: StoreSpace['store'],
): Parameters<typeof push>[2] {
  const entries = new Map<unknown, LockEntry>(records.map(({ stage, entry }) => [stage, entry!]));
  return {
    ...exchange,
    workspace: {
      ...exchange.workspace,
      store,
      locks: { entry: (stage: unknown) => entries.get(stage) },
      contents: { get: async () => undefined },
      runCache: { find: (key: Digest) => [...entries.values()].find(({ cmd }) => digest(String(cmd)) === key)?.outs },
      rules: { runKey: ({ cmd }: LockEntry) => digest(String(cmd)), hasWholeRunKey: () => true },
    },
  } as unknown as Parameters<typeof push>[2];
} // prettier-ignore

export function exchangeWith(
  space: StoreSpace,
  remote: MemoryRemote,
  far = remote,
): Parameters<typeof pushExperiments>[3] {
  const { root, dir, files: hasher, path } = space;
  const vaultOf = openVaults({ dir, layout, hasher, scratch: path('scratch') });
  const open = async (name: string): Promise<MemoryRemote> => (name === 'far' ? far : remote);
  return {
    asked: undefined,
    workspace: {
      project: { root, config: { remotes: REMOTES } },
      folders: { placing: path('placing') },
      layout,
      rules: ownRules,
    },
    remote: open,
    remoteForCopies: open,
    vaultOf,
    transfer: (to: OpenRemote) => ({ remote: to, layout, vaultOf, jobs: 1 }),
  } as unknown as Parameters<typeof pushExperiments>[3];
}

export const entryOf = (outs: Readonly<Record<string, Content>>): LockEntry => ({
  cmd: 'x',
  wdir: '.',
  env: {},
  deps: [],
  params: new Map(),
  outs: Object.entries(outs).map(([path, content]) => ({ path, content })),
});
