// The grammar of `${…}`: finds the templates in a text and parses their names. Looks up nothing.

/** A fault of a template. */
export interface TemplateFault {
  readonly code: 'template-syntax' | 'unknown-name' | 'template-type';
  readonly title: string;
  /** The name that was not found, and the names that exist in its place. */
  readonly missing?: { readonly name: string; readonly known: readonly string[] };
  /** The template. */
  readonly text: string;
}

/** A template in a text. */
export interface Expression extends ParsedName {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The words of a name, or its fault. */
interface ParsedName {
  readonly path: readonly string[];
  readonly fault?: TemplateFault;
}

/** The members of a group have the same templates. Bounded, since there can be many texts. */
const parsedTexts = new Map<string, readonly Expression[]>();
const MAX_PARSED_TEXTS = 1000;
const LONG_TEXT = 2000;
/** The last long text: it is parsed several times in a row. */
let long: { readonly text: string; readonly expressions: readonly Expression[] } | undefined;

/** Every template in a text, from left to right. */
export function expressionsOf(text: string): readonly Expression[] {
  if (text.length >= LONG_TEXT) {
    if (long?.text !== text) long = { text, expressions: findExpressions(text) };
    return long.expressions;
  }
  const known = parsedTexts.get(text);
  if (known) return known;
  const expressions = findExpressions(text);
  if (parsedTexts.size < MAX_PARSED_TEXTS) parsedTexts.set(text, expressions);
  return expressions;
}

/**
 * Every `${…}`, from left to right: up to the first `}` on the same line. A backslash before it makes it literal.
 * No regular expression, as that takes quadratic time for a text of many `${`.
 */
function findExpressions(text: string): Expression[] {
  const expressions: Expression[] = [];
  let lineEnd = -1;
  let brace = -1;
  for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', start)) {
    if (text[start - 1] === '\\') {
      start += 2;
      continue;
    }
    if (lineEnd < start) lineEnd = indexOrEnd(text, '\n', start);
    if (brace < start) brace = indexOrEnd(text, '}', start);
    if (brace < lineEnd) {
      const inner = text.slice(start + 2, brace);
      expressions.push({ start, end: brace + 1, text: inner, ...parseExpression(inner) });
      start = brace + 1;
    } else start = lineEnd;
  }
  return expressions;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index < 0 ? text.length : index;
}

/** Whether a text contains a template. */
export const hasTemplate = (text: string): boolean => expressionsOf(text).length > 0;

/** The text is one `${…}` and nothing else. */
export function isExactTemplate(text: string): boolean {
  const expressions = expressionsOf(text);
  return expressions.length === 1 && expressions[0]!.start === 0 && expressions[0]!.end === text.length;
}

/** Syntax errors of the templates in a string, without looking anything up. */
export function templateFaults(text: string): TemplateFault[] {
  return expressionsOf(text).flatMap(({ fault }) => (fault ? [fault] : []));
}

/** `a.b`, `a[b]`: words without `.`, `[` and `]`. */
function parseExpression(text: string): ParsedName {
  const wrong = (title: string): ParsedName => ({
    path: [],
    fault: { code: 'template-syntax', title, text: `\${${text}}` },
  });
  const word = /[^.[\]]+/y;
  const step = /\s*(?:\.([^.[\]]+)|\[([^.[\]]+)\s*\])/y;
  const first = word.exec(text);
  if (!first)
    return wrong(text === '' ? 'a name is missing in ${}' : `a name is missing at the start of \${${text}}`);
  const path = [first[0].trim()];
  let at = word.lastIndex;
  while (at < text.length) {
    step.lastIndex = at;
    const match = step.exec(text);
    if (!match) {
      if (text.slice(at).trim() === '') break;
      const rest = text.slice(at).trimStart();
      const title = rest.startsWith('[')
        ? `\`[\` without a name and \`]\` after it in \${${text}}`
        : `unexpected ${JSON.stringify(rest.charAt(0))} in \${${text}}`;
      return wrong(title);
    }
    path.push((match[1] ?? match[2])!.trim());
    at = step.lastIndex;
  }
  return { path };
}
