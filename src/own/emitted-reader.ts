// Reads the parts of the text that lock-format.ts writes, line by line.
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import type { Scalar, Value } from '../base/value.ts';
import { isPlainString } from './emit-yaml.ts';
import type { Lock, LockedParams, LockedPath, LockEntry } from '../lock/lock-entry.ts';

/** Of most entries. */
const NO_ENV: { readonly [name: string]: string } = {};
const NO_PARAMS: LockedParams = new Map();

/** Thrown for a text that is not as we write it. */
export const foreign = new Error('not as we write it');
const STRING = /"(?:[^"\\\n]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const FLOAT = /^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/;
/** With the only indentation that no other line of the stages has. */
const NAME_LINE = /\n( {2}[^ ][^\n]*)/g;
const FLOW_WORD = /-?[A-Za-z0-9.][A-Za-z0-9.+-]*/y;
const FILE_DIGEST = /^[0-9a-f]{64}$/;
const DIGEST = /^[0-9a-f]{64}(?:\.dir)?$/;
const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['null', null],
  ['true', true],
  ['false', false],
]);

/** How the lines of a path begin. */
type PathLines = ReturnType<typeof pathLines>;

const pathLines = (indent: string) => ({
  path: `${indent}- path: `,
  hash: `${indent}  hash: sha256`,
  digest: `${indent}  sha256: `,
  size: `${indent}  size: `,
  nfiles: `${indent}  nfiles: `,
  isexec: `${indent}  isexec: true`,
  links: `${indent}  links: `,
});

/** Of data. */
const TOP = pathLines('');
/** Of dependencies and outputs of a stage. */
const NESTED = pathLines('    ');

function wordValue(text: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (INTEGER.test(text)) return BigInt(text);
  if (FLOAT.test(text)) return Number(text);
  throw foreign;
}

/** The string in quotes at an offset. */
function quotedAt(text: string, at: number): string {
  STRING.lastIndex = at;
  const found = STRING.exec(text);
  if (!found) throw foreign;
  return found[0];
}

function scalar(text: string): Scalar {
  if (text.startsWith('"')) return string(text);
  return isPlainString(text) ? text : wordValue(text);
}

function string(text: string): string {
  if (text.startsWith('"') && quotedAt(text, 0).length === text.length) return JSON.parse(text) as string;
  if (!isPlainString(text)) throw foreign;
  return text;
}

/** The name in the line before an entry. */
function nameIn(line: string): string {
  const end = colonAfter(line, 2);
  if (end + 1 !== line.length) throw foreign;
  return string(line.slice(2, end));
}

/** The offset of the colon after the key at an offset. */
function colonAfter(line: string, at: number): number {
  const end = line[at] === '"' ? at + quotedAt(line, at).length : line.indexOf(':', at);
  if (end < 0 || line[end] !== ':') throw foreign;
  return end;
}

/** Reads from the text itself: its lines, as a list, would take more memory than what is read. */
export class EmittedReader {
  readonly #text: string;
  /** Where the next line starts. */
  #at: number;

