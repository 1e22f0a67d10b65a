// The shapes of what commands print with `--json`: `exp`, `metrics`, `params`, `diff`.
import type { JsonValue, SavedAside } from './shared.ts';

// # pipe exp apply

/** `pipe exp apply --json` prints one object. */
export interface AppliedExperiment {
  readonly experiment: string;
  /** Parameter files that changed. */
  readonly files: readonly string[];
  /** Outputs that changed. */
  readonly outs: readonly string[];
  /** What was in their places and nowhere else; `pipe cache restore ID` brings it back. */
  readonly saved: readonly SavedAside[];
}

// # pipe exp branch

/** `pipe exp branch --json` prints one object. */
export interface ExperimentBranch {
  readonly experiment: string;
  readonly branch: string;
  readonly commit: string;
  /** Files that differ from the commit that the experiment was made at. */
  readonly files: readonly string[];
}

// # pipe exp diff

/** `pipe exp diff --json` prints one object: by file, then by key; `diff` of two numbers. */
export interface ExperimentDiff {
  readonly params: ExperimentChanges;
  readonly metrics: ExperimentChanges;
}

export interface ExperimentChanges {
  readonly [file: string]: {
    readonly [key: string]: { readonly old: JsonValue; readonly new: JsonValue; readonly diff?: number };
  };
}

// # pipe metrics show

/**
 * `pipe metrics show --json` prints one. By revision: its names joined by commas, `workspace`, or the empty text for the workspace
 * alone.
 */
export interface ShownMetrics {
  readonly [revision: string]:
    | {
        /** By path from the current folder. */
        readonly data: {
          readonly [path: string]: { readonly data: JsonValue } | { readonly error: ReadError };
        };
      }
    | { readonly error: ReadError };
}

export interface ReadError {
  /** As DVC calls it, such as `FileNotFoundError`. */
  readonly type: string;
  readonly msg: string;
}

/** `pipe metrics show GROUP --json` prints a list of these. */
export interface GroupMember {
  readonly revision: string;
  /** Not of a mean over axes. */
  readonly stage?: string;
  readonly axes: { readonly [name: string]: JsonValue };
  /** With `--over`: mean, standard deviation of the sample, number of values. */
  readonly metrics: {
    readonly [name: string]:
      | JsonValue
      | { readonly mean: number | string; readonly std: number | string; readonly n: number };
  };
}

// # pipe metrics diff, pipe params diff

/** `pipe metrics diff --json` and `pipe params diff --json` print one. */
export interface ValueChanges {
  readonly [path: string]: {
    /** Names join the keys of a file by dots: `train.lr`. */
    readonly [name: string]: {
      /** Null where the revision has no such value. */
      readonly old: JsonValue;
      readonly new: JsonValue;
      /** New less old, of two numbers; `inf` and `-inf` are texts. */
      readonly diff?: number | string;
    };
  };
}

// # pipe diff

/** `pipe diff --json` prints one; `{}` where nothing differs. Paths are from the root; those of folders end in `/`. */
export type DataDifferences =
  | { readonly [key: string]: never }
  | {
      readonly added: readonly DataPath[];
      readonly deleted: readonly DataPath[];
      readonly modified: readonly {
        readonly path: string;
        /** In bytes; `null` where it is not known. */
        readonly size: { readonly old: number | null; readonly new: number | null };
        readonly hash?: { readonly old: string; readonly new: string };
      }[];
      readonly renamed: readonly {
        readonly path: { readonly old: string; readonly new: string };
        readonly size?: number;
        readonly hash?: string;
      }[];
      /** Of the old side. Only where no new side is named. */
      readonly 'not in cache'?: readonly DataPath[];
    };

export interface DataPath {
  readonly path: string;
  /** In bytes, where it is known. */
  readonly size?: number;
  /** With `--show-hash`. */
  readonly hash?: string;
}

// # pipe exp push, pipe exp pull

/** `pipe exp push --json` and `pipe exp pull --json` print one object. */
export interface ExchangedExperiments {
  readonly remote: string;
  readonly pushed?: readonly string[];
  readonly fetched?: readonly string[];
  /** Those that were there already. */
  readonly present: readonly string[];
  readonly objects: number;
  readonly bytes: number;
}

// # pipe exp show

/** `pipe exp show --json` prints a list of these. */
export interface Experiment {
  readonly name: string;
  /** `interrupted`: its process ended without a result. */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted';
  /** Stages, while it runs. */
  readonly progress?: { readonly done: number; readonly total: number };
  /** The values of whole parameter files, nested as in the files. */
  readonly params: { readonly [file: string]: JsonValue };
  /** The values of metrics files, nested as in the files. */
  readonly metrics: { readonly [file: string]: JsonValue };
}
