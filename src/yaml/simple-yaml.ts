// Reads the plain part of YAML that nearly all pipeline and parameter files keep to, many times as fast as the full
// reader: block mappings and lists, scalars and flow collections on one line. Anything else is left to yaml-source.ts;
// a test holds that both read the same.
import type { Scalar, Value } from '../base/value.ts';
import { readPlainScalar } from './yaml-scalar.ts';

export interface SimpleYaml {
  readonly value: Value;
  /** Where the key at the end of a path of one or two keys stands. */
  keyOffset(path: readonly (Scalar | number)[]): number | undefined;
}

/** A line that is neither blank nor a comment; `from` moves on as the dashes of list items are taken off. */
interface Line {
  from: number;
  readonly start: number;
  readonly end: number;
}

class NeedsFullReader extends Error {}

const giveUp = (): never => {
  throw new NeedsFullReader();
};

/** @returns undefined when the text is not as simple as that, be it valid or not. */
export function readSimpleYaml(text: string): SimpleYaml | undefined {
  // Tabs, carriage returns and other control characters have rules of their own.
  if (/[^\P{Cc}\n]|[\p{Zl}\p{Zp}\p{Cs}\uFEFF]/u.test(text)) return undefined;
  try {
    return new SimpleReader(text).read();
  } catch (error) {
    if (error instanceof NeedsFullReader) return undefined;
    throw error;
  }
}

const MAX_DEPTH = 50;
/** Characters that begin something other than a plain scalar. */
const INDICATORS = new Set('[]{},#&*!|>\'"%@`?-:=<~');

class SimpleReader {
  readonly #text: string;
  readonly #lines: Line[];
  #next = 0;
  /** Keys of the top mapping, and of the mappings in it, by key of the top. */
  readonly #top = new Map<Scalar, number>();
  readonly #second = new Map<Scalar, Map<Scalar, number>>();

  constructor(text: string) {
    this.#text = text;
    this.#lines = linesOf(text);
  }

  read(): SimpleYaml {
    const first = this.#lines[0];
    const value = first ? this.#block(this.#column(first), 0, this.#top) : null;
    if (this.#next < this.#lines.length) giveUp();
    return {
      value,
      keyOffset: (path) =>
        path.length === 1
          ? this.#top.get(path[0]!)
          : path.length === 2
            ? this.#second.get(path[0]!)?.get(path[1]!)
            : undefined,
    };
  }

  #column({ from, start }: Line): number {
    return from - start;
  }

  /** The mapping, list or scalar whose lines begin at a column. */
  #block(column: number, depth: number, keys?: Map<Scalar, number>): Value {
    if (depth > MAX_DEPTH) giveUp();
    const line = this.#lines[this.#next]!;
    if (this.#isItem(line)) return this.#list(column, depth);
    return this.#colon(line) < 0 ? this.#lone(line, column) : this.#mapping(column, depth, keys);
  }

