// Texts that are read in place of parameter files: of an experiment, whose values are not in the files of the workspace.

/** By absolute path. */
export type TextsInPlace = ReadonlyMap<string, string>;

let current: TextsInPlace | undefined;

/** @param work ends before it returns: it is not asynchronous. */
export function readingTexts<T>(texts: TextsInPlace, work: () => T): T {
  const before = current;
  current = texts;
  try {
    return work();
  } finally {
    current = before;
  }
}

export const textInPlace = (path: string): string | undefined => current?.get(path);
