// The shapes of what commands print with `--json`. docs/json.md is made from this file; a test compiles real outputs against it.

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

// # pipe exp apply

/** `pipe exp apply --json` prints one object. */
export interface AppliedExperiment {
  readonly experiment: string;
  /** Parameter files that changed. */
  readonly files: readonly string[];
  /** Outputs that changed. */
  readonly outs: readonly string[];
  /** What was in their places and nowhere else; `pipe cache restore ID` brings it back. */
  readonly saved: readonly { readonly path: string; readonly id: string }[];
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
        readonly hash?: { readonly old: string; readonly new: string };
      }[];
      readonly renamed: readonly {
        readonly path: { readonly old: string; readonly new: string };
        readonly hash?: string;
      }[];
      /** Of the old side. Only where no new side is named. */
      readonly 'not in cache'?: readonly DataPath[];
    };

export interface DataPath {
  readonly path: string;
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

// # pipe status

/** `pipe status --json` prints one object. */
export interface Status {
  readonly counts: {
    readonly fresh: number;
    readonly stale: number;
    readonly blocked: number;
    readonly vanished: number;
  };
  readonly stages: readonly StageStatus[];
  /** Stages that are recorded and no longer declared, with the outputs that `repro` removes. */
  readonly vanished: readonly { readonly name: string; readonly paths: readonly string[] }[];
  /** The overlay of the last run, of this command, and the flags that differ. */
  readonly overlay: {
    readonly last: { readonly files: readonly string[]; readonly set: readonly string[] };
    readonly now: { readonly files: readonly string[]; readonly set: readonly string[] };
    readonly missing_flags: readonly string[];
  };
  /** Imports whose source is not as it was, or could not be asked. */
  readonly updates: readonly {
    readonly name: string;
    readonly from: string;
    readonly what: 'changed' | 'gone' | 'unknown';
    /** Why it is not known. */
    readonly reason?: string;
  }[];
  /** The run that goes on, with the stages that it has started; null while there is none. */
  readonly run: {
    readonly host: string;
    readonly pid: number;
    readonly since: string;
    readonly stages: readonly RunningStage[];
  } | null;
}

export interface RunningStage {
  readonly name: string;
  readonly state: 'queued' | 'running';
  /** The id of its job, where a batch system runs it. */
  readonly job?: string;
  readonly node?: string;
  /** Why it waits, in the words of the batch system. */
  readonly reason?: string;
}

export interface StageStatus {
  readonly name: string;
  readonly group: string | null;
  readonly state: 'fresh' | 'stale' | 'blocked';
  /** What `repro` will do; `blocked`: known when the stages of `waits_for` have run. */
  readonly decision: 'fresh' | 'restore' | 'run' | 'blocked' | 'frozen';
  readonly reasons: readonly Reason[];
  readonly waits_for?: readonly string[];
  /** Of a `restore`: where the result comes from. */
  readonly from?: 'lock' | 'run cache';
}

// # pipe why

/** `pipe why --json` prints one object: the status of the stage, with everything that its result depends on. */
export interface Why extends StageStatus {
  /** Whether the lock file has an entry of the stage. */
  readonly recorded: boolean;
  readonly fields: readonly {
    readonly kind: 'cmd' | 'wdir' | 'env' | 'dep' | 'mode' | 'links' | 'param' | 'out';
    readonly key: readonly string[];
    /** As it is now; a digest for a dependency. Absent where it does not exist. */
    readonly value?: JsonValue;
    /** Differs from what is recorded. */
    readonly changed: boolean;
    /** Of a dependency: the stale stages that write it. */
    readonly made_by?: readonly string[];
  }[];
  /** The stages that it depends on, directly or not. */
  readonly upstream: readonly StageStatus[];
  /** When it last ran here. */
  readonly last?: Omit<HistoryEntry, 'stage'>;
}

// # pipe repro, pipe watch

/** `pipe repro --json` prints one event per line, as it happens. `time` is in milliseconds since 1970. */
export type Event =
  | {
      readonly type: 'run-start';
      readonly time: number;
      readonly stages: number;
      readonly jobs: number;
      readonly dry: boolean;
    }
  /** Another run is in progress. */
  | { readonly type: 'waiting'; readonly owner: string }
  | { readonly type: 'hash'; readonly bytes: number; readonly files: number }
  /** With `--pull`: how much of the result of a stage has come from the remote. */
  | {
      readonly type: 'fetch';
      readonly stage: string;
      readonly objects: { readonly done: number; readonly total: number };
      /** The total is missing where the sizes of objects are not known. */
      readonly bytes: { readonly done: number; readonly total?: number };
    }
  /** An output of a stage that is no longer declared was removed. */
  | { readonly type: 'vanished'; readonly stage: string; readonly path: string }
  /** A file that no stage made was saved before an output replaced it: `pipe cache restore ID`. */
  | { readonly type: 'saved'; readonly stage: string; readonly path: string; readonly id: string }
  /** `.gitignore` files that received lines for outputs. */
  | { readonly type: 'ignored'; readonly files: readonly string[] }
  | { readonly type: 'decided'; readonly time: number; readonly stage: string; readonly decision: Decision }
  | {
      readonly type: 'start';
      readonly time: number;
      readonly stage: string;
      readonly cmd: string;
      readonly reasons: readonly Reason[];
      readonly log: string;
      /** From 1; more after a retry. */
      readonly attempt: number;
    }
  /** A line that a stage printed; `more`: it continues in the next event of the stream. */
  | {
      readonly type: 'output';
      readonly stage: string;
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
      readonly more?: true;
    }
  /** What a batch system says of the job of a stage; sent when it changes. */
  | {
      readonly type: 'job';
      readonly time: number;
      readonly stage: string;
      readonly system: string;
      readonly id: string;
      readonly state: 'queued' | 'running';
      /** Why it waits, in the words of the batch system. */
      readonly reason?: string;
      readonly node?: string;
    }
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly progress: {
        readonly done: number;
        readonly total?: number;
        readonly unit?: string;
        readonly note?: string;
      };
    }
  | { readonly type: 'fresh'; readonly time: number; readonly stage: string }
  | {
      readonly type: 'restored';
      readonly time: number;
      readonly stage: string;
      readonly reasons: readonly Reason[];
      readonly seconds: number;
    }
  | {
      readonly type: 'ran';
      readonly time: number;
      readonly stage: string;
      readonly reasons: readonly Reason[];
      readonly seconds: number;
      /** The outputs are the same as before. */
      readonly unchanged: boolean;
      /** Where it ran as the job of a batch system. */
      readonly job?: Job;
    }
  | {
      readonly type: 'failed';
      readonly time: number;
      readonly stage: string;
      readonly problem: Problem;
      readonly exit?: Exit;
      /** The last lines that it printed. */
      readonly tail: readonly string[];
      readonly log?: string;
      readonly seconds: number;
      readonly job?: Job;
    }
  | { readonly type: 'skipped'; readonly stage: string; readonly because: readonly string[] }
  | {
      readonly type: 'work';
      readonly time: number;
      readonly stage: string;
      readonly what: 'hash inputs' | 'hash outputs' | 'store outputs';
      readonly seconds: number;
    }
  /** Running stages have `grace` seconds to end. */
  | { readonly type: 'stopping'; readonly signal: string; readonly grace: number }
  | { readonly type: 'warning'; readonly problem: Problem }
  | {
      readonly type: 'run-end';
      readonly time: number;
      readonly seconds: number;
      readonly counts: {
        readonly fresh: number;
        readonly restored: number;
        readonly ran: number;
        readonly failed: number;
        readonly skipped: number;
      };
      /** The signal that ended the run. */
      readonly interrupted?: string;
    };

