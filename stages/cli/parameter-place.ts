// Where a parameter's value comes from, for messages: an argument, or a place in a parameter file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { assignments, FULL } from './parameters.ts';

export interface Origin {
  readonly root: string;
  /** The parameter file, relative to the root. */
  readonly file: string;
  /** The user's arguments for `pipe repro`. */
  readonly words: readonly string[];
}

/** @param index in a list @returns `-S name` or `file:line:column` */
export function placeOf({ root, file, words }: Origin, name: string, index: readonly number[]): string {
  if (assignments(words).some((assigned) => assigned.name === name)) return `-S ${name}`;
  for (const candidate of new Set([file, FULL])) {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(join(root, candidate), 'utf8'), { lineCounter: lines });
    const node = document.getIn([...name.split('.'), ...index], true);
    if (!isNode(node) || node.range === undefined || node.range === null) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return `${candidate}:${line}:${col}`;
  }
  return file;
}
