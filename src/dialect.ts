// What differs between a project of our own and a repository of another tool, in one place. `own/` and `dvc/` implement it;
// everything else is handed the part that it needs and never asks which of them it works with.
import type { CacheLayout } from './cache/cache-layout.ts';
import type { ObjectStore } from './cache/object-store.ts';
import type { RunCache } from './cache/run-cache.ts';
import type { StageGraph } from './graph/stage-graph.ts';
import type { Content } from './hash/digest.ts';
import type { Hasher } from './hash/hasher.ts';
import type { LockEntry } from './lock/lock-entry.ts';
import type { LockFormat } from './lock/lock-file.ts';
import type { DataEntries, Locks, LocksOptions } from './lock/locks.ts';
import type { MergedText } from './lock/merge-entries.ts';
import type { DataDeclarations } from './pipeline/data-declarations.ts';
import type { LoadingRules } from './pipeline/loading-rules.ts';
import type { Project } from './pipeline/project.ts';
import type { Problem } from './base/problem.ts';
import type { Origin, Stage, StageAddress } from './pipeline/stage.ts';
import type { WorkspacePath } from './base/workspace-path.ts';
import type { Rules } from './plan/rules.ts';
import type { BesideRun } from './run/beside-run.ts';

export interface Dialect {
  /** Which files a project has, and how they are loaded. */
  readonly loading: LoadingRules;
  /** Where data that no stage makes is declared. */
  readonly data: DataDeclarations;
  /** @throws PipeError for outputs that can be one file on disk. */
  refuseOuts(project: Project): void;
  /** The project with the places that stages read and write by way of symlinks. */
  withLinkedPlaces(project: Project): Project;
  /** How content is hashed, where objects and runs are. */
  readonly layout: CacheLayout;
  /** How stages are decided, restored and recorded. */
  readonly rules: Rules;
  readonly lockFile: {
    readonly name: 'pipeline.lock' | 'dvc.lock';
    readonly format: LockFormat;
    /** Merges the texts of two branches. @param base what both come from; @param file its name in messages. */
    merge(base: string, ours: string, theirs: string, file: string): MergedText;
  };
  /** Of the cache, relative to the root, where `config:` names none. */
  readonly defaultCache: string;
  /** The cache folder has to be kept out of git by us. */
  readonly ignoresCache: boolean;
  /** Absolute folder of the engine's own files. Where the cache is elsewhere, only objects and runs are there. */
  ownFolder(root: string): string;
  /** Absolute folder of the records of experiments. */
  experimentsFolder(root: string): string;
  /** Lock files that `--lock` named are kept in the folder of our own files, and what they record is kept with them. */
  readonly keepsLocksInOwnFolder: boolean;
  /** Everything that decides is in files that the fast answer can compare. */
  readonly hasFastAnswer: boolean;
  /** Where plots have their templates, and are written to. @throws PipeError for settings that cannot be read. */
  plots(root: string): PlotPlaces;
  openLocks(graph: StageGraph, options: Omit<LocksOptions, 'name' | 'format' | 'data'>): Locks;
  /** What files of data record, where the dialect has such files. @param stateDir absolute folder of our own files. */
  dataEntries(root: string, stateDir: string): DataEntries | undefined;
  /** Adds what the dialect finds besides the objects of its layout. */
  extendStore(options: StoreParts): ObjectStore;
  readonly imports: ImportFiles;
  openRunCache(options: RunCacheOptions): RunCache;
  /** What a path holds, hashed as an old record has it. @param path absolute. */
  lookAsRecorded(path: string, hasher: Hasher): Promise<Content | undefined>;
  /** Undefined where no other program, nor git, works in the repository. */
  openBeside(project: Project, options: BesideOptions): BesideRun | undefined;
}

/** How imports are declared in files. */
export interface ImportFiles {
  /**
   * @param project with the data that is declared there already, if any.
   * @param entry what is recorded, for files that declare and record; undefined before the import.
   * @throws PipeError where the file cannot be edited, or declares something else there.
   */
  declare(project: Project, imported: NewImport, entry?: LockEntry): DeclaredImport;
  /** The file of an import, following another revision; undefined where the record has it. */
  follow(project: Project, stage: Stage, rev: string): DeclaredImport | undefined;
}

export interface NewImport {
  readonly origin: Origin;
  /** Where its data is to be. */
  readonly out: WorkspacePath;
  /** The folder in which the command was given. */
  readonly folder: WorkspacePath;
  /** What is declared there already, and is to be replaced. */
  readonly existing: Stage | undefined;
  /** The remote that was asked for, which alone has it. DVC does not write it down. */
  readonly remote?: string;
}

export interface DeclaredImport {
  readonly file: WorkspacePath;
  /** The whole text of the file. */
  readonly text: string;
  readonly address: StageAddress;
}

export interface PlotPlaces {
  /** Absolute folder of the project's own templates. */
  readonly templates: string;
  /** Where pages are written, relative to the current folder. */
  readonly out: string;
  /** A page that was written is opened in a browser. */
  readonly opens: boolean;
  /** Absolute path of the project's own page. */
  readonly htmlTemplate?: string;
}

export interface RunCacheOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly store: Pick<ObjectStore, 'has'>;
  /** A group shares the cache. */
  readonly shared: boolean;
}

export interface StoreParts {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly store: ObjectStore;
  readonly hasher: Hasher;
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  /** A group shares the cache. */
  readonly shared: boolean;
}

export interface BesideOptions {
  /** Fail at once where the other program holds the repository. */
  readonly wait: boolean;
  /** Called once, before waiting. */
  readonly onWait: (owner: string) => void;
  /** Whether the user has asked to stop. */
  readonly stopped: () => boolean;
  readonly warn: (problem: Problem) => void;
  /** Called once a run, with the `.gitignore` files that got lines for outputs; paths from the root. */
  readonly onIgnored: (files: readonly string[]) => void;
}
