// The line of a transfer: its progress, its speed and what it waits for.
import { bytesText } from '../text/bytes-text.ts';
import { progressBar } from './progress-bar.ts';

export interface TransferState {
  readonly objects: { readonly done: number; readonly total: number };
  readonly bytes: number;
  /** Bytes per second. */
  readonly rate: number;
  /** Seconds since anything last moved. */
  readonly idle: number;
  /** Why the remote is asked again, if that is what we wait for. */
  readonly retry?: string;
}

/** Shorter pauses are part of every transfer. */
const WAITING = 2;

/** @param doing `Pushing`; @param width columns; a bar is drawn only where there are any to spare. */
export function transferLine(doing: string, state: TransferState, width = Infinity): string {
  const { objects } = state;
  const bar = progressBar(objects.total === 0 ? 0 : objects.done / objects.total, 20);
  const drawn = width === Infinity ? '' : ` ${bar.filled}${bar.empty}`;
  const line = `${doing}${drawn} ${objects.done}/${objects.total} objects, ${bytesText(state.bytes)}${activity(state)}`;
  return width === Infinity ? line : line.slice(0, width);
}

function activity({ rate, idle, retry }: TransferState): string {
  if (retry !== undefined) return `, trying again: ${retry}`;
  if (idle >= WAITING) return `, waiting (${Math.floor(idle)} s)`;
  return rate >= 1 ? `, ${bytesText(Math.round(rate))}/s` : '';
}
