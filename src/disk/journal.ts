// Files that are only appended to, one JSON value a line. A line that a crash cut off is left out when the file is read.
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { crashPoint } from './crash-point.ts';
import { APPEND_NO_LINK } from './real-folder.ts';
import { replaceFile } from './replace-file.ts';

export interface JournalOptions {
  /** What it is called in the names of crash points. */
  readonly name: string;
  /** Ends every line that is appended, for programs that read the file line by line. */
  readonly endLines?: boolean;
}

/** Every method throws the error of the system, for a symbolic link in place of the file too. */
export interface Journal {
  append(values: readonly unknown[]): void;
  /** Begins a new file with this value. */
  start(value: unknown): void;
  /** Replaces all values; removes the file where there are none. */
  rewrite(values: readonly unknown[]): void;
  /** Removes the file, if it exists. */
  remove(): void;
}

/** @param file absolute path; its folder is made when something is appended. */
export function openJournal(file: string, { name, endLines = false }: JournalOptions): Journal {
  let hasFolder = false;

  function write(text: string): void {
    if (!hasFolder) mkdirSync(dirname(file), { recursive: true });
    hasFolder = true;
    crashPoint(`append to ${name}`);
    appendFileSync(file, text, { flag: APPEND_NO_LINK });
  }

  function remove(): void {
    crashPoint(`remove ${name}`);
    rmSync(file, { force: true });
  }

  return {
    append: (values) => write(linesOf(values) + (endLines ? '\n' : '')),
    start(value) {
      remove();
      write(JSON.stringify(value));
    },
    rewrite(values) {
      if (values.length > 0) replaceFile(file, linesOf(values), { temporary: `${file}.new` });
      else remove();
    },
    remove,
  };
}

/** The line end comes first, so that a line which a crash cut off damages only itself. */
function linesOf(values: readonly unknown[]): string {
  return values.map((value) => `\n${JSON.stringify(value)}`).join('');
}

/** The values in the text of a journal, in its order. Their types are not checked. */
export function parseJournal(text: string): unknown[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return []; // empty, or cut off
    }
  });
}
