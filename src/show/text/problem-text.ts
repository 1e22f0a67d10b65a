// Problems in words: what happened, where (with the line and a caret), and what to do.
import { secretInGitUrl } from '../../base/git-url-secrets.ts';
import { withoutText, type Place, type Problem } from '../../base/problem.ts';
import { painter } from './paint.ts';
import { spelledLines, spelledOut } from './spell-out.ts';
import { padTo, textWidth } from './text-width.ts';

/** Characters of a source line that are shown. */
const WIDEST = 100;

/** @param colour whether to use terminal colours. */
export const problemText = (problem: Problem, colour: boolean): string => labelled('error', problem, colour);

/** The same for what is worth knowing but stops nothing. */
export const warningText = (problem: Problem, colour: boolean): string =>
  labelled('warning', problem, colour);

function labelled(severity: 'error' | 'warning', problem: Problem, colour: boolean): string {
  const paint = painter(colour);
  const lines = [
    `${paint(severity === 'error' ? 'red' : 'yellow', severity)}${paint('dim', `[${problem.code}]`)}: ${paint('bold', spelledOut(problem.title))}`,
  ];
  const place = shownPlace(problem);
  if (place) {
    const at = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
    lines.push(`  ${paint('cyan', '→')} ${spelledOut(at)}`);
    if (place.source !== undefined && place.line !== undefined) {
      const margin = ' '.repeat(String(place.line).length);
      const { text, caret } = excerpt(place.source, place.column ?? 1);
      lines.push(`  ${paint('dim', `${place.line} |`)} ${text}`);
      if (place.column !== undefined)
        lines.push(`  ${margin} ${paint('dim', '|')} ${' '.repeat(caret)}${paint('red', '^')}`);
    }
  }
  const facts = (problem.facts ?? []).map(
    ([label, value]) => [spelledOut(label), spelledLines(value)] as const,
  );
  const width = Math.max(0, ...facts.map(([label]) => textWidth(label)));
  for (const [label, value] of facts) {
    lines.push(
      `  ${paint('dim', padTo(label, width))}  ${value.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`,
    );
  }
  if (problem.hint) lines.push(`  ${paint('cyan', 'help')}: ${spelledOut(problem.hint)}`);
  return lines.join('\n');
}

/** A line with a secret in it is not shown. */
export const shownPlace = ({ place }: Problem): Place | undefined =>
  place?.source !== undefined && hasSecret(place.source) ? withoutText(place) : place;

/** A URL with a password or token in it, written by hand. */
const hasSecret = (line: string): boolean =>
  [...(line.match(/[a-z][a-z0-9+.-]*:\/\/[^\s'"]*/gi) ?? []), ...line.split(/[\s'"]+/)].some(
    (word) => secretInGitUrl(word) !== undefined,
  );

/** The part of a line around a column that fits a terminal, and the number of columns before the caret. */
function excerpt(source: string, column: number): { readonly text: string; readonly caret: number } {
  const start = column > WIDEST / 2 && source.length > WIDEST ? column - 1 - WIDEST / 2 : 0;
  const before = `${start > 0 ? '…' : ''}${visible(source.slice(start, column - 1))}`;
  const after = visible(source.slice(column - 1, start + WIDEST));
  return { text: before + after + (start + WIDEST < source.length ? '…' : ''), caret: textWidth(before) };
}

/** Tabs as one blank each. */
const visible = (text: string): string => spelledOut(text.replaceAll('\t', ' '));