export type Decision =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'run' | 'frozen'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'blocked'; readonly on: readonly string[]; readonly reasons: readonly Reason[] }
  | {
      readonly kind: 'restore';
      readonly reasons: readonly Reason[];
      readonly outs: readonly { readonly path: string; readonly content: Content; readonly cloud?: true }[];
      readonly from: 'lock' | 'run cache';
    };

/** A file, or a folder, whose digest ends in `.dir`. */
export interface Content {
  /** sha256; in a DVC repository md5. */
  readonly digest: string;
  readonly size: number;
  /** Files in a folder. */
  readonly nfiles?: number;
  readonly isexec?: true;
  readonly links?: string;
  readonly legacy?: true;
}

export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  | { readonly kind: 'not-started'; readonly message: string }
  /** The process that had started the command was ended from outside: how it ended is not known. */
  | { readonly kind: 'lost'; readonly message: string }
  /** A batch system ended the job, or did not take it. */
  | {
      readonly kind: 'batch';
      readonly cause:
        | 'out-of-memory'
        | 'time-limit'
        | 'node-failure'
        | 'preempted'
        | 'cancelled'
        | 'refused'
        | 'lost';
      readonly message: string;
    };

/** A job of a batch system that ran a stage. */
export interface Job {
  readonly id: string;
  readonly node?: string;
  /** The most memory that it used, in bytes, as far as that was seen. */
  readonly memory?: number;
}

