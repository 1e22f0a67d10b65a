// The state database: the digest that a file or directory had when its stat data was last the same. One text file,
// replaced as a whole; the files of a large directory are in a file beside it, which is read only when the directory
// changed. Losing any of these files costs time only.
import { hash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  readCheckedText,
  readSealed,
  removeLeftovers,
  writeChecked,
  writePieces,
} from '../disk/checked-file.ts';
import type { Algorithm, Content, Digest } from './digest.ts';
import { FileList } from './file-list.ts';

const FORMAT = 'pipe-state/2';
/** The files of a directory with at most this many are kept in the main file. */
const SMALL = 64;
/** An entry that was not used for this many days is dropped. */
const KEEP_DAYS = 60;
/** The day of an entry is renewed only at this age, so that most runs leave the file as it is. */
const RENEW_DAYS = 7;
const DAY_MS = 86_400_000;
/**
 * How many lines are written in the time in which a small file is hashed again, by the next commands: few new lines among very many wait
 * until they are more.
 */
const LINES_FOR_FILE = 200;
/** The same of an entry whose day is renewed. */
const RENEWED = 10;
/** Hashing so many bytes again takes as long as a small file. */
const BYTES_LIKE_FILE = 100_000;
/** More searches in the text take longer than finding all lines in it. */
const FEW = 20;

/** The name of a file that lists a large directory. */
const TREE = /^[0-9a-f]{32}$/;

/** Fields: key (or signature), digest, day, and of a directory size, nfiles and the list of the files of a small one as Base64. */
type Line = readonly string[];

const fileId = (path: string): string => `f${JSON.stringify(path)}`;
const directoryId = (path: string): string => `d${JSON.stringify(path)}`;

export class StateDatabase {
  readonly #file: string | undefined;
  readonly #header: string;
  readonly #today = Math.floor(Date.now() / DAY_MS);
  /** Read when it is first needed. */
  #text: string | undefined;
  /** By id: where the rest of each line of the text starts. Made once many are asked for. */
  #starts: Map<string, number> | undefined;
  /** Those that differ from the text, without their ids. */
  readonly #changed = new Map<string, string>();
  #searches = 0;
  /** Lines that can be written in the time that writing these changes will save. */
  #worth = 0;

  /** @param file absolute path; undefined keeps everything in memory. */
  constructor(file: string | undefined, algorithm: Algorithm) {
    this.#file = file;
    this.#header = `${FORMAT} ${algorithm}`;
  }

  /** The digest of the file at a path whose stat data is `key`. */
  file(path: string, key: string): Digest | undefined {
    const line = this.#get(fileId(path));
    return line?.[0] === key ? (line[1] as Digest) : undefined;
  }

  rememberFile(path: string, key: string, digest: Digest, bytes: number): void {
    const id = fileId(path);
    // What was wrong must not be found again.
    const corrects = this.#line(id)?.startsWith(`${key}\t`) === true;
    const worth = corrects ? Infinity : LINES_FOR_FILE * (1 + bytes / BYTES_LIKE_FILE);
    this.#set(id, [key, digest, String(this.#today)], worth);
  }

  /** The content of the directory at a path whose walk gave this signature. */
  directory(path: string, signature: string): Content | undefined {
    const line = this.#get(directoryId(path));
    if (!line || line[0] !== signature) return undefined;
    return { digest: line[1] as Digest, size: Number(line[3]), nfiles: Number(line[4]) };
  }

  /** The files of a directory whose signature differs; undefined where none is known. */
  files(path: string): FileList | undefined {
    const line = this.#get(directoryId(path));
    if (!line) return undefined;
    const bytes = line[5] ? Buffer.from(line[5], 'base64') : this.#readFiles(path);
    return bytes && new FileList(bytes);
  }

