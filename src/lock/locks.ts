// All lock files of a project: which stage is recorded where, and which recorded stages are no longer declared.
import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import type { Overlay } from '../pipeline/params/overlay.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { existsSync } from '../disk/witnessed-fs.ts';
import { openAttempts, type Attempt, type Attempts } from './attempts.ts';
import type { Lock, LockEntry } from './lock-entry.ts';
import { openLockFile, type LockFile, type LockFormat } from './lock-file.ts';

/** Records of data without a command, which are in files of their own. */
export interface DataEntries {
  /** Undefined where nothing is recorded. */
  read(stage: Stage): LockEntry | undefined;
  write(stage: Stage, entry: LockEntry): void;
}

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
  /** What the files of stages without a command record; undefined where lock files record these too. */
  readonly data?: DataEntries;
  /** Pipeline files, from the root: also beside one without stages a lock file can have records. */
  readonly files?: readonly WorkspacePath[];
  /** Whether a lock file with this digest was read before, so that only parts of it have to be read. */
  readonly wasRead?: (digest: string) => boolean;
}

/** A stage as a lock file records it; it may no longer be declared. */
export interface RecordedStage {
  readonly name: string;
  /** Folder that the entry's `wdir` is relative to. */
  readonly folder: WorkspacePath;
  readonly entry: LockEntry;
}

export interface Locks {
  entry(stage: Stage): LockEntry | undefined;
  /** Notes that a stage is about to write its outputs. @throws PipeError when that cannot be noted. */
  begin(stage: Stage): void;
  record(stage: Stage, entry: LockEntry): void;
  /** Removes the record of a stage, which the next `fold` writes; not of data that has a file of its own. */
  forget(stage: Stage): void;
  /** The folder that paths of `wdir` in the stage's entry are relative to. */
  folder(stage: Stage): WorkspacePath;
  /** Every recorded stage. */
  recorded(): Iterable<RecordedStage>;
  /** Those that are no longer declared. */
  vanished(): RecordedStage[];
  /** What stages began to write and was not recorded. */
  attempts(): Attempt[];
  /** Digests of the lock files; undefined where these are not all that is recorded. */
  digests(): readonly string[] | undefined;
  /** The overlay of the last run that wrote the root's lock file. */
  overlay(): Overlay;
  /** Writes every file that differs. @param dropVanished forget the stages, and attempts, that are no longer declared. */
  fold(overlay: Overlay, dropVanished: boolean): void;
}

interface Home {
  readonly folder: WorkspacePath;
  readonly file: LockFile;
  readonly attempts: Attempts;
  /** Declared stages, by the name under which they are recorded. */
  readonly stages: Map<string, Stage>;
}

const attemptOf = (key: string, stage: Stage): Attempt => ({
  stage: key,
  outs: stage.outs.map(({ at }) => at),
});

function journalOf(file: string, stateDir: string): string {
  const name = createHash('sha256').update(file).digest('hex').slice(0, 16);
  return join(stateDir, 'journal', `${name}.jsonl`);
}

/**
 * What a lock file records, with the journal of a run that was killed. @param root absolute; @param path from there.
 * @throws PipeError when the file cannot be understood.
 */
export function lockAt(root: string, path: string, stateDir: string, format: LockFormat): Lock {
  const file = join(root, path);
  return openLockFile(file, file, journalOf(file, stateDir), format).lock();
}

/** Where a stage is recorded, and under which name. */
interface RecordPlace {
  readonly key: string;
  readonly home: Home;
}

export function openLocks(stages: readonly Stage[], options: LocksOptions): Locks {
  const files = new Map<string, Home>();

  const open = (folder: WorkspacePath): Home => {
    const path = options.override ?? join(options.root, folder, options.name);
    const known = files.get(path);
    if (known) return known;
    const journal = journalOf(path, options.stateDir);
    const shown = posix.relative(options.root, path) || path;
    const home: Home = {
      folder,
      file: openLockFile(
        path,
        shown.startsWith('..') ? path : shown,
        journal,
        options.format,
        options.wasRead,
      ),
      attempts: openAttempts(journal.replace(/\.jsonl$/, '.attempts')),
      stages: new Map(),
    };
    files.set(path, home);
    return home;
  };

  /** Names are unique in a file only; one lock file for all needs the address. */
  const keyOf = (stage: Stage): string => (options.override ? stage.address : stage.name);

  /** The records of a stage that has a file of its own. */
  const apart = (stage: Stage): DataEntries | undefined => (stage.cmd === null ? options.data : undefined);

  const root = open('.' as WorkspacePath);
  const byFile = new Map<WorkspacePath, Home>();
  for (const stage of stages) {
    if (apart(stage)) continue;
    const home = options.override
      ? root
      : (byFile.get(stage.file) ?? open(posix.dirname(stage.file) as WorkspacePath));
    byFile.set(stage.file, home);
    home.stages.set(keyOf(stage), stage);
  }
  for (const file of options.override === undefined ? (options.files ?? []) : []) {
    const folder = posix.dirname(file) as WorkspacePath;
    if (!byFile.has(file) && existsSync(join(options.root, folder, options.name))) open(folder);
  }
  /** Undefined of a stage that is not one of these. */
  const placeOf = (stage: Stage): RecordPlace | undefined => {
    const home = options.override ? root : byFile.get(stage.file);
    const key = keyOf(stage);
    return home?.stages.get(key)?.address === stage.address ? { key, home } : undefined;
  };

  function* recorded(isWanted: (name: string, home: Home) => boolean = () => true): Iterable<RecordedStage> {
    for (const home of files.values()) {
      const { entries } = home.file.lock();
      for (const name of entries.keys())
        if (isWanted(name, home)) yield { name, folder: home.folder, entry: entries.get(name)! };
    }
  }

  return {
    entry(stage) {
      const data = apart(stage);
      if (data) return data.read(stage);
      const at = placeOf(stage);
      return at?.home.file.entry(at.key);
    },
    begin(stage) {
      const { key, home } = placeOf(stage)!;
      if (stage.outs.length > 0) home.attempts.begin(attemptOf(key, stage));
    },
    record(stage, entry) {
      const data = apart(stage);
      if (data) return data.write(stage, entry);
      const { key, home } = placeOf(stage)!;
      home.file.record(key, entry);
      home.attempts.end(attemptOf(key, stage));
    },
    forget(stage) {
      const at = placeOf(stage);
      at?.home.file.forget(at.key);
    },
    folder: (stage) => placeOf(stage)?.home.folder ?? ('.' as WorkspacePath),
    recorded: () => recorded(),
    vanished: () => [...recorded((name, home) => !home.stages.has(name))],
    attempts: () => [...files.values()].flatMap(({ attempts }) => attempts.left()),
    digests() {
      const found = [...files.values()].flatMap(({ file, attempts }) =>
        attempts.left().length === 0 ? (file.digest() ?? []) : [],
      );
      return found.length === files.size ? found : undefined;
    },
    overlay: () => root.file.overlay(),
    fold(overlay, dropVanished) {
      for (const home of files.values()) {
        const applied = home === root ? overlay : { files: [], set: [] };
        home.file.fold([...home.stages.keys()], (name) => !dropVanished || home.stages.has(name), applied);
        home.attempts.retain(({ stage, outs }) => {
          const declared = home.stages.get(stage)?.outs.map(({ at }) => at);
          return !dropVanished || JSON.stringify(declared) === JSON.stringify(outs);
        });
      }
    },
  };
}
