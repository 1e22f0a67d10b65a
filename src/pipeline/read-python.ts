// Parameters from a Python file: assignments of literals in the module, in classes (a nested mapping) and to `self` in
// `__init__`. Runs nothing; whatever is not a literal is passed over, as in DVC.
import type { Scalar, Value } from './value.ts';

/** One logical line: brackets and continuations joined, comments gone. */
interface Line {
  readonly indent: number;
  readonly text: string;
}

/** @returns undefined when a bracket or a string is never closed. */
export function readPython(text: string): ReadonlyMap<Scalar, Value> | undefined {
  const lines = logicalLines(text);
  return lines && readBlock(lines, 0, lines.length, false);
}

function readBlock(lines: readonly Line[], from: number, to: number, onlySelf: boolean): Map<Scalar, Value> {
  const result = new Map<Scalar, Value>();
  const indent = lines[from]?.indent ?? 0;
  for (let index = from; index < to;) {
    const line = lines[index]!;
    let end = index + 1;
    while (end < to && lines[end]!.indent > indent) end += 1;
    const classed = /^class\s+([^\W\d]\w*)/u.exec(line.text);
    if (classed) result.set(classed[1]!, bodyOf(lines, index, end, false));
    else if (/^def\s+__init__\s*\(/.test(line.text))
      for (const [key, value] of bodyOf(lines, index, end, true)) result.set(key, value);
    else for (const statement of splitOutside(line.text, ';')) assign(result, statement.trim(), onlySelf);
    index = end;
  }
  return result;
}

function bodyOf(lines: readonly Line[], header: number, end: number, onlySelf: boolean): Map<Scalar, Value> {
  if (end > header + 1) return readBlock(lines, header + 1, end, onlySelf);
  // `class A: x = 1` on one line.
  const [, ...rest] = splitOutside(lines[header]!.text, ':');
  return readBlock([{ indent: 0, text: rest.join(':').trim() }], 0, 1, onlySelf);
}

function assign(into: Map<Scalar, Value>, statement: string, onlySelf: boolean): void {
  const match = /^(self\s*\.\s*)?([^\W\d]\w*)\s*(?::[^=]*)?=(?!=)/u.exec(statement);
  if (!match || (onlySelf && !match[1])) return;
  const source = statement.slice(match[0].length);
  const value = new Literal(source).readAll();
  if (value !== undefined) into.set(match[2]!, value);
}

function logicalLines(text: string): Line[] | undefined {
  const lines: Line[] = [];
  let current = '';
  let depth = 0;
  let at = 0;
  const push = (): void => {
    if (current.trim() !== '') lines.push({ indent: indentOf(current), text: current.trim() });
    current = '';
  };
  while (at < text.length) {
    const char = text[at]!;
    if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (char === '"' || char === "'") {
      const end = stringEnd(text, at);
      if (end === undefined) return undefined;
      current += text.slice(at, end);
      at = end;
    } else if (char === '\\' && /^\\\r?\n/.test(text.slice(at, at + 3))) {
      current += ' ';
      at = text.indexOf('\n', at) + 1;
    } else if (char === '\n' && depth <= 0) {
      push();
      at += 1;
    } else {
      if ('([{'.includes(char)) depth += 1;
      if (')]}'.includes(char)) depth -= 1;
      current += char === '\n' || char === '\r' ? ' ' : char;
      at += 1;
    }
  }
  push();
  return depth === 0 ? lines : undefined;
}

function indentOf(line: string): number {
  let indent = 0;
  for (const char of line) {
    if (char === ' ') indent += 1;
    else if (char === '\t') indent += 8 - (indent % 8);
    else break;
  }
  return indent;
}

/** Where the string literal that starts at `at` ends. */
function stringEnd(text: string, at: number): number | undefined {
  const quote = text[at]!;
  const fence = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  let end = at + fence.length;
  while (end < text.length) {
    if (text[end] === '\\') end += 2;
    else if (text.startsWith(fence, end)) return end + fence.length;
    else if (fence.length === 1 && text[end] === '\n') return undefined;
    else end += 1;
  }
  return undefined;
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '"' || char === "'") at = (stringEnd(text, at) ?? text.length) - 1;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
};

