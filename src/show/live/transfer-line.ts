// The line of a transfer: its progress, its speed and what it waits for.
import { bytesText } from '../text/bytes-text.ts';
import { durationText } from '../text/duration-text.ts';
import { progressBar } from './progress-bar.ts';

export interface TransferState {
  readonly objects: { readonly done: number; readonly total: number };
  readonly bytes: { readonly done: number; readonly total: number | undefined };
  /** Bytes per second. */
  readonly rate: number;
  /** Objects per second. */
  readonly objectRate: number;
  /** Seconds since anything last moved. */
  readonly idle: number;
  /** Why the remote is asked again, if that is what we wait for. */
  readonly retry?: string;
}

/** Shorter pauses are part of every transfer. */
const WAITING = 2;

/** @param doing `Pushing`; @param width columns; a bar is drawn only where there are any to spare. */
export function transferLine(doing: string, state: TransferState, width = Infinity): string {
  const { objects, bytes } = state;
  const bar = progressBar(shareDone(state), 20);
  const drawn = width === Infinity ? '' : ` ${bar.filled}${bar.empty}`;
  const line = `${doing}${drawn} ${objects.done}/${objects.total} objects, ${moved(bytes)}${activity(state)}`;
  return width === Infinity ? line : line.slice(0, width);
}

/** As part of a run. @param seconds since it began. */
export function fetchText({
  objects,
  bytes: { done, total },
  seconds,
}: {
  readonly objects: TransferState['objects'];
  readonly bytes: { readonly done: number; readonly total?: number };
  readonly seconds: number;
}): string {
  const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0);
  const rates = { rate: perSecond(done), objectRate: perSecond(objects.done), idle: 0 };
  return transferLine('fetching', { objects, bytes: { done, total }, ...rates });
}

/** By bytes where it is known how many there are: objects differ in size. */
function shareDone({ objects, bytes }: TransferState): number {
  const { done, total } = bytes.total ? { done: bytes.done, total: bytes.total } : objects;
  return total === 0 ? 0 : Math.min(1, done / total);
}

const moved = ({ done, total }: TransferState['bytes']): string =>
  total === undefined || total < done ? bytesText(done) : `${bytesText(done)} of ${bytesText(total)}`;

function activity(state: TransferState): string {
  const { rate, idle, retry } = state;
  if (retry !== undefined) return `, trying again: ${retry}`;
  if (idle >= WAITING) return `, waiting (${Math.floor(idle)} s)`;
  if (rate < 1) return '';
  const left = secondsLeft(state);
  const remaining = left === undefined ? '' : `, ${durationText(Math.max(1, Math.ceil(left)))} left`;
  return `, ${bytesText(Math.round(rate))}/s${remaining}`;
}

/** By bytes where all are known, else by objects; undefined where neither says anything. */
function secondsLeft({ objects, bytes, rate, objectRate }: TransferState): number | undefined {
  const byBytes = bytes.total === undefined ? undefined : (bytes.total - bytes.done) / rate;
  if (byBytes !== undefined && byBytes > 0) return byBytes;
  const left = objects.total - objects.done;
  return left > 0 && objectRate > 0 ? left / objectRate : undefined;
}
