// The server's JSON, as far as this package reads it. Field names are MLflow's (REST API 2.0).

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface MetricPoint {
  readonly key: string;
  /** The strings are how MLflow's server takes what JSON cannot say. */
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity';
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly artifact_location: string;
  readonly lifecycle_stage: 'active' | 'deleted';
}

export interface RunInfo {
  readonly run_id: string;
  readonly run_name?: string;
  readonly experiment_id: string;
  readonly status: RunStatus;
  readonly start_time?: number;
  readonly end_time?: number;
  readonly artifact_uri: string;
  readonly lifecycle_stage: 'active' | 'deleted';
}

export interface Run {
  readonly info: RunInfo;
  /** Lists that are empty are absent. */
  readonly data?: {
    readonly params?: readonly KeyValue[];
    readonly tags?: readonly KeyValue[];
    readonly metrics?: readonly MetricPoint[];
  };
}

/** A data set as `runs/log-inputs` takes it. */
export interface DatasetLog {
  readonly tags: readonly KeyValue[];
  readonly dataset: {
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
    readonly schema?: string;
    readonly profile?: string;
  };
}

export interface FileInfo {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size?: number | string;
}

export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  readonly run_id?: string;
  readonly source?: string;
  readonly tags?: readonly KeyValue[];
}