/** Reads one literal expression; `undefined` for anything that is none. */
class Literal {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): Value | undefined {
    const value = this.#items(undefined);
    this.#space();
    return this.#at === this.#text.length ? value : undefined;
  }

  /** `a`, or `a, b` as a tuple. */
  #items(close: string | undefined): Value | undefined {
    const first = this.#value();
    if (first === undefined) return undefined;
    const items = [first];
    let tuple = false;
    while (this.#take(',')) {
      tuple = true;
      this.#space();
      if (this.#at === this.#text.length || this.#peek() === close) break;
      const item = this.#value();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return tuple ? items : first;
  }

  #value(): Value | undefined {
    this.#space();
    const char = this.#peek();
    if (char === '(') return this.#parenthesised();
    if (char === '[') return this.#list(']');
    if (char === '{') return this.#braces();
    if (char === '-' || char === '+') return this.#signed(char);
    const word = this.#match(/[A-Za-z_]\w*(?!["'\w])/y);
    if (word !== undefined)
      return word === 'True' ? true : word === 'False' ? false : word === 'None' ? null : undefined;
    return this.#number() ?? this.#strings();
  }

  #signed(sign: string): Value | undefined {
    this.#at += 1;
    const value = this.#value();
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
    return sign === '-' ? -value : value;
  }

  #parenthesised(): Value | undefined {
    this.#at += 1;
    if (this.#take(')')) return [];
    const value = this.#items(')');
    return this.#take(')') ? value : undefined;
  }

  #list(close: string): readonly Value[] | undefined {
    this.#at += 1;
    const items: Value[] = [];
    while (!this.#take(close)) {
      const item = this.#value();
      if (item === undefined) return undefined;
      items.push(item);
      if (this.#take(',')) continue;
      return this.#take(close) ? items : undefined;
    }
    return items;
  }

  #braces(): Value | undefined {
    const start = this.#at;
    this.#at += 1;
    if (this.#take('}')) return new Map();
    this.#value();
    this.#space();
    const mapping = this.#peek() === ':';
    this.#at = start;
    return mapping ? this.#mapping() : this.#list('}');
  }

  #mapping(): Value | undefined {
    this.#at += 1;
    const map = new Map<Scalar, Value>();
    while (!this.#take('}')) {
      const key = this.#value();
      if (key === undefined || (typeof key === 'object' && key !== null) || !this.#take(':'))
        return undefined;
      const value = this.#value();
      if (value === undefined) return undefined;
      map.set(key, value);
      if (this.#take(',')) continue;
      return this.#take('}') ? map : undefined;
    }
    return map;
  }

  #number(): Value | undefined {
    const integer = this.#match(/(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*)(?![\w.])/y);
    if (integer !== undefined) return BigInt(integer.replaceAll('_', ''));
    const float = this.#match(/(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?(?![\w.])/y);
    return float === undefined ? undefined : Number(float.replaceAll('_', ''));
  }

  /** Neighbouring strings are one. */
  #strings(): string | undefined {
    let result: string | undefined;
    for (;;) {
      this.#space();
      const prefix = /[rRuU]?(?=["'])/y;
      prefix.lastIndex = this.#at;
      const match = prefix.exec(this.#text);
      if (!match) return result;
      const start = this.#at + match[0].length;
      const end = stringEnd(this.#text, start) ?? this.#text.length;
      const fence = this.#text.startsWith(this.#text[start]!.repeat(3), start) ? 3 : 1;
      if (end - start < 2 * fence) return undefined;
      const body = this.#text.slice(start + fence, end - fence);
      result = (result ?? '') + (match[0].toLowerCase() === 'r' ? body : unescape(body));
      this.#at = end;
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #space(): void {
    while (/\s/.test(this.#peek() ?? '')) this.#at += 1;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }
}

function unescape(body: string): string {
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x, u, U, octal, char) => {
      const hex: string | undefined = x ?? u ?? U;
      if (hex !== undefined)
        return Number.parseInt(hex, 16) <= 0x10ffff ? String.fromCodePoint(Number.parseInt(hex, 16)) : whole;
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return ESCAPES[char] ?? whole;
    },
  );
}
