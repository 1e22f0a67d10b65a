// Adds a line to, or removes it from, a text file of the user's that other lines are in: `.gitignore`, `.gitattributes`.
import { appendFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { errno } from '../base/problem.ts';
import { replaceFile } from './replace-file.ts';
import { keyText } from './stat-key.ts';
import { naming } from './system-problem.ts';

interface KnownLines {
  /** Of the file in which the lines were found. */
  readonly key: string | undefined;
  readonly lines: Set<string>;
  readonly endsOpen: boolean;
}

/** Adds many lines to files, and reads a file again only where another program changed it. */
export class LineAppender {
  readonly #known = new Map<string, KnownLines>();

  /** @param file absolute; made where it does not exist. @returns false where it has the line already. */
  append(file: string, line: string): boolean {
    const known = this.#linesOf(file);
    if (known.lines.has(line)) return false;
    naming(file, () => appendFileSync(file, `${known.endsOpen ? '\n' : ''}${line}\n`));
    this.#known.set(file, { key: keyOf(file), lines: known.lines.add(line), endsOpen: false });
    return true;
  }

  #linesOf(file: string): KnownLines {
    const key = keyOf(file);
    const known = this.#known.get(file);
    if (known && key !== undefined && known.key === key) return known;
    const text = readText(file);
    return { key, lines: new Set(text.split('\n')), endsOpen: text !== '' && !text.endsWith('\n') };
  }
}

/** @param file absolute; made where it does not exist. @returns false where it has the line already. */
export const appendLine = (file: string, line: string): boolean => new LineAppender().append(file, line);

function keyOf(file: string): string | undefined {
  const stats = naming(file, () => statSync(file, { bigint: true, throwIfNoEntry: false }));
  return stats && keyText(stats);
}

/** A file that has no line then is removed. @param file absolute. @returns false where it does not have the line. */
export function removeLine(file: string, line: string): boolean {
  const lines = readText(file).split(/(?<=\n)/);
  const kept = lines.filter((one) => one.trim() !== line.trim());
  if (kept.length === lines.length) return false;
  if (kept.join('') === '') rmSync(file);
  else replaceFile(file, kept.join(''));
  return true;
}

function readText(file: string): string {
  try {
    return naming(file, () => readFileSync(file, 'utf8'));
  } catch (error) {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  }
}
