// Shows how far a download is, and lets signals end it: what came so far has a temporary name, and goes.
import type { DownloadOptions } from '../../source/data-source.ts';
import { endedBySignals } from '../../session/stop-signals.ts';
import { openTransferDisplay } from '../../session/transfer-display.ts';
import { savedOf, type Replaced } from '../../run/save-unmade.ts';
import { restoreHint } from '../../show/live/event-lines.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import type { OutputFlags } from '../printer.ts';

export type Reports = Required<Pick<DownloadOptions, 'onProgress' | 'onRetry' | 'onWait'>>;

/** @param doing `Downloading`. */
export async function downloading<T>(
  doing: string,
  flags: OutputFlags,
  work: (reports: Reports) => Promise<T>,
): Promise<T> {
  const display = flags.json || flags.quiet ? undefined : openTransferDisplay(doing, process.stderr);
  const reports: Reports = {
    onProgress: (bytes) =>
      display?.progress({ objects: { done: 0, total: 1 }, bytes: { done: bytes, total: undefined } }),
    onRetry: (reason) => display?.retry(reason),
    onWait: (owner) => (display ? display.note(waitText(owner)) : reportWait(owner)),
  };
  try {
    return await endedBySignals(() => work(reports));
  } finally {
    display?.close();
  }
}

/** Where no display is open. */
export const reportWait = (owner: string): void => void process.stderr.write(`${waitText(owner)}\n`);

const waitText = (owner: string): string => `waiting for ${spelledOut(owner)}`;

/** What was saved before a download replaced it. */
export const reportSaved = (replaced: Replaced): void =>
  void process.stderr.write(`saved ${spelledOut(replaced.at)}: ${restoreHint(savedOf(replaced))}\n`);
