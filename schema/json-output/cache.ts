// The shapes of what commands print with `--json`: `gc`, `verify`, `doctor`.

// # pipe gc, pipe verify

/** `pipe gc --json` prints one object. */
export interface Garbage {
  /** Nothing was removed: `removed` lists what would be. */
  readonly dry: boolean;
  readonly bytes: number;
  readonly removed: readonly {
    /** `record`: of an earlier run; `leftover`: of a run that died; `saved`: saved before an output replaced it. */
    readonly kind: 'object' | 'record' | 'leftover' | 'saved';
    readonly path: string;
    readonly bytes: number;
    /** Of a record: the results in it that were removed. */
    readonly results?: number;
  }[];
  readonly kept: { readonly objects: number; readonly bytes: number };
  /** Records that this version cannot read; they stay. */
  readonly unreadable: readonly string[];
  /** Other projects that use the cache; what they need is kept. `gone`: the root is not seen from here. */
  readonly projects: readonly { readonly root: string; readonly host: string; readonly gone: boolean }[];
  /** With `--cloud`. */
  readonly remote?: {
    readonly remote: string;
    readonly url: string;
    readonly bytes: number;
    readonly removed: readonly {
      readonly kind: 'object' | 'record';
      /** Its name on the remote. */
      readonly key: string;
      readonly bytes: number;
    }[];
    readonly kept: { readonly objects: number; readonly bytes: number };
    /** Objects that are not needed, and that stay because they are new. */
    readonly young: number;
    /** Who else pushed there, the last one first; `folder` is the root of the project that was pushed, there. */
    readonly others: readonly { readonly by: string; readonly folder?: string; readonly seconds: number }[];
  };
}

/** `pipe verify --json` prints one object. */
export interface Verified {
  readonly objects: number;
  readonly bytes: number;
  /** Digests of the objects that were set aside. */
  readonly damaged: readonly string[];
}

/** `pipe verify --inputs --json` prints one object. */
export interface VerifiedInputs {
  readonly inputs: number;
  readonly bytes: number;
  readonly differing: readonly {
    readonly path: string;
    /** `changed-unseen`: the content is another one, and the times of the file do not show it. */
    readonly state: 'missing' | 'changed' | 'changed-unseen';
    /** The stages that depend on it. */
    readonly readers: readonly string[];
  }[];
}

// # pipe doctor

/** `pipe doctor --json` prints one object. */
export interface Diagnosis {
  /** Nothing is broken. */
  readonly ok: boolean;
  readonly findings: readonly {
    /** `slow` and `note`: works; `broken`: some commands fail. */
    readonly state: 'ok' | 'slow' | 'note' | 'broken';
    readonly name: string;
    readonly text: string;
    /** What to do. */
    readonly hint?: string;
  }[];
}
