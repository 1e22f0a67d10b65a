// The fast reader. It reads the part of YAML that nearly all pipeline and parameter files keep to, many times as fast as
// the full reader (yaml-source.ts): block mappings and lists, scalars and flow collections on one line, plain block
// scalars. It leaves every other text to the full reader; a test compares what both read.
import type { Scalar, Value, ValuePath } from '../base/value.ts';
import { lineStart } from './lines.ts';
import { isBlockScalar, readBlockScalar } from './simple/block-scalar.ts';
import { readFlow } from './simple/flow.ts';
import { leaveToFullReader, unlessLeft } from './simple/full-reader.ts';
import { afterSpaces, Lines, lineStop, type Line } from './simple/lines.ts';
import { isQuote, isSimpleKey, quoteEnd, readScalar } from './simple/scalar.ts';

export interface SimpleYaml {
  readonly value: Value;
  /** The offset of the key at the end of a path of one or two keys. */
  keyOffset(path: ValuePath): number | undefined;
  /** The lines of the entry at the end of a path of one or two keys, or of a key and an index: they can be read alone. */
  block(path: ValuePath): Block | undefined;
}

/** Whole lines of a text; those after it that are blank or comments can be part of it. */
export interface Block {
  readonly start: number;
  readonly end: number;
}

/** @returns undefined for a text that needs the full reader, valid or not. */
export function readSimpleYaml(text: string): SimpleYaml | undefined {
  // Tabs, carriage returns and other control characters have rules of their own.
  if (/[^\P{Cc}\n]|[\p{Zl}\p{Zp}\p{Cs}\uFEFF]/u.test(text)) return undefined;
  return unlessLeft(() => new SimpleReader(text).read());
}

const MAX_DEPTH = 50;

/** By key, or by index of a list. */
type Offsets = Map<Scalar | number, number>;

class SimpleReader {
  readonly #text: string;
  readonly #lines: Lines;
  /** Offsets of the keys of the top mapping, and of the keys and dashes of what is in it, by key of the top. */
  readonly #top: Offsets = new Map();
  readonly #second = new Map<Scalar, Offsets>();

  constructor(text: string) {
    this.#text = text;
    this.#lines = new Lines(text);
  }

  read(): SimpleYaml {
    const first = this.#lines.current;
    const value = first ? this.#block(columnOf(first), 0, this.#top) : null;
    if (this.#lines.current) leaveToFullReader();
    return {
      value,
      keyOffset: (path) => (typeof path.at(-1) === 'string' ? this.#offset(path) : undefined),
      block: (path) => this.#blockAt(path),
    };
  }

  #offset([top, second, ...deeper]: ValuePath): number | undefined {
    if (top === undefined || deeper.length > 0) return undefined;
    return second === undefined ? this.#top.get(top) : this.#second.get(top)?.get(second);
  }

  #blockAt(path: ValuePath): Block | undefined {
    const at = this.#offset(path);
    if (at === undefined) return undefined;
    const text = this.#text;
    const start = lineStart(text, at);
    const column = at - start;
    const isKey = typeof path.at(-1) === 'string';
    let end = lineStop(text, at) + 1;
    while (end < text.length) {
      const from = afterSpaces(text, end);
      const stop = lineStop(text, end);
      const hasContent = from < stop && text[from] !== '#';
      // The items of a list can begin at the column of its key.
      const isInside = from - end > column || (isKey && from - end === column && isItem(text, from, stop));
      if (hasContent && !isInside) break;
      end = stop + 1;
    }
    return { start, end: Math.min(end, text.length) };
  }

  /** The mapping, list or scalar whose lines begin at a column. */
  #block(column: number, depth: number, keys?: Offsets): Value {
    if (depth > MAX_DEPTH) leaveToFullReader();
    const line = this.#lines.current!;
    if (this.#isItem(line)) return this.#list(column, depth, keys === this.#top ? undefined : keys);
    return this.#colon(line) < 0 ? this.#lone(line, column) : this.#mapping(column, depth, keys);
  }

  #isItem({ from, end }: Line): boolean {
    return isItem(this.#text, from, end);
  }

