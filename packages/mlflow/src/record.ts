// What a tracking record holds: runs that are over, complete, with everything a server is to know of them.
// Types only; the file is read and written by record-file.ts.

export interface Artifact {
  /** Path in the run. */
  readonly path: string;
  /** Path of the file, relative to the project's folder, with / between its parts. */
  readonly file: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A data set that a run used, in MLflow's words. */
export interface DatasetInput {
  readonly name: string;
  /** Of the content: at most 36 characters. */
  readonly digest: string;
  /** `http`, `code`, `local`, …: one of MLflow's kinds of sources. */
  readonly sourceType: string;
  /** JSON, as that kind has it: `{"url": …}`, `{"tags": …}`. */
  readonly source: string;
  /** JSON: `{"mlflow_tensorspec": …}`. */
  readonly schema?: string;
  /** JSON: sizes and the like. */
  readonly profile?: string;
  /** What the run used it for: `training`, `testing`. */
  readonly context: string;
}

/** JSON has no word for the last three. */
export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity';

/** Timestamps are milliseconds since 1970, whole. */
export type Point = readonly [step: number, timestamp: number, value: MetricValue];

export interface RecordedRun {
  /** What the run is of, the same for each repetition of it: `train/latent_dim=64/fold_0`. Unique in the record. */
  readonly key: string;
  /** Key of the run that this one is shown below; that run comes before this one. */
  readonly parent?: string;
  /** Shown name. Not part of the run's identity: numbers in it may shift. */
  readonly name: string;
  readonly status: 'FINISHED' | 'FAILED' | 'KILLED';
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** Times are borrowed from another run, since this one has none: they make no other run of it. */
  readonly undated?: true;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Tags about the circumstances of the record (git commit, user); no part of the run's identity. */
  readonly context: Readonly<Record<string, string>>;
  /** History of each metric, oldest point first. */
  readonly metrics: Readonly<Record<string, readonly Point[]>>;
  readonly artifacts: readonly Artifact[];
  readonly inputs?: readonly DatasetInput[];
  /** Markdown, shown above the run. Not part of its identity, and never put over a text that somebody wrote on the server. */
  readonly description?: string;
}

/** By which the versions of a registered model compete for its alias: the lowest value has it. */
export interface Criterion {
  readonly metric: string;
  readonly value: number;
  /** What it was measured on, in words. Only values of equal measurements are compared. */
  readonly measuredOn: string;
}

/** A version of a registered model: a folder among a run's artifacts. */
export interface RecordedModel {
  readonly name: string;
  /** Key of the run. */
  readonly run: string;
  /** Artifact path of the folder in the run. */
  readonly path: string;
  /** Names the version by what it is for. Moved to the newest, or with a criterion to the lowest. */
  readonly alias?: string;
  readonly criterion?: Criterion;
  readonly description?: string;
}

export interface TrackingRecord {
  readonly experiment: string;
  /** Separates the runs of this record from all others in the experiment: letters, digits and `_ . / @ = , -`. */
  readonly project: string;
  readonly runs: readonly RecordedRun[];
  readonly models: readonly RecordedModel[];
}
