// tracking.jsonl: a tracking record as lines of JSON. Formatting and parsing check the same rules, so a stage that
// writes one fails where the mistake is, not the sender after it. Opens no sockets; the format is described in the README.
import { createHash } from 'node:crypto';
import { checkRecord } from './check-record.ts';
import { bad } from './record-mistakes.ts';
import type { MetricValue, TrackingRecord } from './record.ts';

export type * from './record.ts';

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

/** For points of numbers that JSON may not be able to say. */
export function metricValue(value: number): MetricValue {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
