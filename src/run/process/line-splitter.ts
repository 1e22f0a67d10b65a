// Cuts a stream of bytes into lines with bounded memory: a line that is too long comes in parts.

const LONGEST = 16 * 1024;

export interface LineSplitter {
  readonly push: (chunk: Buffer) => void;
  /** The stream has ended: the rest is a line too. */
  readonly end: () => void;
}

/**
 * @param onLine gets each line without its end; `\r` counts as an end too, so that progress bars become lines. `more`: only
 * a part of it, the rest follows.
 */
export function splitLines(onLine: (line: string, more: boolean) => void): LineSplitter {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) onLine(inParts(line), false);
    rest = inParts(rest);
  };
  /** @returns the last part. */
  const inParts = (line: string): string => {
    let from = 0;
    // A `\r` at the end may be half of a line end.
    const length = line.endsWith('\r') ? line.length - 1 : line.length;
    while (length - from > LONGEST) {
      const to = from + LONGEST - (isHalfPair(line, from + LONGEST) ? 1 : 0);
      onLine(line.slice(from, to), true);
      from = to;
    }
    return from === 0 ? line : line.slice(from);
  };
  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end: () => {
      take(decoder.decode());
      if (rest !== '') onLine(rest.replace(/\r$/, ''), false);
      rest = '';
    },
  };
}

/** Whether a cut would split the two units of one character. */
const isHalfPair = (text: string, at: number): boolean => text.codePointAt(at - 1)! > 0xffff;