  /** @param at where a line of the text starts. */
  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  /** What is before the stages. */
  head(): { readonly overlay: Lock['overlay']; readonly data: readonly LockedPath[] } {
    const overlay = this.#takes('overlay:')
      ? {
          files: this.#takes('  params:') ? this.#items('  - ') : [],
          set: this.#takes('  set:') ? this.#items('  - ') : [],
        }
      : { files: [], set: [] };
    return { overlay, data: this.#takes('data:') ? this.#paths(TOP) : [] };
  }

  /** By name: where the entry of each stage starts, after the line of the name. Every entry is read. */
  stages(): ReadonlyMap<string, number> {
    const starts = new Map<string, number>();
    if (!this.#takes('stages: {}')) {
      if (!this.#takes('stages:')) throw foreign;
      for (let line = this.#line(); line.startsWith('  '); line = this.#line()) {
        const name = nameIn(line);
        if (starts.has(name)) throw foreign;
        this.#pass(line);
        starts.set(name, this.#at);
        this.entry();
      }
    }
    if (this.#at !== this.#text.length) throw foreign;
    return starts;
  }

  /** The same of a text that was read as a whole before: only the names are read. */
  knownStages(): ReadonlyMap<string, number> {
    const starts = new Map<string, number>();
    NAME_LINE.lastIndex = this.#at;
    for (let found = NAME_LINE.exec(this.#text); found; found = NAME_LINE.exec(this.#text))
      starts.set(nameIn(found[1]!), NAME_LINE.lastIndex + 1);
    return starts;
  }

  /** Empty at the end. */
  #line(): string {
    return this.#text.slice(this.#at, this.#lineEnd());
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end < 0 ? this.#text.length : end;
  }

  #pass(line: string): void {
    this.#at += line.length + 1;
  }

  #takes(line: string): boolean {
    if (!this.#text.startsWith(line, this.#at) || this.#text[this.#at + line.length] !== '\n') return false;
    this.#pass(line);
    return true;
  }

  /** The text after the prefix on this line; undefined where the line does not start with it. */
  #after(prefix: string): string | undefined {
    if (!this.#text.startsWith(prefix, this.#at)) return undefined;
    const end = this.#lineEnd();
    const rest = this.#text.slice(this.#at + prefix.length, end);
    this.#at = end + 1;
    return rest;
  }

  #items(prefix: string): string[] {
    const items: string[] = [];
    for (let item = this.#after(prefix); item !== undefined; item = this.#after(prefix))
      items.push(string(item));
    if (items.length === 0) throw foreign;
    return items;
  }

  entry(): LockEntry {
    const cmd = this.#after('    cmd: ');
    if (cmd === undefined && !this.#takes('    cmd:')) throw foreign;
    const commands = cmd === undefined ? this.#items('    - ') : string(cmd);
    const wdir = this.#after('    wdir: ');
    return {
      cmd: commands,
      wdir: wdir === undefined ? '.' : string(wdir),
      env: this.#takes('    env:') ? this.#env() : NO_ENV,
      deps: this.#takes('    deps:') ? this.#paths(NESTED) : [],
      params: this.#takes('    params:') ? this.#params() : NO_PARAMS,
      outs: this.#takes('    outs:') ? this.#paths(NESTED) : [],
    };
  }

  #env(): { readonly [name: string]: string } {
    return Object.fromEntries([...this.#values('      ')].map(([name, text]) => [name, string(text)]));
  }

  /** Lines of `key: text` with an indentation. */
  #values(indent: string): Map<string, string> {
    const values = new Map<string, string>();
    for (
      let line = this.#line();
      line.startsWith(indent) && line[indent.length] !== ' ';
      line = this.#line()
    ) {
      const end = colonAfter(line, indent.length);
      const key = string(line.slice(indent.length, end));
      if (line[end + 1] !== ' ' || values.has(key)) throw foreign;
      values.set(key, line.slice(end + 2));
      this.#pass(line);
    }
    if (values.size === 0) throw foreign;
    return values;
  }

  #params(): LockedParams {
    const params = new Map<string, ReadonlyMap<string, Value>>();
    for (let line = this.#line(); line.startsWith('      '); line = this.#line()) {
      const end = colonAfter(line, 6);
      const file = string(line.slice(6, end));
      if (params.has(file)) throw foreign;
      this.#pass(line);
      const rest = line.slice(end + 1);
      if (rest === ' {}') params.set(file, new Map());
      else if (rest !== '') throw foreign;
      else {
        const values = this.#values('        ');
        params.set(file, new Map([...values].map(([key, text]) => [key, paramValue(text)])));
      }
    }
    if (params.size === 0) throw foreign;
    return params;
  }

  #paths(at: PathLines): readonly LockedPath[] {
    const first = this.#path(at);
    if (!first) throw foreign;
    // Most lists have one item: one that grows takes room for many.
    const paths = [first];
    for (let next = this.#path(at); next; next = this.#path(at)) paths.push(next);
    return paths;
  }

  #path(at: PathLines): LockedPath | undefined {
    const path = this.#after(at.path);
    if (path === undefined) return undefined;
    if (!this.#takes(at.hash)) throw foreign;
    const digest = string(this.#after(at.digest) ?? '') as Digest;
    if (!DIGEST.test(digest)) throw foreign;
    const size = wholeNumber(this.#after(at.size));
    const nfiles = this.#after(at.nfiles);
    if (isDirectory(digest) !== (nfiles !== undefined)) throw foreign;
    const content: Content = {
      digest,
      size,
      ...(nfiles !== undefined && { nfiles: wholeNumber(nfiles) }),
      ...(this.#takes(at.isexec) && { isexec: true as const }),
      ...this.#links(at.links),
    };
    return { path: string(path), content };
  }

  #links(prefix: string): Pick<Content, 'links'> {
    const links = this.#after(prefix);
    if (links === undefined) return {};
    const digest = string(links);
    if (!FILE_DIGEST.test(digest)) throw foreign;
    return { links: digest as Digest };
  }
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^(?:0|[1-9]\d*)$/.test(text)) throw foreign;
  return Number(text);
}

function paramValue(text: string): Value {
  if (!text.startsWith('[') && !text.startsWith('{')) return scalar(text);
  const flow = { text, at: 0 };
  const value = flowValue(flow, 0);
  if (flow.at !== text.length) throw foreign;
  return value;
}

interface Flow {
  readonly text: string;
  at: number;
}

const MAX_DEPTH = 50;

/** Reads what `emitValue` writes inside of brackets: strings in quotes, one space after commas and colons. */
function flowValue(flow: Flow, depth: number): Value {
  if (depth > MAX_DEPTH) throw foreign;
  const first = flow.text[flow.at];
  if (first === '"') {
    const quoted = quotedAt(flow.text, flow.at);
    flow.at += quoted.length;
    return JSON.parse(quoted) as string;
  }
  if (first !== '[' && first !== '{') {
    FLOW_WORD.lastIndex = flow.at;
    const word = FLOW_WORD.exec(flow.text)?.[0];
    if (word === undefined) throw foreign;
    flow.at += word.length;
    return wordValue(word);
  }
  const list: Value[] = [];
  const map = new Map<Scalar, Value>();
  const end = first === '[' ? ']' : '}';
  flow.at += 1;
  while (flow.text[flow.at] !== end) {
    if (list.length + map.size > 0 && !takes(flow, ', ')) throw foreign;
    const value = flowValue(flow, depth + 1);
    if (first === '[') list.push(value);
    else {
      if (typeof value !== 'string' || map.has(value) || !takes(flow, ': ')) throw foreign;
      map.set(value, flowValue(flow, depth + 1));
    }
  }
  flow.at += 1;
  return first === '[' ? list : map;
}

function takes(flow: Flow, text: string): boolean {
  if (!flow.text.startsWith(text, flow.at)) return false;
  flow.at += text.length;
  return true;
}
