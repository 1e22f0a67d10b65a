// The one line that tells how far a transfer is, on a terminal.
import { bytesText } from '../text/bytes-text.ts';
import { progressBar } from './progress-bar.ts';

export interface TransferState {
  readonly objects: { readonly done: number; readonly total: number };
  readonly bytes: number;
}

/** @param doing `Pushing to 'nas'`; @param width columns. */
export function transferLine(doing: string, { objects, bytes }: TransferState, width: number): string {
  const bar = progressBar(objects.total === 0 ? 0 : objects.done / objects.total, 20);
  const line = `${doing} ${bar.filled}${bar.empty} ${objects.done}/${objects.total} objects, ${bytesText(bytes)}`;
  return line.slice(0, width);
}
