// All lock files of a project: which stage is recorded where, and which recorded stages are no longer declared.
import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import type { Overlay } from '../pipeline/overlay.ts';
import type { Stage, WorkspacePath } from '../pipeline/stage.ts';
import type { DataEntries } from './dvc-data.ts';
import type { LockEntry } from './lock-entry.ts';
import { openLockFile, type LockFile, type LockFormat } from './lock-file.ts';

export interface LocksOptions {
  /** Absolute. */
  readonly root: string;
  /** One lock file for all stages, in place of the one beside each pipeline file; absolute. */
  readonly override?: string;
  /** Absolute folder for journals. */
  readonly stateDir: string;
  /** Name of a lock file beside its pipeline file: `pipeline.lock` or `dvc.lock`. */
  readonly name: string;
  readonly format: LockFormat;
  /** In a DVC repository: what `.dvc` files record. */
  readonly data?: DataEntries;
}

/** A stage that the lock file records and the pipeline no longer declares. */
export interface VanishedStage {
  readonly name: string;
  /** Folder that the entry's `wdir` is relative to. */
  readonly folder: WorkspacePath;
  readonly entry: LockEntry;
}

export interface Locks {
  entry(stage: Stage): LockEntry | undefined;
  record(stage: Stage, entry: LockEntry): void;
  /** The folder that paths of `wdir` in the stage's entry are relative to. */
  folder(stage: Stage): WorkspacePath;
  vanished(): VanishedStage[];
  /** The overlay of the last run that wrote the root's lock file. */
  overlay(): Overlay;
  /** Writes every file that differs. @param dropVanished forget the stages that are no longer declared. */
  fold(overlay: Overlay, dropVanished: boolean): void;
}

export function openLocks(stages: readonly Stage[], options: LocksOptions): Locks {
  const files = new Map<string, { folder: WorkspacePath; file: LockFile; stages: Map<string, Stage> }>();
  const homes = new Map<
    Stage,
    { key: string; home: { folder: WorkspacePath; file: LockFile; stages: Map<string, Stage> } }
  >();

  const open = (
    folder: WorkspacePath,
  ): { folder: WorkspacePath; file: LockFile; stages: Map<string, Stage> } => {
    const path = options.override ?? join(options.root, folder, options.name);
    const known = files.get(path);
    if (known) return known;
    const journal = join(
      options.stateDir,
      'journal',
      `${createHash('sha256').update(path).digest('hex').slice(0, 16)}.jsonl`,
    );
    const shown = posix.relative(options.root, path) || path;
    const home = {
      folder,
      file: openLockFile(path, shown.startsWith('..') ? path : shown, journal, options.format),
      stages: new Map<string, Stage>(),
    };
    files.set(path, home);
    return home;
  };

  const root = open('.' as WorkspacePath);
  for (const stage of stages) {
    if (stage.cmd === null) continue;
    const home = options.override ? root : open(posix.dirname(stage.file) as WorkspacePath);
    // Names are unique in a file only; one lock file for all needs the address.
    const key = options.override ? stage.address : stage.name;
    home.stages.set(key, stage);
    homes.set(stage, { key, home });
  }

  return {
    entry(stage) {
      if (stage.cmd === null) return options.data?.read(stage);
      const at = homes.get(stage);
      return at?.home.file.lock().entries.get(at.key);
    },
    record(stage, entry) {
      if (stage.cmd === null) return options.data?.write(stage, entry);
      const { key, home } = homes.get(stage)!;
      home.file.record(key, entry);
    },
    folder: (stage) => homes.get(stage)?.home.folder ?? ('.' as WorkspacePath),
    vanished: () =>
      [...files.values()].flatMap((home) =>
        [...home.file.lock().entries]
          .filter(([name]) => !home.stages.has(name))
          .map(([name, entry]) => ({ name, folder: home.folder, entry })),
      ),
    overlay: () => root.file.lock().overlay,
    fold(overlay, dropVanished) {
      for (const home of files.values()) {
        const applied = home === root ? overlay : { files: [], set: [] };
        home.file.fold([...home.stages.keys()], (name) => !dropVanished || home.stages.has(name), applied);
      }
    },
  };
}
