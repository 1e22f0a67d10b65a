// What this package offers.
export { openClient, tagEquals } from './client.ts';
export type { MlflowClient, NewRun, RunUpdate } from './client.ts';
export { connectionFor, experimentFromEnvironment } from './environment.ts';
export type { Connection, ExperimentChoice, TlsOptions } from './environment.ts';
export { MlflowError } from './errors.ts';
export type { HttpOptions, Retry } from './http.ts';
export { uploadArtifact } from './artifact-upload.ts';
export { formatRecord, metricValue, parseRecord } from './record-file.ts';
export type * from './record.ts';
export { runHash } from './run-hash.ts';
export { sendRecord } from './send.ts';
export type { SendOptions, Sent } from './send.ts';
export { withSendLock } from './send-lock.ts';
export { openLiveSender } from './send-live.ts';
export type { LiveRun, LiveSender } from './send-live.ts';
export type {
  Experiment,
  FileInfo,
  KeyValue,
  MetricPoint,
  ModelVersion,
  Run,
  RunInfo,
  RunStatus,
} from './types.ts';