  /** A scalar or flow collection where a mapping or list is possible. */
  #lone({ from, end }: Line, column: number): Value {
    this.#lines.advance();
    this.#refuseContinuation(column - 1);
    return this.#inline(from, end);
  }

  #list(column: number, depth: number, dashes?: Offsets): readonly Value[] {
    const items: Value[] = [];
    for (
      let line = this.#lines.current;
      line && columnOf(line) === column && this.#isItem(line);
      line = this.#lines.current
    ) {
      const from = afterSpaces(this.#text, line.from + 1);
      dashes?.set(items.length, line.from);
      if (from >= line.end) {
        this.#lines.advance();
        items.push(this.#nested(column, depth, false));
      } else if (isBlockScalar(this.#text, from)) {
        items.push(this.#blockScalar(from, line.end, column));
      } else {
        line.from = from;
        items.push(this.#block(columnOf(line), depth + 1));
      }
    }
    this.#refuseContinuation(column);
    return items;
  }

  #mapping(column: number, depth: number, keys?: Offsets): ReadonlyMap<Scalar, Value> {
    const map = new Map<Scalar, Value>();
    for (
      let line = this.#lines.current;
      line && columnOf(line) === column && !this.#isItem(line);
      line = this.#lines.current
    ) {
      const colon = this.#colon(line);
      if (colon < 0) leaveToFullReader();
      const key = readScalar(this.#text, line.from, colon);
      if (!isSimpleKey(key) || map.has(key)) leaveToFullReader();
      keys?.set(key, line.from);
      let inner: Offsets | undefined;
      if (keys === this.#top) this.#second.set(key, (inner = new Map()));
      map.set(key, this.#valueAfter(colon, line, column, depth, inner));
    }
    this.#refuseContinuation(column);
    return map;
  }

  /** The value of the key whose colon is at an offset of a line; moves past it. */
  #valueAfter(colon: number, { end }: Line, column: number, depth: number, keys?: Offsets): Value {
    const from = afterSpaces(this.#text, colon + 1);
    if (from < end && isBlockScalar(this.#text, from)) return this.#blockScalar(from, end, column);
    this.#lines.advance();
    if (from >= end) return this.#nested(column, depth, true, keys);
    const value = this.#inline(from, end);
    this.#refuseContinuation(column);
    return value;
  }

  /** The value on the lines after `key:` or `-`: nothing when they are not deeper. */
  #nested(column: number, depth: number, inMapping: boolean, keys?: Offsets): Value {
    const line = this.#lines.current;
    if (!line) return null;
    const deeper = columnOf(line);
    // The items of a list may begin at the column of its key.
    if (deeper > column || (inMapping && deeper === column && this.#isItem(line)))
      return this.#block(deeper, depth + 1, keys);
    return null;
  }

  /** @param column of the mapping or list that the scalar is in. */
  #blockScalar(from: number, end: number, column: number): string {
    return readBlockScalar(this.#text, this.#text.slice(from, end), this.#lines.takeDeeper(column));
  }

  /** A deeper line continues a value that began before, or is wrong. */
  #refuseContinuation(column: number): void {
    const line = this.#lines.current;
    if (line && columnOf(line) > column) leaveToFullReader();
  }

  /** The offset of the colon after a plain or quoted key; -1 without one. */
  #colon({ from, end }: Line): number {
    const text = this.#text.slice(from, end);
    const first = text[0];
    if (first === '[' || first === '{') return -1;
    if (isQuote(first)) {
      const after = quoteEnd(this.#text, from, end) - from;
      return text[after] === ':' && (after + 1 === text.length || text[after + 1] === ' ')
        ? from + after
        : -1;
    }
    const colon = text.indexOf(': ');
    if (colon >= 0) return from + colon;
    return text.endsWith(':') ? end - 1 : -1;
  }

  /** A scalar or flow collection between two offsets, and nothing else. */
  #inline(from: number, to: number): Value {
    const first = this.#text[from];
    return first === '[' || first === '{' ? readFlow(this.#text, from, to) : readScalar(this.#text, from, to);
  }
}

const isItem = (text: string, from: number, end: number): boolean =>
  text[from] === '-' && (from + 1 === end || text[from + 1] === ' ');

const columnOf = ({ from, start }: Line): number => from - start;
