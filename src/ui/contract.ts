// What the page shows: one form of data for the page that a server feeds and for the file that is sent around. Types only;
// docs/json.md describes them. Times are milliseconds since 1970, durations seconds, sizes bytes.
import type { RecordedEvent } from '../show/live/recorded-event.ts';
import type { Json } from '../base/spelling.ts';

export interface PageDocument {
  readonly view: ProjectView;
  /** By address. In an exported page, of every stage. */
  readonly details: { readonly [stage: string]: StageDetail };
  readonly tables: readonly TableView[];
  readonly sizes: readonly DataSize[];
  readonly plots: PlotsView;
}

/** What a server says, one after the other. */
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

export type StageState = 'fresh' | 'stale' | 'blocked';

export interface StageView {
  readonly name: string;
  /** With the folder of its pipeline file before it, if it has one. */
  readonly group: string | null;
  /** Of a member of a matrix or foreach. */
  readonly axes: { readonly [name: string]: Json };
  readonly kind: 'stage' | 'data';
  readonly desc: string | null;
  readonly state: StageState;
  readonly decision: 'fresh' | 'restore' | 'run' | 'blocked' | 'frozen';
  readonly reasons: readonly ReasonView[];
  /** The nearest stale stages before it. */
  readonly waits_for: readonly string[];
  /** Indices of the stages that it reads from. */
  readonly reads: readonly number[];
  /** As they are in the workspace, by name. */
  readonly metrics: { readonly [name: string]: Json };
  /** What it did last. */
  readonly last: Pick<PastStage, 'what' | 'time' | 'seconds'> | null;
}

export interface ReasonView {
  readonly kind: string;
  readonly text: string;
  readonly key?: readonly string[];
  readonly path?: string;
  readonly status?: string;
  readonly old?: Json;
  readonly new?: Json;
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
  /** Where it ran on this machine: seconds on processors, and the most memory of one of its processes. */
  readonly used?: { readonly cpu: number; readonly memory: number };
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
    readonly value?: Json;
    readonly changed: boolean;
  }[];
  /** Names of variables. Their values are never shown. */
  readonly env: readonly { readonly name: string; readonly changed: boolean }[];
  readonly resources: { readonly [name: string]: Json };
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
  readonly values: readonly Json[];
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
  readonly spec?: { readonly [key: string]: Json };
  readonly images?: readonly {
    readonly revision: string;
    /** A `data:` URI. */
    readonly source: string;
  }[];
  /** Why a part of it is missing. */
  readonly problems: readonly string[];
}
