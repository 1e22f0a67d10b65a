// Problems in words: what happened, where (with the line and a caret), and what to do.
import type { Problem } from '../pipeline/problem.ts';
import { painter } from './paint.ts';

/** @param colour whether to use terminal colours. */
export const problemText = (problem: Problem, colour: boolean): string => told('error', problem, colour);

/** The same for what is worth knowing but stops nothing. */
export const warningText = (problem: Problem, colour: boolean): string => told('warning', problem, colour);

function told(severity: 'error' | 'warning', problem: Problem, colour: boolean): string {
  const paint = painter(colour);
  const lines = [
    `${paint(severity === 'error' ? 'red' : 'yellow', severity)}${paint('dim', `[${problem.code}]`)}: ${paint('bold', problem.title)}`,
  ];
  const { place } = problem;
  if (place) {
    const at = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
    lines.push(`  ${paint('cyan', '→')} ${at}`);
    if (place.source !== undefined && place.line !== undefined) {
      const margin = String(place.line).length;
      lines.push(`  ${paint('dim', `${place.line} |`)} ${place.source.replace(/\t/g, ' ')}`);
      if (place.column !== undefined)
        lines.push(
          `  ${' '.repeat(margin)} ${paint('dim', '|')} ${' '.repeat(place.column - 1)}${paint('red', '^')}`,
        );
    }
  }
  const width = Math.max(0, ...(problem.facts ?? []).map(([label]) => label.length));
  for (const [label, value] of problem.facts ?? []) {
    lines.push(
      `  ${paint('dim', label.padEnd(width))}  ${value.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`,
    );
  }
  if (problem.hint) lines.push(`  ${paint('cyan', 'help')}: ${problem.hint}`);
  return lines.join('\n');
}