  #isItem({ from, end }: Line): boolean {
    return this.#text[from] === '-' && (from + 1 === end || this.#text[from + 1] === ' ');
  }

  /** A scalar or flow collection that stands alone where a block could. */
  #lone(line: Line, column: number): Value {
    this.#next += 1;
    this.#refuseContinuation(column - 1);
    return this.#inline(line.from, line.end);
  }

  #list(column: number, depth: number): readonly Value[] {
    const items: Value[] = [];
    for (
      let line = this.#lines[this.#next];
      line && this.#column(line) === column && this.#isItem(line);
      line = this.#lines[this.#next]
    ) {
      let from = line.from + 1;
      while (this.#text[from] === ' ') from += 1;
      if (from >= line.end) {
        this.#next += 1;
        items.push(this.#nested(column, depth, false));
        continue;
      }
      line.from = from;
      items.push(this.#block(this.#column(line), depth + 1));
    }
    this.#refuseContinuation(column);
    return items;
  }

  #mapping(column: number, depth: number, keys?: Map<Scalar, number>): ReadonlyMap<Scalar, Value> {
    const map = new Map<Scalar, Value>();
    for (
      let line = this.#lines[this.#next];
      line && this.#column(line) === column && !this.#isItem(line);
      line = this.#lines[this.#next]
    ) {
      const colon = this.#colon(line);
      if (colon < 0) giveUp();
      const key = this.#key(line.from, colon);
      if (map.has(key)) giveUp();
      keys?.set(key, line.from);
      let from = colon + 1;
      while (this.#text[from] === ' ') from += 1;
      this.#next += 1;
      if (from < line.end) {
        map.set(key, this.#inline(from, line.end));
        this.#refuseContinuation(column);
      } else {
        let inner: Map<Scalar, number> | undefined;
        if (keys === this.#top) this.#second.set(key, (inner = new Map()));
        map.set(key, this.#nested(column, depth, true, inner));
      }
    }
    this.#refuseContinuation(column);
    return map;
  }

  /** What stands on the lines after `key:` or `-`: nothing when they are not deeper. */
  #nested(column: number, depth: number, inMapping: boolean, keys?: Map<Scalar, number>): Value {
    const line = this.#lines[this.#next];
    if (!line) return null;
    const deeper = this.#column(line);
    // The items of a list may stand right below its key.
    if (deeper > column || (inMapping && deeper === column && this.#isItem(line)))
      return this.#block(deeper, depth + 1, keys);
    return null;
  }

  /** A deeper line goes on with a value that began before, or is wrong. */
  #refuseContinuation(column: number): void {
    const line = this.#lines[this.#next];
    if (line && this.#column(line) > column) giveUp();
  }

  /** Where the colon after a plain or quoted key stands; -1 without one. */
  #colon({ from, end }: Line): number {
    const text = this.#text.slice(from, end);
    const quote = text[0];
    if (quote === '[' || quote === '{') return -1;
    if (quote === '"' || quote === "'") {
      const after = quoteEnd(this.#text, from, end) - from;
      return text[after] === ':' && (after + 1 === text.length || text[after + 1] === ' ')
        ? from + after
        : -1;
    }
    const colon = text.indexOf(': ');
    if (colon >= 0) return from + colon;
    return text.endsWith(':') ? end - 1 : -1;
  }

  #key(from: number, to: number): Scalar {
    const key = this.#scalar(from, to);
    // Keys that Python takes for equal, merge keys, and those that are no text have rules of their own.
    return typeof key === 'string' && key !== '<<' ? key : giveUp();
  }

  /** A scalar or flow collection between two offsets, and nothing else. */
  #inline(from: number, to: number): Value {
    const first = this.#text[from];
    if (first !== '[' && first !== '{') return this.#scalar(from, to);
    const flow = new FlowReader(this.#text, from, to);
    const value = flow.value(0);
    return flow.atEnd() ? value : giveUp();
  }

  #scalar(from: number, to: number): Scalar {
    const quote = this.#text[from];
    if (quote === '"' || quote === "'")
      return quoteEnd(this.#text, from, to) === to ? unquote(this.#text.slice(from, to)) : giveUp();
    const text = this.#text.slice(from, to);
    if (!isPlain(text) || text.includes(': ') || text.endsWith(':') || text.endsWith(' ')) giveUp();
    return readPlainScalar(text);
  }
}

/** Something that starts like an indicator may still be plain (`-1`, `:x`, `~`); numbers are common, the rest is rare. */
function isPlain(text: string): boolean {
  const [first, second] = text;
  return (
    first !== undefined &&
    (!INDICATORS.has(first) || (first === '-' && second !== undefined && second !== ' ' && second !== '-'))
  );
}

/** After the closing quote. Escapes are left to the full reader. */
function quoteEnd(text: string, from: number, to: number): number {
  const quote = text[from]!;
  for (let at = text.indexOf(quote, from + 1); at >= 0 && at < to; at = text.indexOf(quote, at + 2)) {
    if (quote === "'" && text[at + 1] === "'") continue;
    if (quote === '"' && text.slice(from, at).includes('\\')) giveUp();
    return at + 1;
  }
  return giveUp();
}

const unquote = (text: string): string =>
  text[0] === "'" ? text.slice(1, -1).replaceAll("''", "'") : text.slice(1, -1);

/** `[a, {b: c}]` on one line. */
class FlowReader {
  readonly #text: string;
  readonly #to: number;
  #at: number;

  constructor(text: string, from: number, to: number) {
    this.#text = text;
    this.#at = from;
    this.#to = to;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at === this.#to;
  }

  value(depth: number): Value {
    if (depth > MAX_DEPTH) giveUp();
    this.#space();
    const char = this.#text[this.#at];
    if (char === '[') return this.#list(depth);
    return char === '{' ? this.#mapping(depth) : this.#scalar();
  }

  #list(depth: number): readonly Value[] {
    const items: Value[] = [];
    this.#at += 1;
    while (!this.#take(']')) {
      items.push(this.value(depth + 1));
      this.#space();
      // `[a: b]` is a mapping in a list.
      if (this.#text[this.#at] === ':') giveUp();
      if (!this.#take(',') && this.#text[this.#at] !== ']') giveUp();
    }
    return items;
  }

  #mapping(depth: number): Value {
    const map = new Map<Scalar, Value>();
    this.#at += 1;
    while (!this.#take('}')) {
      this.#space();
      const key = this.#scalar();
      if (typeof key !== 'string' || key === '<<' || map.has(key)) giveUp();
      if (this.#text[this.#at] !== ':' || this.#text[this.#at + 1] !== ' ') giveUp();
      this.#at += 1;
      this.#space();
      if (this.#text[this.#at] === ',' || this.#text[this.#at] === '}') giveUp();
      map.set(key, this.value(depth + 1));
      this.#space();
      if (!this.#take(',') && this.#text[this.#at] !== '}') giveUp();
    }
    return map;
  }

  #scalar(): Scalar {
    const start = this.#at;
    const quote = this.#text[start];
    if (quote === '"' || quote === "'") {
      this.#at = quoteEnd(this.#text, start, this.#to);
      return unquote(this.#text.slice(start, this.#at));
    }
    while (this.#at < this.#to && !'[]{},:'.includes(this.#text[this.#at]!)) this.#at += 1;
    let end = this.#at;
    // Only these are blanks in YAML; other spaces of Unicode are part of the text.
    while (end > start && this.#text[end - 1] === ' ') end -= 1;
    const text = this.#text.slice(start, end);
    if (!isPlain(text) || /["'#&*!|>%@`]/.test(text)) giveUp();
    return readPlainScalar(text);
  }

  #space(): void {
    while (this.#at < this.#to && this.#text[this.#at] === ' ') this.#at += 1;
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#at >= this.#to) giveUp();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }
}

/** Blank lines and whole-line comments left out, comments at the end of a line cut off. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const stop = newline < 0 ? text.length : newline;
    let from = start;
    while (text[from] === ' ') from += 1;
    if (from < stop && text[from] !== '#') {
      const end = contentEnd(text, from, stop);
      // Document marks and directives.
      if (
        from === start &&
        (text.startsWith('---', from) || text.startsWith('...', from) || text[from] === '%')
      )
        giveUp();
      lines.push({ from, start, end });
    }
    start = stop + 1;
  }
  return lines;
}

function contentEnd(text: string, from: number, stop: number): number {
  // Searched for in the line alone: the next one may be far.
  const hash = text.slice(from, stop).indexOf(' #');
  let end = stop;
  if (hash >= 0) {
    // It may stand inside of quotes.
    if (/["']/.test(text.slice(from, from + hash))) giveUp();
    end = from + hash;
  }
  while (text[end - 1] === ' ') end -= 1;
  return end;
}
