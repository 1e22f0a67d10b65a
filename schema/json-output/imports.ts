// The shapes of what commands print with `--json`: `import`, `update`, `get`, `list`, and all that follows.
import type { SavedAside } from './shared.ts';

// # pipe import, pipe import-url

/** `pipe import --json` and `pipe import-url --json` print one object. */
export interface Imported extends ImportRecord {
  readonly path: string;
  /** The file that declares it. */
  readonly file: string;
  /** Where it comes from, for people. */
  readonly from: string;
}

/** What is recorded of an import. */
export interface ImportRecord {
  /** Absent where the data was not downloaded. */
  readonly digest?: string;
  readonly bytes?: number;
  /** Of a folder. */
  readonly files?: number;
  /** Of another repository: the commit. */
  readonly rev?: string;
}

// # pipe update

/** `pipe update --json` prints one object. */
export interface Updated {
  readonly imports: readonly (ImportRecord & {
    readonly path: string;
    readonly from: string;
    readonly what: 'updated' | 'unchanged' | 'failed';
  })[];
}

// # pipe get

/** `pipe get --json` prints one object. */
export interface Downloaded {
  readonly path: string;
  readonly from: string;
  /** Of a repository: the path in it. */
  readonly in?: string;
}

// # pipe list

/** `pipe list --json` prints a list of these, with the keys of DVC. */
export interface Listed {
  readonly isout: boolean;
  readonly isdir: boolean;
  readonly isexec: boolean;
  readonly size: number | null;
  /** Of an output; a repository of DVC has `md5` in its place. */
  readonly sha256?: string | null;
  readonly md5?: string | null;
  readonly path: string;
}

// # pipe add

/** `pipe add --json` prints one object. */
export interface Added {
  readonly added: readonly {
    readonly path: string;
    /** Of a folder that is data already: the part that was taken over. */
    readonly part?: string;
    /** The name to use as a target. */
    readonly stage: string;
    /** The file that declares it. */
    readonly file: string;
    readonly what: 'added' | 'updated' | 'unchanged';
    readonly digest: string;
    /** Absent where DVC records none: of a folder of which a part was updated. */
    readonly bytes?: number;
    /** Of a folder. */
    readonly files?: number;
  }[];
}

/** `pipe status --data --json` prints one object, with DVC's keys; what is empty is absent. Paths of folders end with `/`. */
export interface DataStatus {
  /** Recorded, and not in the cache. */
  readonly not_in_cache?: readonly string[];
  /** With `--not-in-remote`: recorded, and not on the remote as a whole. */
  readonly not_in_remote?: readonly string[];
  /** Between the last commit of git and what is recorded. */
  readonly committed?: DataChanges;
  /** Between what is recorded and the workspace. */
  readonly uncommitted?: DataChanges;
  /** With `--untracked-files`; relative to the current folder. */
  readonly untracked?: readonly string[];
  /** With `--unchanged`. */
  readonly unchanged?: readonly string[];
}

export interface DataChanges {
  readonly added?: readonly string[];
  readonly modified?: readonly string[];
  readonly deleted?: readonly string[];
  readonly renamed?: readonly { readonly old: string; readonly new: string }[];
  /** Files in a folder whose recorded list the cache does not have. */
  readonly unknown?: readonly string[];
}

// # pipe du

/** `pipe du --json` prints one object. */
export interface DiskUsage {
  /** Empty with `--summarize`. */
  readonly entries: readonly {
    readonly path: string;
    /** Absent where neither the record nor the cache has it. */
    readonly bytes?: number;
    /** Of a folder. */
    readonly files?: number;
  }[];
  readonly bytes: number;
}

// # pipe move

/** `pipe move --json` prints one object. */
export interface Moved {
  readonly from: string;
  readonly to: string;
  /** The name to use as a target. */
  readonly stage: string;
  /** Stages whose `deps:` have the former path. */
  readonly readers: readonly string[];
}

// # pipe remove

/** `pipe remove --json` prints one object. */
export interface Removed {
  readonly removed: readonly { readonly stage: string; readonly outs: readonly string[] }[];
  /** `later`: the next `pipe repro` removes them. */
  readonly files: 'kept' | 'removed' | 'later';
  /** What the cache did not have. */
  readonly saved: readonly SavedAside[];
}

// # pipe cache

/** `pipe cache path --json` prints one object. */
export interface CachePath {
  /** Absolute. */
  readonly path: string;
}

/** `pipe cache size --json` prints one object. */
export interface CacheSize {
  readonly objects: number;
  readonly bytes: number;
}

/** `pipe cache list --json` prints a list of these, the largest first. */
export interface CachedObject {
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** ISO 8601; when it was last used. */
  readonly time: string;
}

/** `pipe cache saved --json` prints a list of these, the oldest first. */
export interface Saved {
  readonly id: string;
  readonly path: string;
  /** The stage whose output replaced it. */
  readonly stage: string;
  /** ISO 8601. */
  readonly time: string;
  readonly files: number;
  /** In bytes. */
  readonly size: number;
}
