// Shows how far a transfer is: on a terminal in one line that is redrawn, elsewhere now and then in a line of its own, so
// that a log shows whether a transfer is slow or hangs.
import type { WriteStream } from 'node:tty';
import type { TransferProgress } from '../cache/remote/transfer.ts';
import { directly } from './guard-output.ts';
import { makeScreen } from '../show/live/terminal-screen.ts';
import { transferLine, type TransferState } from '../show/live/transfer-line.ts';
import { makeTransferRate } from '../show/live/transfer-rate.ts';

export interface TransferDisplay {
  readonly progress: (progress: TransferProgress) => void;
  /** The remote is asked again. */
  readonly retry: (reason: string) => void;
  /** A line of its own, which stays. */
  readonly note: (line: string) => void;
  readonly close: () => void;
}

const REDRAW_MS = 250;
const LOG_MS = 30_000;

/** @param doing `Pushing`. */
export function openTransferDisplay(doing: string, stream: WriteStream): TransferDisplay {
  const screen = stream.isTTY ? makeScreen(directly(stream), false) : undefined;
  const rate = makeTransferRate(() => performance.now() / 1000);
  let last: TransferProgress = {
    objects: { done: 0, total: 0 },
    bytes: { done: 0, total: undefined },
  };
  let retry: string | undefined;

  const show = (notes: readonly string[] = []): void => {
    rate.note(last.bytes.done, last.objects.done);
    const state: TransferState = {
      ...last,
      rate: rate.rate(),
      objectRate: rate.objectRate(),
      idle: rate.idle(),
      ...(retry !== undefined && { retry }),
    };
    if (screen) screen.frame(notes, [transferLine(doing, state, (stream.columns || 80) - 1)]);
    else stream.write(`${transferLine(doing, state)}\n`);
  };
  const timer = setInterval(() => show(), screen ? REDRAW_MS : LOG_MS);
  timer.unref();
  const close = (): void => {
    clearInterval(timer);
    process.off('exit', close);
    screen?.close([]);
  };
  process.on('exit', close);
  return {
    progress(progress) {
      if (progress.bytes.done !== last.bytes.done) retry = undefined;
      last = progress;
    },
    retry: (reason) => (retry = reason),
    note: (line) => (screen ? show([line]) : void stream.write(`${line}\n`)),
    close,
  };
}
