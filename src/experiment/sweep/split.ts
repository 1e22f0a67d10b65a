// Splits values at commas that are not inside of quotes or brackets.
import { sweepProblem } from './sweep-problem.ts';

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')' };

/** @param text of the whole setting, for messages. @returns at least one value. @throws PipeError for open quotes or brackets. */
export function splitTexts(values: string, text: string): readonly string[] {
  const parts: string[] = [];
  const open: string[] = [];
  let quote: string | undefined;
  let start = 0;
  for (let at = 0; at < values.length; at += 1) {
    const char = values[at]!;
    if (quote !== undefined) {
      if (char === '\\' && quote === '"') at += 1;
      else if (char === quote) quote = undefined;
    } else if ((char === '"' || char === "'") && startsValue(values, at)) quote = char;
    else if (char in CLOSING) open.push(CLOSING[char]!);
    else if (char === open.at(-1)) open.pop();
    else if (char === ',' && open.length === 0) {
      parts.push(values.slice(start, at).trim());
      start = at + 1;
    }
  }
  if (quote !== undefined || open.length > 0)
    throw sweepProblem(text, quote === undefined ? 'a bracket is not closed' : 'a quote is not closed');
  parts.push(values.slice(start).trim());
  if (parts.length > 1 && parts.includes('')) throw sweepProblem(text, 'a value is empty');
  return parts;
}

/** An apostrophe inside of a word is none. */
const startsValue = (values: string, at: number): boolean => /(?:^|[[{(,:])\s*$/.test(values.slice(0, at));
