// Flow collections on one line: `[a, {b: c}]`.
import type { Scalar, Value } from '../../base/value.ts';
import { readPlainScalar } from '../read-scalar.ts';
import { leaveToFullReader } from './full-reader.ts';
import { isPlain, isQuote, isSimpleKey, quoteEnd, unquote } from './scalar.ts';

const MAX_DEPTH = 50;

/** The flow collection between two offsets. */
export function readFlow(text: string, from: number, to: number): Value {
  const reader = new FlowReader(text, from, to);
  const value = reader.value(0);
  return reader.atEnd() ? value : leaveToFullReader();
}

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
    if (depth > MAX_DEPTH) leaveToFullReader();
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
      if (this.#text[this.#at] === ':') leaveToFullReader();
      if (!this.#take(',') && this.#text[this.#at] !== ']') leaveToFullReader();
    }
    return items;
  }

  #mapping(depth: number): Value {
    const map = new Map<Scalar, Value>();
    this.#at += 1;
    while (!this.#take('}')) {
      this.#space();
      const key = this.#scalar();
      if (!isSimpleKey(key) || map.has(key)) leaveToFullReader();
      if (this.#text[this.#at] !== ':' || this.#text[this.#at + 1] !== ' ') leaveToFullReader();
      this.#at += 1;
      this.#space();
      if (this.#text[this.#at] === ',' || this.#text[this.#at] === '}') leaveToFullReader();
      map.set(key, this.value(depth + 1));
      this.#space();
      if (!this.#take(',') && this.#text[this.#at] !== '}') leaveToFullReader();
    }
    return map;
  }

  #scalar(): Scalar {
    const start = this.#at;
    if (isQuote(this.#text[start])) {
      this.#at = quoteEnd(this.#text, start, this.#to);
      return unquote(this.#text.slice(start, this.#at));
    }
    while (this.#at < this.#to && !'[]{},:'.includes(this.#text[this.#at]!)) this.#at += 1;
    let end = this.#at;
    // Only these are blanks in YAML; other spaces of Unicode are part of the text.
    while (end > start && this.#text[end - 1] === ' ') end -= 1;
    const text = this.#text.slice(start, end);
    if (!isPlain(text) || /["'#&*!|>%@`]/.test(text)) leaveToFullReader();
    return readPlainScalar(text);
  }

  #space(): void {
    while (this.#at < this.#to && this.#text[this.#at] === ' ') this.#at += 1;
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#at >= this.#to) leaveToFullReader();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }
}