// # pipe stage list

/** `pipe stage list --json` prints a list of these: stages with their templates resolved. */
export interface Stage {
  /** The name to use as a target. */
  readonly addressing: string;
  readonly name: string;
  readonly group: string | null;
  readonly file: string;
  readonly cmd: string | readonly string[] | null;
  readonly wdir: string;
  readonly deps: readonly { readonly path: string; readonly imports?: true }[];
  readonly params: readonly { readonly file: string; readonly keys: readonly string[] }[];
  readonly outs: readonly Output[];
  readonly frozen: boolean;
  readonly always_changed: boolean;
  readonly desc: string | null;
  readonly meta: JsonValue;
  /** Of a member of `foreach` or `matrix`. */
  readonly item?: JsonValue;
  readonly env?: { readonly [name: string]: string };
  /** `memory` in bytes. */
  readonly resources?: {
    readonly cpus?: number;
    readonly memory?: number;
    readonly gpus?: number;
    readonly pools: { readonly [pool: string]: number };
  };
  /** `delay` in seconds. */
  readonly retry?: { readonly times: number; readonly delay: number; readonly backoff: number };
  /** In seconds. */
  readonly timeout?: number;
}

export interface Output {
  readonly path: string;
  readonly cache: boolean;
  readonly persist: boolean;
  readonly push: boolean;
  readonly remote: string | null;
  readonly metric: boolean;
  /** False, true, or the properties of the plot. */
  readonly plot: JsonValue;
  readonly desc?: string;
  readonly type?: string;
  readonly labels?: readonly string[];
  readonly meta?: JsonValue;
  /** Recorded in a `.dvc` file. */
  readonly hash?: string;
}

// # pipe dag

/** `pipe dag --json` prints one object. */
export interface Graph {
  readonly nodes: readonly {
    readonly name: string;
    /** Of a group: how many stages. */
    readonly count?: number;
    readonly state?: string;
  }[];
  readonly edges: readonly (readonly [stage: string, dependsOn: string])[];
}

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
  readonly saved: readonly { readonly path: string; readonly id: string }[];
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

// # pipe history, pipe logs

/** `pipe history --json` prints one object per line, the oldest first. */
export interface HistoryEntry {
  /** The same for all stages of one run. */
  readonly run: string;
  readonly stage: string;
  /** ISO 8601, of its end. */
  readonly time: string;
  readonly what: 'ran' | 'restored' | 'failed';
  readonly seconds: number;
  readonly why: string;
  /** Where it ran as the job of a batch system. */
  readonly job?: Job;
}

/** `pipe logs --json` prints one object per line of the logs. */
export interface LogLine {
  readonly stage: string;
  readonly line: string;
}

// # pipe plots

/** `pipe plots show --json` and `pipe plots diff --json` print one object on one line, in the shape of `dvc plots`. */
export interface Plots {
  /** By the name of the plot; empty where nothing of it can be drawn. */
  readonly data?: {
    readonly [plot: string]: readonly (
      | {
          readonly type: 'vega';
          readonly revisions: readonly string[];
          /** A specification of Vega-Lite, with the data in it. */
          readonly content: { readonly [key: string]: JsonValue };
          /** With `--split`: what belongs in place of the anchors in `content`. */
          readonly anchor_definitions?: { readonly [anchor: string]: JsonValue };
        }
      | {
          readonly type: 'image';
          readonly revisions: readonly string[];
          /** The path of the written file. */
          readonly url: string;
        }
    )[];
  };
  readonly errors?: readonly {
    /** Of the plot. */
    readonly name: string;
    readonly rev: string;
    /** The file that cannot be read. */
    readonly source?: string;
    readonly type: string;
    readonly msg: string;
  }[];
}

// # pipe ui export

/** `pipe ui export --json` prints one object; in the exported page it is the data. Times are milliseconds since 1970, durations seconds,
 * sizes bytes. Values of variables are never in it. */
export interface ProjectPage {
  readonly view: ProjectView;
  /** By address. In an exported page, of every stage. */
  readonly details: { readonly [stage: string]: StageDetail };
  readonly tables: readonly TableView[];
  readonly sizes: readonly DataSize[];
  readonly plots: PlotsView;
}

/** What the server of `pipe ui` sends to its page. */
export type LiveMessage =
  /** Of the page that it gives out: an open page of another build is to be loaded again. */
  | { readonly type: 'hello'; readonly build: string }
  | { readonly type: 'view'; readonly view: ProjectView }
  | { readonly type: 'events'; readonly events: readonly RecordedEvent[] }
  /** The pipeline cannot be loaded now, or a run could not begin. */
  | { readonly type: 'problem'; readonly text: string }
  /** Experiments changed: the tables are to be asked for again. */
  | { readonly type: 'tables' }
  /** Added by the page itself. */
  | { readonly type: 'connection'; readonly state: 'lost' | 'open' | 'refused' };

