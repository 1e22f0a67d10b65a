// The rules of a tracking record: what every MLflow server takes (tried with 3.17), checked before anything is written or sent.
import { checkArtifactPath } from './artifact-path.ts';
import { checkInputs } from './check-inputs.ts';
import { checkModels } from './check-models.ts';
import { bad, isPlain } from './record-mistakes.ts';
import { NOTE_TAG } from './send-plan.ts';
import type { MlflowError } from './errors.ts';
import type { MetricValue, RecordedRun, TrackingRecord } from './record.ts';

const NAME = /^[\p{L}\p{N}_\-. :/]{1,250}$/u;
/** Longer values are cut on the server without a word. */
const LONGEST_PARAM = 6000;
const LONGEST_TAG = 8000;
const LONGEST_EXPERIMENT = 500;

/** @throws MlflowError `BAD_RECORD` or, for the path of an artifact, `BAD_ARTIFACT` */
export function checkRecord(record: TrackingRecord): void {
  if (typeof record.experiment !== 'string' || record.experiment === '') throw bad('it names no experiment');
  if (record.experiment.length > LONGEST_EXPERIMENT)
    throw bad(
      `the name of the experiment has ${record.experiment.length} characters; MLflow takes ${LONGEST_EXPERIMENT}`,
    );
  if (!isPlain(record.project))
    throw bad(
      `project ${JSON.stringify(record.project)} holds other characters than A-Z a-z 0-9 _ . / @ = , -`,
    );
  const keys = new Set<string>();
  for (const run of record.runs) {
    checkRun(run, keys);
    keys.add(run.key);
  }
  checkModels(record);
}

function checkRun(run: RecordedRun, before: ReadonlySet<string>): void {
  const wrong = (what: string): MlflowError => bad(`run ${run.key}: ${what}`);
  if (!isPlain(run.key))
    throw wrong('its key holds other characters than A-Z a-z 0-9 _ . / @ = , -, or too many');
  if (before.has(run.key)) throw wrong('its key is there twice');
  if (run.parent !== undefined && !before.has(run.parent))
    throw wrong(`its parent ${run.parent} does not come before it`);
  if (!['FINISHED', 'FAILED', 'KILLED'].includes(run.status))
    throw wrong(`status ${run.status} is not that of a run that is over`);
  if (!isTime(run.start) || !isTime(run.end) || run.end < run.start)
    throw wrong('start and end are not whole milliseconds in order');
  const description = run.description === undefined ? {} : { [NOTE_TAG]: run.description };
  checkValues({ ...run, tags: { ...run.context, ...run.tags, ...description } });
  checkInputs(run.inputs ?? [], wrong);
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

/**
 * The parts of a run that a server may refuse by themselves.
 * @throws MlflowError `BAD_RECORD`
 */
export function checkValues(run: Pick<RecordedRun, 'key' | 'params' | 'tags' | 'metrics'>): void {
  const wrong = (what: string): MlflowError => bad(`run ${run.key}: ${what}`);
  for (const [name, value] of Object.entries(run.params))
    checkText(wrong, 'param', name, value, LONGEST_PARAM);
  for (const [name, value] of Object.entries(run.tags)) checkText(wrong, 'tag', name, value, LONGEST_TAG);
  for (const [name, points] of Object.entries(run.metrics)) {
    checkName(wrong, 'metric', name);
    for (const [step, timestamp, value] of points)
      if (!Number.isSafeInteger(step) || !isTime(timestamp) || !isMetricValue(value))
        throw wrong(`metric ${name}: [${step}, ${timestamp}, ${value}] is not [step, milliseconds, value]`);
  }
}

function checkName(wrong: (what: string) => MlflowError, kind: string, name: string): void {
  const reason = refusal(name);
  if (reason !== undefined)
    throw wrong(`MLflow does not take the ${kind} name ${JSON.stringify(name)}: ${reason}`);
}

/** Every server refuses a name that would be another file's if it were a path, since some stores keep names as files. */
function refusal(name: string): string | undefined {
  if (!NAME.test(name)) return 'it takes 1 to 250 letters, digits and _ - . : / or spaces';
  if (name.startsWith('/')) return 'it starts with /';
  if (name.startsWith('..')) return 'it starts with ..';
  const parts = name.split('/');
  if (parts.includes('')) return 'it has an empty part between or after /';
  if (parts.includes('.') || parts.includes('..')) return '. and .. are no parts of a name';
  return undefined;
}

function checkText(
  wrong: (what: string) => MlflowError,
  kind: string,
  key: string,
  value: string,
  longest: number,
): void {
  checkName(wrong, kind, key);
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
