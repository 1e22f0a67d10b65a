// The shapes of what commands print with `--json`: Remotes, and outputs in the workspace.
import type { SavedAside } from './shared.ts';

// # pipe status --cloud

/** `pipe status --cloud --json` prints one object. */
export interface CloudStatus {
  readonly remotes: readonly {
    readonly remote: string;
    readonly url: string;
    /** Outputs that the cache and the remote both have. */
    readonly same: number;
    readonly outputs: readonly {
      readonly path: string;
      readonly stage: string;
      /** The git revision that records it; absent for the workspace. */
      readonly revision?: string;
      /** The worst of its objects: `missing`, then `new`, then `deleted`. */
      readonly state: 'new' | 'deleted' | 'missing';
      readonly objects: readonly {
        /** Only the cache has it, only the remote, or neither. */
        readonly state: 'new' | 'deleted' | 'missing';
        readonly bytes: number | null;
        /** Of a file in a folder: its path there. */
        readonly path?: string;
      }[];
    }[];
  }[];
  /** Revisions that cannot be read. */
  readonly problems: readonly { readonly code: string; readonly title: string }[];
}

// # pipe remote list, pipe remote default

/** `pipe remote list --json` prints one object. */
export interface Remotes {
  readonly remotes: readonly {
    readonly remote: string;
    /** Without credentials; null where no file gives it. */
    readonly url: string | null;
    readonly default: boolean;
    /** In the order in which they override each other; secrets are `***`. */
    readonly options: readonly { readonly option: string; readonly value: string; readonly file: string }[];
  }[];
}

/** `pipe remote default --json` prints one object. */
export interface DefaultRemote {
  readonly default: string | null;
}

// # pipe remote test

/** `pipe remote test --json` prints one object. */
export interface RemoteTest {
  readonly ok: boolean;
  readonly remote: string;
  /** Null where it could not be opened. */
  readonly url: string | null;
  readonly steps: readonly {
    readonly step: 'open' | 'write' | 'look' | 'read' | 'list' | 'remove';
    readonly state: 'ok' | 'failed' | 'skipped';
    /** Milliseconds. */
    readonly took: number;
    /** Why it was skipped. */
    readonly note?: string;
    readonly problems: readonly { readonly code: string; readonly title: string }[];
  }[];
  /** The name of the probe, where it could not be removed. */
  readonly left?: string;
}

// # pipe push, pipe fetch, pipe pull

/** `pipe push --json` prints one object. */
export interface Pushed {
  readonly remotes: readonly {
    readonly remote: string;
    readonly url: string;
    /** Objects that were sent. */
    readonly pushed: number;
    readonly bytes: number;
    /** Objects that the remote had before. */
    readonly present: number;
    /** Records of earlier runs, with `--run-cache`. */
    readonly runs: number;
    readonly problems: readonly { readonly code: string; readonly title: string }[];
  }[];
}

/** `pipe fetch --json` prints one object. */
export interface Fetched {
  readonly remotes: readonly {
    readonly remote: string;
    readonly url: string;
    /** Objects that were received. */
    readonly fetched: number;
    readonly bytes: number;
    /** Objects that the cache had before. */
    readonly present: number;
    /** Outputs with `push: false` that neither side has. */
    readonly unpushed?: readonly { readonly stage: string; readonly path: string }[];
    readonly problems: readonly { readonly code: string; readonly title: string }[];
  }[];
  readonly runs: number;
  readonly problems: readonly { readonly code: string; readonly title: string }[];
}

/** `pipe pull --json` prints one object. */
export interface Pulled extends Fetched, Restored {}

// # pipe checkout, pipe commit, pipe unprotect

export interface Restored {
  readonly checkout: readonly {
    readonly stage: string;
    readonly path: string;
    readonly what: 'added' | 'modified';
  }[];
  /** Files that no stage made, saved before an output replaced them. */
  readonly saved: readonly SavedAside[];
}

/** `pipe checkout --json` prints one object. */
export interface CheckedOut extends Restored {
  /** Outputs whose content the cache does not have. */
  readonly missing: readonly { readonly code: string; readonly title: string }[];
}

/** `pipe commit --json` prints one object. */
export interface Committed {
  /** The stages whose outputs were recorded. */
  readonly recorded: readonly string[];
}

/** `pipe unprotect --json` prints one object. */
export interface Unprotected {
  /** Links to the cache that are files of their own now. */
  readonly replaced: number;
}
