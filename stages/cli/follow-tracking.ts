// `track --follow`: beside a run of the pipeline, sends the epochs of running folds as they appear; when the run has
// written its record, sends that.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  experimentFromEnvironment,
  MlflowError,
  openLiveSender,
  withSendLock,
  type LiveRun,
  type LiveSender,
} from '@pipe-engine/mlflow';
import { projectOf } from '../lib/tracking/names.ts';
import { destination, type OpenDestination } from './destination.ts';
import { readLiveRuns } from './live-runs.ts';
import { FULL } from './parameters.ts';
import { lockFile, sendTracking, type TrackingOptions, type TrackingOutcome } from './send-tracking.ts';
import { digestOf } from './sent-notes.ts';
import { experimentNames } from './tracking-names.ts';
import { userName } from './user-name.ts';

const POLL_MS = 1000;

/** Ends when a record changes or the signal says so. @throws as sendTracking */
export async function followTracking(options: TrackingOptions): Promise<TrackingOutcome> {
  const before = digests(options.root);
  try {
    const opened = await destination(options).open();
    options.say('tracking: following; it ends with the run, or by Ctrl-C');
    try {
      await follow(opened, options, () => digests(options.root) !== before);
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!(error instanceof MlflowError)) throw error;
    options.say(`tracking: following ended: ${error.message}`);
  }
  return sendTracking(options);
}

async function follow(
  opened: OpenDestination,
  options: TrackingOptions,
  isOver: () => boolean,
): Promise<void> {
  const senders = new Map<string, LiveSender>();
  while (!isOver()) {
    // Between two rounds others may send.
    await withSendLock(lockFile(options.root), () => sendRound(opened, options, senders));
    await sleep(POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
}

async function sendRound(
  opened: OpenDestination,
  options: TrackingOptions,
  senders: Map<string, LiveSender>,
): Promise<void> {
  for (const [outputs, runs] of readLiveRuns(options.root)) {
    let sender = senders.get(outputs);
    if (sender === undefined) {
      sender = await openLiveSender(opened.client, {
        project: projectOf(outputs),
        experimentName: experimentOf(outputs, options),
        experiment: experimentFromEnvironment(),
        extraTags: { 'mlflow.user': userName() },
      });
      senders.set(outputs, sender);
    }
    const points = await sender.update(runs);
    if (points > 0)
      options.say(`tracking: ${counted(points, 'point')} of ${folds(runs)} running in ${outputs}`);
  }
}

/** Of outputs that no known parameter file has: the full experiment's. */
function experimentOf(outputs: string, { root, params = FULL }: TrackingOptions): string {
  const { full, byOutputs } = experimentNames(root, [params]);
  return byOutputs.get(outputs) ?? full;
}

const folds = (runs: readonly LiveRun[]): string =>
  counted(runs.filter((run) => run.parent !== undefined).length, 'fold');

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Of all records together. */
function digests(root: string): string {
  return globSync('Data/*/tracking.jsonl', { cwd: root })
    .sort()
    .map((path) => digestOf(readFileSync(join(root, path), 'utf8')))
    .join(' ');
}
