// Sends tracking records, for example after a run. A missing or failing server causes one warning and no loss: what is pending stays in
// its record, and the next call continues.
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  experimentFromEnvironment,
  MlflowError,
  sendRecord,
  withSendLock,
  type Sent,
} from '@pipe-engine/mlflow';
import {
  destination,
  type Destination,
  type DestinationOptions,
  type OpenDestination,
} from './destination.ts';
import { competition, readRecord, type ReadRecord } from './read-record.ts';
import { openSentNotes, type SentNotes } from './sent-notes.ts';
import { userName } from './user-name.ts';

export interface TrackingOptions extends DestinationOptions {
  /** Paths of records, relative to the root; those that are not there are left out. Default: all that runs have left in `Data/`. */
  readonly records?: readonly string[];
  /** Register the best model in the model registry. */
  readonly register?: boolean;
  /** Parameter file of a run that is followed, relative to the root. */
  readonly params?: string;
}

/**
 * `pending`: something could not be sent now, and a warning said so. `refused`: everything was sent, but a model was not registered, and a
 * line said why.
 */
export type TrackingOutcome = 'sent' | 'up-to-date' | 'pending' | 'refused' | 'no-record';

/**
 * Nothing pending means that no server is started and at most one request is made.
 * @throws whatever is no failure of tracking; an abort by the signal
 */
export async function sendTracking(options: TrackingOptions): Promise<TrackingOutcome> {
  const paths = options.records ?? globSync('Data/*/tracking.jsonl', { cwd: options.root }).sort();
  const existing = paths.filter((path) =>
    statSync(join(options.root, path), { throwIfNoEntry: false })?.isFile(),
  );
  if (existing.length === 0) return 'no-record';
  const { records, damaged } = readRecords(options, existing);
  if (damaged && records.length === 0) return 'pending';
  const outcome = await sendOrWarn(records, options);
  return damaged && outcome !== 'refused' ? 'pending' : outcome;
}

/** One that is cut off is named, and does not hold back the others. */
function readRecords(
  options: TrackingOptions,
  paths: readonly string[],
): { readonly records: readonly ReadRecord[]; readonly damaged: boolean } {
  let damaged = false;
  const records = paths.flatMap((path) => {
    try {
      return [readRecord(options.root, path)];
    } catch (error) {
      warnOfPending(path, error, options);
      damaged = true;
      return [];
    }
  });
  return { records, damaged };
}

async function sendOrWarn(
  records: readonly ReadRecord[],
  options: TrackingOptions,
): Promise<TrackingOutcome> {
  try {
    return await sendRecords(records, options);
  } catch (error) {
    const runs = records.reduce((sum, { record }) => sum + record.runs.length, 0);
    warnOfPending(`${count(runs)} (${records.map(({ path }) => path).join(', ')})`, error, options);
    return 'pending';
  }
}

/** @throws the error itself where it is none of tracking */
function warnOfPending(what: string, error: unknown, options: TrackingOptions): void {
  if (!(error instanceof MlflowError)) throw error;
  const command = `npx denoising-autoencoder track${options.register ? ' --register' : ''}`;
  options.say(`tracking: ${what} pending: ${sentences(error.message, error.hint, `Send with: ${command}`)}`);
}

async function sendRecords(
  records: readonly ReadRecord[],
  options: TrackingOptions,
): Promise<TrackingOutcome> {
  const to = destination(options);
  const notes = openSentNotes(stateFile(options.root, 'sent.json'));
  const unsent = (): ReadRecord[] => records.filter((record) => !isNoted(record, to, notes, options));
  if (!to.isCheapToAsk && unsent().length === 0) return 'up-to-date';
  const competing = options.register ? competition(records) : undefined;
  if (competing !== undefined) options.say(`tracking: ${competing}`);
  return withSendLock(
    lockFile(options.root),
    async () => {
      // A sender that was waited for may have sent everything.
      const rest = to.isCheapToAsk ? records : unsent();
      if (rest.length === 0) return 'up-to-date';
      const opened = await to.open();
      try {
        const how = competing === undefined ? options : { ...options, register: false };
        let writes = 0;
        let isRefused = competing !== undefined;
        for (const record of rest) {
          const sent = await sendOne(record, to, opened, notes, how);
          writes += sent.writes;
          isRefused ||= sent.refused.length > 0;
        }
        if (isRefused) return 'refused';
        return writes > 0 ? 'sent' : 'up-to-date';
      } finally {
        await opened.close();
      }
    },
    {
      onWait: () => options.say('tracking: another sender is at work; waiting for it'),
      ...(options.signal ? { signal: options.signal } : {}),
    },
  );
}

async function sendOne(
  one: ReadRecord,
  to: Destination,
  opened: OpenDestination,
  notes: SentNotes,
  options: TrackingOptions,
): Promise<Sent> {
  const note = notes.get(noteKey(one, to));
  const registered = note?.record === one.digest && note.registered;
  const sent = await sendRecord(opened.client, one.record, {
    root: options.root,
    experiment: experimentFromEnvironment(),
    ...(note === undefined ? {} : { knownExperimentId: note.experimentId }),
    register: options.register === true && !registered,
    extraTags: { 'mlflow.user': userName() },
    onProgress: (done, total, run) => {
      if (done === total || done % 10 === 0) options.say(`tracking: ${done}/${total} ${run}`);
    },
  });
  const identity = to.identity();
  notes.set(noteKey(one, to), {
    record: one.digest,
    experimentId: sent.experimentId,
    registered: registered || (options.register === true && sent.refused.length === 0),
    ...(identity === undefined ? {} : { identity }),
  });
  const line = summary(one, sent, opened.shown);
  if (line !== undefined) options.say(line);
  for (const why of [...sent.outdone, ...sent.refused]) options.say(`tracking: ${why}`);
  return sent;
}

/** Undefined where nothing was done. */
function summary(one: ReadRecord, sent: Sent, shown: string): string | undefined {
  const parts = [
    ...(sent.created > 0 ? [`${count(sent.created)} sent`] : []),
    ...(sent.completed > 0 ? [`${count(sent.completed)} completed`] : []),
    ...(sent.kept > 0 ? [`${sent.kept} already there`] : []),
    ...(sent.stale > 0 ? [`${sent.stale} tagged stale`] : []),
    ...(sent.registered.length > 0 ? [`registered ${sent.registered.join(', ')}`] : []),
  ];
  if (sent.writes === 0) return undefined;
  return `tracking: ${one.path}: ${parts.join(', ')} (${shown})`;
}

function isNoted(one: ReadRecord, to: Destination, notes: SentNotes, options: TrackingOptions): boolean {
  const note = notes.get(noteKey(one, to));
  return (
    note?.record === one.digest &&
    note.identity === to.identity() &&
    (note.registered || options.register !== true)
  );
}

const noteKey = (one: ReadRecord, to: Destination): string =>
  `${to.name} ${one.record.experiment} ${one.record.project}`;

const stateFile = (root: string, name: string): string => join(root, '.tracking', name);

/** Of which the last may end in a command to copy, so without a stop. */
const sentences = (...texts: readonly (string | undefined)[]): string =>
  texts
    .filter((text) => text !== undefined)
    .map((text, index, all) => (index === all.length - 1 || /[.?!]$/.test(text) ? text : `${text}.`))
    .join(' ');

/** Held while anything is sent. */
export const lockFile = (root: string): string => stateFile(root, 'lock.sqlite');

const count = (runs: number): string => `${runs} run${runs === 1 ? '' : 's'}`;