/** Everything about the project that all views need. */
export interface ProjectView {
  /** Of this form. A page does not show a later one. */
  readonly format: 1;
  readonly pipe: string;
  /** The name of its folder. */
  readonly project: string;
  readonly time: number;
  /** In dependency order. */
  readonly stages: readonly StageView[];
  readonly vanished: readonly { readonly name: string; readonly paths: readonly string[] }[];
  /** Flags that the last run was given and this page was not. */
  readonly missing_flags: readonly string[];
  /** Of the latest run that did anything. */
  readonly run: readonly RecordedEvent[];
  /** The run goes on. */
  readonly running: boolean;
  /** Newest first. */
  readonly runs: readonly PastRun[];
}

/** Metrics and parameters of several stages or experiments. */
export interface TableView {
  /** Members of a matrix or foreach; other stages that have metrics; experiments, and the workspace beside them. */
  readonly kind: 'group' | 'stages' | 'experiments';
  /** Of the group; else that of its kind. */
  readonly name: string;
  readonly rows: readonly TableRow[];
  readonly columns: readonly TableColumn[];
}

export interface TableRow {
  /** Of the stage or the experiment; `workspace`. */
  readonly name: string;
  /** Of an experiment. */
  readonly state?: 'running' | 'done' | 'failed' | 'interrupted';
  readonly started?: number;
}

export interface TableColumn {
  readonly kind: 'axis' | 'param' | 'metric';
  /** Each once in a table. */
  readonly label: string;
  readonly file?: string;
  /** By row; null where it has none. One for all rows, where they are equal. */
  readonly values: readonly JsonValue[];
}

/** A recorded output. */
export interface DataSize {
  readonly path: string;
  readonly stage: string;
  /** Null where neither the record nor the cache has it. */
  readonly bytes: number | null;
  /** Of a folder. */
  readonly files?: number;
  /** Not kept in the cache. */
  readonly uncached?: true;
}

/** What garbage collection would take. Asked for by itself, of a server. */
export interface GarbageView {
  readonly bytes: number;
  /** The largest first. */
  readonly items: readonly {
    /** `record`: of an earlier run; `leftover`: of a run that died; `saved`: saved before an output replaced it. */
    readonly kind: 'object' | 'record' | 'leftover' | 'saved';
    readonly path: string;
    readonly bytes: number;
  }[];
  /** How many there are: the list has the first thousand. */
  readonly count: number;
  readonly kept: { readonly objects: number; readonly bytes: number };
  /** Other projects that use the cache. */
  readonly projects: readonly string[];
}

/** What a remote lacks, and what only it has. Asked for by itself, of a server. */
export interface RemoteView {
  readonly remote: string;
  readonly url: string;
  /** Outputs that the cache and the remote both have. */
  readonly same: number;
  readonly outputs: readonly {
    readonly path: string;
    readonly stage: string;
    /** Only in the cache, only on the remote, or nowhere. */
    readonly state: 'new' | 'deleted' | 'missing';
    readonly objects: number;
    readonly bytes: number;
  }[];
}

/** The declared plots, each with the points or images of several revisions. */
export interface PlotsView {
  /** The workspace, revisions of git, experiments: in the order of their colours. */
  readonly revisions: readonly string[];
  readonly plots: readonly PlotView[];
}

export interface PlotView {
  readonly name: string;
  /** A specification of Vega-Lite or Vega with its data; absent for images, and where there is nothing to draw. */
  readonly spec?: { readonly [key: string]: JsonValue };
  readonly images?: readonly {
    readonly revision: string;
    /** A `data:` URI. */
    readonly source: string;
  }[];
  /** Why a part of it is missing. */
  readonly problems: readonly string[];
}

export type PageState = 'fresh' | 'stale' | 'blocked';

export interface StageView {
  readonly name: string;
  /** With the folder of its pipeline file before it, if it has one. */
  readonly group: string | null;
  /** Of a member of a matrix or foreach. */
  readonly axes: { readonly [name: string]: JsonValue };
  readonly kind: 'stage' | 'data';
  readonly desc: string | null;
  readonly state: PageState;
  readonly decision: 'fresh' | 'restore' | 'run' | 'blocked' | 'frozen';
  readonly reasons: readonly ReasonView[];
  /** The nearest stale stages before it. */
  readonly waits_for: readonly string[];
  /** Indices of the stages that it reads from. */
  readonly reads: readonly number[];
  /** As they are in the workspace, by name. */
  readonly metrics: { readonly [name: string]: JsonValue };
  /** What it did last. */
  readonly last: Pick<PastStage, 'what' | 'time' | 'seconds'> | null;
}

