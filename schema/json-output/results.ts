// The shapes of what commands print with `--json`: `results`, `locate`.
import type { JsonValue } from './shared.ts';

// # pipe results, pipe locate

/** `pipe results --json` prints a list of these. */
export interface StageResults {
  readonly stage: string;
  /** Whether the lock file has a result of it. */
  readonly recorded: boolean;
  /** The recorded values, nested, by parameter file. */
  readonly params: { readonly [file: string]: JsonValue };
  /** What metrics files contain. NaN and infinities, which JSON lacks, are `nan`, `inf` and `-inf`. */
  readonly metrics: { readonly [file: string]: JsonValue };
  /** `digest` and `size` where a result is recorded. */
  readonly outs: readonly {
    readonly path: string;
    readonly digest?: string;
    readonly size?: number;
    readonly folder: boolean;
  }[];
}

/** `pipe locate --json` prints one object. `path` is from the root of the project. */
export type Located =
  | { readonly path: string; readonly source: 'workspace'; readonly file: string }
  | {
      readonly path: string;
      readonly source: 'cache';
      /** Absolute path of the object, which must not be changed. */
      readonly file: string;
      readonly algorithm: 'sha256' | 'md5' | 'md5-dos2unix';
      readonly digest: string;
    }
  | {
      readonly path: string;
      readonly source: 'git';
      /** Absolute root of the project. */
      readonly root: string;
      readonly commit: string;
    };
