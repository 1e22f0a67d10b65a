// tracking.jsonl: a tracking record as lines of JSON. Formatting and parsing check the same rules, so a stage that
// writes one fails where the mistake is, not the sender after it. Opens no sockets; the format is described in the README.
import { createHash } from 'node:crypto';
import { checkArtifactPath } from './artifact-path.ts';
import { MlflowError } from './errors.ts';
import type { MetricValue, RecordedRun, TrackingRecord } from './record.ts';

export type { Artifact, MetricValue, Point, RecordedModel, RecordedRun, TrackingRecord } from './record.ts';

export const FORMAT = 'pipe-tracking/1';

/** @throws MlflowError `BAD_RECORD` */
export function formatRecord(record: TrackingRecord): string {
  checkRecord(record);
  const lines = [
    { type: 'record', format: FORMAT, experiment: record.experiment, project: record.project },
    ...record.runs.map((run) => ({ type: 'run', ...run })),
    ...record.models.map((model) => ({ type: 'model', ...model })),
  ].map((line) => `${JSON.stringify(line)}\n`);
  const body = lines.join('');
  return `${body}${JSON.stringify({ type: 'end', lines: lines.length, sha256: sha256(body) })}\n`;
}

/**
 * @param text the whole file.
 * @throws MlflowError `BAD_RECORD`: cut off, changed by hand, of another format, or against the rules.
 */
export function parseRecord(text: string): TrackingRecord {
  const split = text.lastIndexOf('\n', text.length - 2) + 1;
  const body = text.slice(0, split);
  const end = parseLine(text.slice(split), 'its last line');
  if (end['type'] !== 'end' || end['sha256'] !== sha256(body))
    throw bad('it is cut off or was changed', 'Run the track stage again.');
  const [head, ...rest] = body
    .trimEnd()
    .split('\n')
    .map((line, index) => parseLine(line, `line ${index + 1}`));
  if (head?.['type'] !== 'record' || head['format'] !== FORMAT)
    throw bad(`its format is ${String(head?.['format'])}, not ${FORMAT}`);
  const record = {
    experiment: head['experiment'],
    project: head['project'],
    runs: rest.filter((line) => line['type'] === 'run').map(withoutType),
    models: rest.filter((line) => line['type'] === 'model').map(withoutType),
  } as unknown as TrackingRecord;
  checkRecord(record);
  return record;
}

function parseLine(line: string, where: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    throw bad(`${where} is not JSON`, 'Run the track stage again.', error);
  }
}

function withoutType(line: Record<string, unknown>): Record<string, unknown> {
  const { type: _type, ...rest } = line;
  return rest;
}

// The server's rules (3.17): longer values are cut there without a word.
const KEY = /^[\p{L}\p{N}_\-. :/]{1,250}$/u;
const LONGEST_PARAM = 6000;
const LONGEST_TAG = 8000;
/** Needs no quotes in a filter, in every version of the server. */
const PLAIN = /^[A-Za-z0-9_./@=,-]{1,250}$/;

function checkRecord(record: TrackingRecord): void {
  if (typeof record.experiment !== 'string' || record.experiment === '') throw bad('it names no experiment');
  if (!PLAIN.test(record.project))
    throw bad(
      `project ${JSON.stringify(record.project)} holds other characters than A-Z a-z 0-9 _ . / @ = , -`,
    );
  const keys = new Set<string>();
  for (const run of record.runs) {
    checkRun(run, keys);
    keys.add(run.key);
  }
  for (const model of record.models) {
    if (!PLAIN.test(model.name))
      throw bad(
        `model name ${JSON.stringify(model.name)} holds other characters than A-Z a-z 0-9 _ . / @ = , -`,
      );
    const run = record.runs.find(({ key }) => key === model.run);
    if (run === undefined) throw bad(`model ${model.name} is of the run ${model.run}, which is not there`);
    // The registry downloads folders; of a single file it finds nothing.
    if (!run.artifacts.some(({ path }) => path.startsWith(`${model.path}/`)))
      throw bad(`model ${model.name}: ${model.path} is not a folder among the artifacts of ${model.run}`);
  }
}

function checkRun(run: RecordedRun, before: ReadonlySet<string>): void {
  const wrong = (what: string): MlflowError => bad(`run ${run.key}: ${what}`);
  if (!PLAIN.test(run.key))
    throw wrong('its key holds other characters than A-Z a-z 0-9 _ . / @ = , -, or too many');
  if (before.has(run.key)) throw wrong('its key is there twice');
  if (run.parent !== undefined && !before.has(run.parent))
    throw wrong(`its parent ${run.parent} does not come before it`);
  if (!['FINISHED', 'FAILED', 'KILLED'].includes(run.status))
    throw wrong(`status ${run.status} is not that of a run that is over`);
  if (!isTime(run.start) || !isTime(run.end) || run.end < run.start)
    throw wrong('start and end are not whole milliseconds in order');
  for (const [key, value] of Object.entries(run.params)) checkText(wrong, 'param', key, value, LONGEST_PARAM);
  for (const [key, value] of Object.entries({ ...run.tags, ...run.context }))
    checkText(wrong, 'tag', key, value, LONGEST_TAG);
  for (const [key, points] of Object.entries(run.metrics)) {
    if (!KEY.test(key)) throw wrong(`MLflow does not take the metric name ${JSON.stringify(key)}`);
    for (const [step, timestamp, value] of points)
      if (!Number.isSafeInteger(step) || !isTime(timestamp) || !isMetricValue(value))
        throw wrong(`metric ${key}: [${step}, ${timestamp}, ${value}] is not [step, milliseconds, value]`);
  }
  const paths = new Set<string>();
  for (const artifact of run.artifacts) {
    checkArtifactPath(artifact.path);
    if (paths.has(artifact.path)) throw wrong(`two artifacts at ${artifact.path}`);
    paths.add(artifact.path);
    if (artifact.file.startsWith('/') || artifact.file.split('/').includes('..'))
      throw wrong(`${artifact.file} is not inside the project`);
    if (!/^[0-9a-f]{64}$/.test(artifact.sha256)) throw wrong(`artifact ${artifact.path} has no sha256`);
  }
}

function checkText(
  wrong: (what: string) => MlflowError,
  kind: string,
  key: string,
  value: string,
  longest: number,
): void {
  if (!KEY.test(key)) throw wrong(`MLflow does not take the ${kind} name ${JSON.stringify(key)}`);
  if (typeof value !== 'string') throw wrong(`${kind} ${key} is not a text`);
  if (value.length > longest)
    throw wrong(`${kind} ${key} has ${value.length} characters; MLflow keeps ${longest}`);
}

const isTime = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const isMetricValue = (value: MetricValue): boolean =>
  (typeof value === 'number' && Number.isFinite(value)) ||
  value === 'NaN' ||
  value === 'Infinity' ||
  value === '-Infinity';

/** For points of numbers that JSON may not be able to say. */
export function metricValue(value: number): MetricValue {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const bad = (what: string, hint?: string, cause?: unknown): MlflowError =>
  new MlflowError(
    { code: 'BAD_RECORD', message: `tracking record: ${what}`, ...(hint === undefined ? {} : { hint }) },
    cause,
  );
