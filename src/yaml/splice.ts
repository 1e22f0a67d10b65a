// Edits of a text by ranges. Text outside of the ranges is not changed.

export interface Edit {
  readonly start: number;
  /** Equal to `start` for an insertion. */
  readonly end: number;
  readonly text: string;
}

/** @param edits that do not overlap. */
export function splice(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
