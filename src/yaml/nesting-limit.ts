// Refuses files that are nested far too deeply: the parser recurses, and would use all memory before it fails.
import { loadPackage } from '../base/load-package.ts';
import { PipeError, type Place } from '../base/problem.ts';

const DEEPEST = 500;
const DENSE_ITEMS = new RegExp(`(?:[-?:][ \\t]+){${DEEPEST}}`);

/** @throws PipeError for a text with more than 500 nested collections. */
export function refuseDeepNesting(source: string, placeOf: (offset: number) => Place): void {
  const items = DENSE_ITEMS.exec(source);
  const offset = items ? items.index : mayBeDeep(source) ? deepOffset(source) : undefined;
  if (offset === undefined) return;
  throw new PipeError({
    code: 'yaml-too-large',
    title: `nested more than ${DEEPEST} levels deep`,
    place: placeOf(offset),
  });
}

/** A cheap test that can be wrong: it counts brackets in strings, too. */
function mayBeDeep(source: string): boolean {
  let depth = 0;
  for (let at = 0; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code === OPEN_LIST || code === OPEN_MAP) depth += 1;
    else if (code === CLOSE_LIST || code === CLOSE_MAP) depth = Math.max(0, depth - 1);
    if (depth > DEEPEST) return true;
  }
  return false;
}

const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/** Where the lexer, which does not recurse, reaches the limit; undefined if it does not. */
function deepOffset(source: string): number | undefined {
  const { Lexer } = loadPackage('yaml');
  let depth = 0;
  let offset = 0;
  for (const token of new Lexer().lex(source)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > DEEPEST) return offset;
    offset += token.length;
  }
  return undefined;
}
