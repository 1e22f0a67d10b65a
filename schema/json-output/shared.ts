// The shapes of what commands print with `--json`: Parts of several commands.

// # Shared parts

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Why a stage is stale. `text` has it in words. */
export type Reason =
  | {
      /** The kind of input that changed. */
      readonly kind: 'cmd' | 'wdir' | 'env' | 'dep' | 'mode' | 'links' | 'param' | 'out';
      /** A variable, a path, or a file and a key; empty for `cmd` and `wdir`. */
      readonly key: readonly string[];
      readonly status: 'added' | 'removed' | 'modified' | 'missing';
      readonly old?: JsonValue;
      readonly new?: JsonValue;
      readonly text: string;
      /** Of a folder: the files in it that changed. Only in `status`. */
      readonly files?: readonly { readonly path: string; readonly status: 'added' | 'removed' | 'modified' }[];
    }
  | {
      readonly kind: 'out-missing' | 'out-modified' | 'out-not-in-cache';
      readonly path: string;
      readonly text: string;
      readonly files?: readonly { readonly path: string; readonly status: 'added' | 'removed' | 'modified' }[];
    }
  | { readonly kind: 'new' | 'always-changed' | 'forced'; readonly text: string };

/** An error or warning. The codes are listed in errors.md. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  /** Label and value. */
  readonly facts?: readonly (readonly [label: string, value: string])[];
  /** What to do. */
  readonly hint?: string;
  /** Line and column count from 1; `source` is the text of the line. */
  readonly place?: {
    readonly file: string;
    readonly line?: number;
    readonly column?: number;
    readonly source?: string;
  };
}

/** What was at the place of an output: `pipe cache restore ID` puts it back. */
export interface SavedAside {
  readonly path: string;
  readonly id: string;
  /** Of a folder: only so many files of it were saved, the cache has the others. */
  readonly files?: number;
}