export interface ReasonView {
  readonly kind: string;
  readonly text: string;
  readonly key?: readonly string[];
  readonly path?: string;
  readonly status?: string;
  readonly old?: JsonValue;
  readonly new?: JsonValue;
  readonly files?: readonly { readonly path: string; readonly status: string }[];
}

export interface PastRun {
  readonly run: string;
  /** Of its first and of its last stage. */
  readonly start: number;
  readonly end: number;
  readonly ran: number;
  readonly restored: number;
  readonly failed: number;
}

export interface PastStage {
  readonly run: string;
  readonly what: 'ran' | 'restored' | 'failed';
  /** Of its end. */
  readonly time: number;
  readonly seconds: number;
  readonly why: string;
  /** Where it ran as the job of a batch system; `memory` is the most that it used, in bytes, as far as that was seen. */
  readonly job?: { readonly id: string; readonly node?: string; readonly memory?: number };
}

export interface StageDetail {
  readonly name: string;
  /** The lock file has a result of it. */
  readonly recorded: boolean;
  readonly cmd: readonly string[];
  readonly wdir: string;
  readonly file: string;
  readonly line: number | null;
  readonly inputs: readonly PathView[];
  readonly outputs: readonly PathView[];
  readonly params: readonly {
    readonly file: string;
    readonly key: string;
    readonly value?: JsonValue;
    readonly changed: boolean;
  }[];
  /** Names of variables. Their values are never shown. */
  readonly env: readonly { readonly name: string; readonly changed: boolean }[];
  readonly resources: { readonly [name: string]: JsonValue };
  readonly retry: { readonly times: number; readonly delay: number; readonly backoff: number } | null;
  readonly timeout: number | null;
  /** Newest first. */
  readonly history: readonly PastStage[];
  /** Of its newest attempt; null where it has not run here. */
  readonly log: LogView | null;
}

export interface PathView {
  readonly path: string;
  /** Missing where it is neither there nor recorded. */
  readonly digest?: string;
  readonly size?: number;
  /** Of a folder: how many files it has. */
  readonly files?: number;
  readonly changed: boolean;
  /** Stages that write it. */
  readonly made_by?: readonly string[];
  readonly metric?: true;
  readonly plot?: true;
  /** Not kept in the cache. */
  readonly uncached?: true;
}

export interface LogView {
  /** Its name: when the attempt began. */
  readonly name: string;
  readonly size: number;
  /** Where the text begins, in bytes. */
  readonly from: number;
  /** Where it ends. */
  readonly next: number;
  readonly text: string;
}

/** One line of the record. Times are milliseconds since 1970. */
export type RecordedEvent =
  | {
      readonly type: 'run-start';
      readonly run: string;
      readonly time: number;
      readonly stages: number;
      readonly jobs: number;
    }
  | { readonly type: 'waiting'; readonly owner: string }
  /** What it depends on is done: it waits for a free slot. */
  | { readonly type: 'ready'; readonly time: number; readonly stage: string }
  | { readonly type: 'start'; readonly time: number; readonly stage: string; readonly attempt: number }
  | { readonly type: 'progress'; readonly stage: string; readonly progress: { readonly done: number; readonly total?: number; readonly unit?: string; readonly note?: string } }
  | { readonly type: 'fresh'; readonly stage: string }
  | {
      readonly type: 'ran';
      readonly time: number;
      readonly stage: string;
      readonly seconds: number;
      /** Its outputs are as they were. */
      readonly unchanged?: true;
    }
  | { readonly type: 'restored'; readonly time: number; readonly stage: string; readonly seconds: number }
  | {
      readonly type: 'failed';
      readonly time: number;
      readonly stage: string;
      readonly seconds: number;
      readonly problem: string;
    }
  | { readonly type: 'skipped'; readonly stage: string; readonly because: readonly string[] }
  | { readonly type: 'stopping'; readonly signal: string }
  | {
      readonly type: 'run-end';
      readonly time: number;
      readonly seconds: number;
      readonly counts: {
        readonly fresh: number;
        readonly restored: number;
        readonly ran: number;
        readonly failed: number;
        readonly skipped: number;
      };
      readonly interrupted?: string;
    };

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
  readonly saved: readonly { readonly path: string; readonly id: string }[];
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
