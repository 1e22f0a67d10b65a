// What every decision is made from: the project, its graph, what is recorded, what is there, and what the cache holds.
import type { CacheLayout } from '../cache/cache-layout.ts';
import type { ObjectStore } from '../cache/object-store.ts';
import type { RunCache } from '../cache/run-cache.ts';
import type { StageGraph } from '../graph/stage-graph.ts';
import type { Hasher } from '../hash/hasher.ts';
import type { Locks } from '../lock/locks.ts';
import type { Project } from '../pipeline/project.ts';
import type { Contents } from './contents.ts';
import type { FreshMemory } from './fresh-memory.ts';
import type { Rules } from './rules.ts';

export interface Workspace {
  readonly project: Project;
  readonly rules: Rules;
  readonly layout: CacheLayout;
  readonly graph: StageGraph;
  readonly locks: Locks;
  readonly hasher: Hasher;
  readonly store: ObjectStore;
  readonly runCache: RunCache;
  readonly contents: Contents;
  readonly folders: Folders;
  /** Absent where nothing is remembered of the stages as they are in this workspace. */
  readonly freshMemory?: FreshMemory | undefined;
  /**
   * It is removed after the stage that runs in it: all outputs are stored, and a stage that changes what it reads fails.
   */
  readonly isTemporary?: true;
}

/** Absolute folders of the engine's own files. */
export interface Folders {
  readonly root: string;
  /** It has those of the following that no other folder has. */
  readonly own: string;
  /** Stat database, journals, run lock, history. */
  readonly state: string;
  readonly logs: string;
  /** Scratch folders of stages. */
  readonly scratch: string;
  /** What was saved before it was replaced. */
  readonly saved: string;
  /** Records of experiments. */
  readonly experiments: string;
  /** Objects and runs; it may be shared with other projects. */
  readonly cache: string;
  /** Files on their way between the cache and the workspace. */
  readonly placing: string;
}
