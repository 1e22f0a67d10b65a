// Adds a line to a text file of the user's that other lines are in: `.gitignore`, `.gitattributes`.
import { appendFileSync, readFileSync } from 'node:fs';
import { errno } from '../base/problem.ts';
import { naming } from './system-problem.ts';

/** @param file absolute; made where it does not exist. @returns false where it has the line already. */
export function appendLine(file: string, line: string): boolean {
  const text = readText(file);
  if (text.split('\n').includes(line)) return false;
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  naming(file, () => appendFileSync(file, `${separator}${line}\n`));
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
