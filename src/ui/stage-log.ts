// The newest log of a stage, as text that a page can show: whole lines, without control sequences, without values of variables.
import { closeSync, existsSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { readBytes } from '../disk/read-bytes.ts';
import type { StageAddress } from '../pipeline/stage.ts';
import { folderName } from '../run/process/job.ts';
import type { LogView } from './contract.ts';
import type { Mask } from './mask.ts';

export type LogPart =
  /** Its last lines. */
  | { readonly last: number }
  /** From the line of this byte on, at most so many after it. */
  | { readonly from: number; readonly most: number };

/** Of a stage that ran and never printed anything. */
export const emptyLog: LogView = { name: '', size: 0, from: 0, next: 0, text: '' };

/** @param logs absolute folder. @returns null where the stage has no log. */
export function readLog(logs: string, stage: StageAddress, part: LogPart, mask: Mask): LogView | null {
  const folder = join(logs, folderName(stage));
  const name = existsSync(folder) ? readdirSync(folder).toSorted().at(-1) : undefined;
  if (name === undefined) return null;
  const descriptor = openSync(join(folder, name), 'r');
  try {
    const { size } = fstatSync(descriptor);
    const from = 'last' in part ? Math.max(0, size - part.last) : Math.min(part.from, size);
    // The line that it is in, from its beginning: a value of a variable, or what is drawn over the same line, can be on both sides.
    const before = 'last' in part ? Buffer.alloc(0) : beginOfLine(descriptor, from);
    const bytes = readBytes(descriptor, from, Math.min(size - from, 'last' in part ? part.last : part.most));
    // A first line that is not whole is left out; what follows the last line end comes with the next part.
    const begin = 'last' in part && from > 0 ? bytes.indexOf(10) + 1 : 0;
    const end = from + bytes.length < size ? bytes.lastIndexOf(10) + 1 : bytes.length;
    const shown = bytes.subarray(begin, Math.max(begin, end || bytes.length));
    return {
      name: basename(name, '.log'),
      size,
      from: from + begin - before.length,
      next: from + begin + shown.length,
      text: mask.text(plainText(Buffer.concat([before, shown]).toString('utf8'))),
    };
  } finally {
    closeSync(descriptor);
  }
}

const LONGEST_BEGIN = 64 << 10;

/** What the line of a log has before this byte. */
function beginOfLine(descriptor: number, end: number): Buffer {
  const from = Math.max(0, end - LONGEST_BEGIN);
  const bytes = readBytes(descriptor, from, end - from);
  return bytes.subarray(bytes.lastIndexOf(10) + 1);
}

/** Of a line that was drawn again and again the last state. */
function plainText(text: string): string {
  return (
    stripVTControlCharacters(text)
      .replaceAll('\r\n', '\n')
      .replace(/[^\n]*\r(?=[^\n])/g, '')
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
  );
}
