// Files that are only ever appended to, one JSON value a line: a line that a crash cut off is left out.

/** @returns undefined for a line that is empty or was cut off. */
export function parseJsonLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** The values of a text, in its order; what they are is for the caller to know. */
export function parseJsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .map(parseJsonLine)
    .filter((value) => value !== undefined);
}
