// Adds a line to, or removes it from, a text file of the user's that other lines are in: `.gitignore`, `.gitattributes`.
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { errno } from '../base/problem.ts';
import { replaceFile } from './replace-file.ts';
import { naming } from './system-problem.ts';

/** @param file absolute; made where it does not exist. @returns false where it has the line already. */
export function appendLine(file: string, line: string): boolean {
  const text = readText(file);
  if (text.split('\n').includes(line)) return false;
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  naming(file, () => appendFileSync(file, `${separator}${line}\n`));
  return true;
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
