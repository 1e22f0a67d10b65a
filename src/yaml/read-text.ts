// Decodes files as UTF-8 and refuses invalid bytes: all of them would be decoded to the same replacement character, so a
// change from one to another would not be noticed.
import { isUtf8 } from 'node:buffer';
import type { ProblemCode } from '../base/problem-codes.ts';
import { PipeError } from '../base/problem.ts';
import { placer } from './text-place.ts';

/**
 * @param file its name in messages.
 * @returns the text with `\n` at the end of every line, as Python's text files are read.
 * @throws PipeError for bytes that are not UTF-8.
 */
export function readText(bytes: Buffer, file: string, code: ProblemCode): string {
  return withNewlines(decode(bytes, file, code));
}

/** The text with `\n` at the end of every line. */
export const withNewlines = (text: string): string =>
  text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;

/** As `readText`, with line ends unchanged. */
export function decode(bytes: Buffer, file: string, code: ProblemCode): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const at = invalidByte(bytes);
  const before = withNewlines(bytes.toString('utf8', 0, at));
  const { line = 1, column = 1 } = placer(before, file)(before.length);
  const wide = /^(?:\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2));
  throw new PipeError({
    code,
    title: wide
      ? 'not UTF-8 text: the file looks like UTF-16'
      : `not UTF-8 text: byte 0x${bytes[at]!.toString(16).padStart(2, '0')} at offset ${at}`,
    hint: 'save the file as UTF-8',
    place: { file, line, column },
  });
}

/** The first byte that belongs to no character. */
function invalidByte(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  // A part of the file is valid up to a character that its end cuts off.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isUtf8(bytes.subarray(0, wholeCharacters(bytes, middle)))) low = middle;
    else high = middle - 1;
  }
  return wholeCharacters(bytes, low);
}

/** `end`, or the start of the last character before it if that is not complete at `end`. */
function wholeCharacters(bytes: Buffer, end: number): number {
  for (let start = end - 1; start >= 0 && start > end - 4; start -= 1) {
    const byte = bytes[start]!;
    if (byte < 0x80) return end;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return start + length > end ? start : end;
  }
  return end;
}
