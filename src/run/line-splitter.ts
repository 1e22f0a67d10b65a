// Cuts a stream of bytes into lines with bounded memory: a line that never ends is cut where it gets too long.

const LONGEST = 16 * 1024;

export interface LineSplitter {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => void;
}

/** @param onLine gets each line without its end; `\r` counts as an end too, so that progress bars become lines. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) onLine(line.slice(0, LONGEST));
    if (rest.length > LONGEST) {
      onLine(rest.slice(0, LONGEST));
      rest = '';
    }
  };
  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end: () => {
      take(decoder.decode());
      if (rest !== '') onLine(rest.replace(/\r$/, ''));
      rest = '';
    },
  };
}