  /**
   * @param signature undefined when a file may have changed without a change of its stat data.
   * @param files as `listFiles` gives them.
   */
  rememberDirectory(
    path: string,
    signature: string | undefined,
    content: Content,
    files: readonly Buffer[],
  ): void {
    const nfiles = content.nfiles ?? 0;
    const small = nfiles <= SMALL || this.#file === undefined;
    const line = [
      signature ?? '-',
      content.digest,
      String(this.#today),
      String(content.size),
      String(nfiles),
      small ? Buffer.concat(files).toString('base64') : '',
    ];
    this.#set(directoryId(path), line, Infinity);
    if (!small) writePieces(this.#filesOf(path), this.#header, files);
  }

  /** Writes what changed, unless finding it out again takes less time. */
  save(): void {
    if (this.#worth === 0 || this.#file === undefined || this.#worth < this.#count()) return;
    writeChecked(this.#file, this.#header, linesIn(this.#current()));
    this.#removeUnused();
    removeLeftovers(this.#file);
    this.#worth = 0;
  }

  #read(): string {
    return (this.#text ??= this.#file === undefined ? '' : readCheckedText(this.#file, this.#header));
  }

  #line(id: string): string | undefined {
    return this.#changed.get(id) ?? this.#lineInText(id);
  }

  #lineInText(id: string): string | undefined {
    this.#searches += 1;
    const text = this.#read();
    if (this.#searches > FEW) this.#starts ??= new Map(startsIn(text));
    const at = this.#starts ? this.#starts.get(id) : startIn(text, id);
    return at === undefined ? undefined : text.slice(at, text.indexOf('\n', at));
  }

  /** An upper bound. */
  #count(): number {
    let count = this.#changed.size;
    const text = this.#read();
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
    return count;
  }

  /** What is kept. */
  *#current(): Iterable<readonly [id: string, line: string]> {
    const text = this.#read();
    const isKept = (line: string): boolean => this.#today - Number(line.split('\t', 3)[2]) <= KEEP_DAYS;
    const added = new Map(this.#changed);
    for (const [id, at] of startsIn(text)) {
      const line = added.get(id) ?? text.slice(at, text.indexOf('\n', at));
      added.delete(id);
      if (isKept(line)) yield [id, line];
    }
    yield* added;
  }

  #get(id: string): Line | undefined {
    const text = this.#line(id);
    if (text === undefined) return undefined;
    const line = text.split('\t');
    if (this.#today - Number(line[2]) >= RENEW_DAYS)
      this.#set(id, [...line.slice(0, 2), String(this.#today), ...line.slice(3)], RENEWED);
    return line;
  }

  #set(id: string, line: Line, worth: number): void {
    this.#changed.set(id, line.join('\t'));
    this.#worth += worth;
  }

  /** The file that lists a large directory. */
  #filesOf(path: string): string {
    return join(`${this.#file}.trees`, hash('sha256', path).slice(0, 32));
  }

  #readFiles(path: string): Buffer | undefined {
    return this.#file === undefined ? undefined : readSealed(this.#filesOf(path), this.#header)?.body;
  }

  /** Removes the lists of directories that no entry names. */
  #removeUnused(): void {
    const used = new Set<string>();
    for (const [id] of this.#current())
      if (id.startsWith('d')) used.add(basename(this.#filesOf(JSON.parse(id.slice(1)) as string)));
    try {
      for (const name of readdirSync(`${this.#file}.trees`))
        if (TREE.test(name) && !used.has(name)) rmSync(join(`${this.#file}.trees`, name), { force: true });
    } catch {
      // The folder does not exist: there are no large directories.
    }
  }
}

function* linesIn(entries: Iterable<readonly [string, string]>): Iterable<string> {
  for (const [id, line] of entries) yield `${id}\t${line}`;
}

/** Where the rest of each line starts. @param text whole lines. */
function* startsIn(text: string): Iterable<readonly [id: string, start: number]> {
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) {
    const tab = text.indexOf('\t', at);
    yield [text.slice(at, tab), tab + 1];
  }
}

/** The same of one line. */
function startIn(text: string, id: string): number | undefined {
  const head = `${id}\t`;
  const at = text.startsWith(head) ? 0 : text.indexOf(`\n${head}`) + 1;
  return text.startsWith(head, at) ? at + head.length : undefined;
}
