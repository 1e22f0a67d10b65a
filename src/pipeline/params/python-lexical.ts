// Brackets, strings and comments of a Python text, without its grammar: to locate errors after which no parser can continue
// (unclosed and mismatched brackets and strings), and to remove strings and comments from the code.

export interface PythonFault {
  readonly offset: number;
  /** Follows `not valid Python: `. */
  readonly title: string;
}

/** The limit of Python's own tokenizer. */
export const MOST_NESTED = 200;

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
/** Comments, the starts of strings, brackets. */
const TOKEN = /#[^\n]*|[A-Za-z]{0,2}(?:"""|'''|"|')|[()[\]{}]/g;

export function lexicalFault(text: string): PythonFault | undefined {
  const open: { readonly bracket: string; readonly offset: number }[] = [];
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    const [found] = token;
    const offset = token.index;
    if (found.startsWith('#')) continue;
    const fence = /["']+$/.exec(found)?.[0];
    if (fence !== undefined) {
      const end = stringEnd(text, TOKEN.lastIndex, fence);
      if (end === undefined) return { offset, title: 'this string is never closed' };
      TOKEN.lastIndex = end;
    } else if (found in CLOSING) {
      open.push({ bracket: found, offset });
      if (open.length > MOST_NESTED) return { offset, title: `more than ${MOST_NESTED} nested brackets` };
    } else {
      const last = open.pop();
      if (!last) return { offset, title: `'${found}' closes no bracket` };
      if (CLOSING[last.bracket] !== found)
        return { offset, title: `'${found}' does not close the '${last.bracket}' before it` };
    }
  }
  const unclosed = open.at(-1);
  return unclosed && { offset: unclosed.offset, title: `'${unclosed.bracket}' is never closed` };
}

/** The text with every string empty and without comments. */
export function pythonCode(text: string): string {
  let code = '';
  let at = 0;
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    const fence = /["']+$/.exec(token[0])?.[0];
    if (fence === undefined && !token[0].startsWith('#')) continue;
    if (fence !== undefined)
      TOKEN.lastIndex = stringEnd(text, TOKEN.lastIndex, fence) ?? lineEnd(text, TOKEN.lastIndex);
    code += text.slice(at, token.index) + (fence === undefined ? '' : '""');
    at = TOKEN.lastIndex;
  }
  return code + text.slice(at);
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** After the closing quotes. In a raw string a backslash keeps a quote from closing it, too. */
export function stringEnd(text: string, from: number, fence: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text.startsWith(fence, at)) return at + fence.length;
    else if (text[at] === '\n' && fence.length === 1) return undefined;
  }
  return undefined;
}
