// The state database: which digest a file or directory had when its stat data was last this. One text file, replaced
// whole; what a large directory held is kept in a file beside it, read only when the directory changed. Every file
// carries a checksum: a damaged one counts as lost, and losing one costs time only.
import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { discard } from '../disk/discard.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { errno } from '../base/problem.ts';
import type { Algorithm, Content, Digest } from './digest.ts';

/** A file of a directory, `path` relative to it; `key` is its stat data as text. */
export interface RememberedFile {
  readonly path: string;
  readonly key: string;
  readonly digest: Digest;
}

export interface State {
  /** The digest of the file at a path whose stat data is `key`. */
  file(path: string, key: string): Digest | undefined;
  rememberFile(path: string, key: string, digest: Digest): void;
  /** The content of the directory at a path whose walk gave this signature. */
  directory(path: string, signature: string): Content | undefined;
  /** Looks up files of a directory, by path relative to it and stat data; for a directory whose signature differs. */
  files(path: string): (name: string, key: string) => Digest | undefined;
  /** @param signature undefined when some file may have changed unseen. */
  rememberDirectory(
    path: string,
    signature: string | undefined,
    content: Content,
    files: Iterable<RememberedFile>,
  ): void;
  /** Writes what changed. */
  save(): void;
}

const FORMAT = 'pipe-state/1';
/** What fewer files than this hold is kept in the main file. */
const SMALL = 64;
/** An entry that nobody asked for in so many days is dropped; the day is brought up to date only now and then. */
const KEEP_DAYS = 60;
const RENEW_DAYS = 7;

/** The name of a file that lists a large directory. */
const TREE = /^[0-9a-f]{32}$/;

/** Fields: key (or signature), digest, day, and of a directory size, nfiles and the files of a small one as JSON. */
type Line = readonly string[];

/** @param file absolute path; undefined keeps everything in memory. */
export function openState(file: string | undefined, algorithm: Algorithm): State {
  const today = Math.floor(Date.now() / 86_400_000);
  const header = `${FORMAT} ${algorithm}`;
  const raw = new Map<string, string>();
  let dirty = false;

  for (const line of readChecked(file, header)) {
    const tab = line.indexOf('\t');
    raw.set(line.slice(0, tab), line.slice(tab + 1));
  }

  const get = (id: string): Line | undefined => {
    const text = raw.get(id);
    if (text === undefined) return undefined;
    const line = text.split('\t');
    if (today - Number(line[2]) >= RENEW_DAYS)
      set(id, [...line.slice(0, 2), String(today), ...line.slice(3)]);
    return line;
  };
  const set = (id: string, line: Line): void => {
    raw.set(id, line.join('\t'));
    dirty = true;
  };
  const fileId = (path: string): string => `f${JSON.stringify(path)}`;
  const directoryId = (path: string): string => `d${JSON.stringify(path)}`;
  const beside = (path: string): string => join(`${file}.trees`, hash('sha256', path).slice(0, 32));

  return {
    file(path, key) {
      const line = get(fileId(path));
      return line?.[0] === key ? (line[1] as Digest) : undefined;
    },
    rememberFile(path, key, digest) {
      set(fileId(path), [key, digest, String(today)]);
    },
    directory(path, signature) {
      const line = get(directoryId(path));
      if (!line || line[0] !== signature) return undefined;
      return { digest: line[1] as Digest, size: Number(line[3]), nfiles: Number(line[4]) };
    },
    files(path) {
      const line = get(directoryId(path));
      if (!line) return () => undefined;
      const stored = line[5] ? (JSON.parse(line[5]) as string[]) : readChecked(file && beside(path), header);
      // Parts of the one text that was read: objects of their own would take several times the memory.
      const known = new Map<string, string>();
      for (const item of stored) known.set(item.slice(0, item.indexOf('\t')), item);
      return (name, key) => {
        const id = JSON.stringify(name);
        const item = known.get(id);
        return item?.startsWith(`\t${key}\t`, id.length)
          ? (item.slice(id.length + key.length + 2) as Digest)
          : undefined;
      };
    },
    rememberDirectory(path, signature, content, files) {
      const lines = linesOf(files);
      const nfiles = content.nfiles ?? 0;
      const small = nfiles <= SMALL || file === undefined;
      // JSON leaves no tab and no line end in the text.
      const own = small ? JSON.stringify([...lines]) : '';
      set(directoryId(path), [
        signature ?? '-',
        content.digest,
        String(today),
        String(content.size),
        String(nfiles),
        own,
      ]);
      if (!small) writeChecked(beside(path), header, lines);
    },
    save() {
      if (!dirty || file === undefined) return;
      for (const [id, text] of raw) if (today - Number(text.split('\t', 3)[2]) > KEEP_DAYS) raw.delete(id);
      writeChecked(
        file,
        header,
        [...raw].map(([id, text]) => `${id}\t${text}`),
      );
      removeUnused(raw);
      dirty = false;
    },
  };

  function removeUnused(known: ReadonlyMap<string, string>): void {
    const used = new Set<string>();
    for (const id of known.keys())
      if (id.startsWith('d')) used.add(basename(beside(JSON.parse(id.slice(1)) as string)));
    try {
      for (const name of readdirSync(`${file}.trees`))
        if (TREE.test(name) && !used.has(name)) rmSync(join(`${file}.trees`, name), { force: true });
    } catch {
      // No such folder: no large directories.
    }
    if (file !== undefined) removeLeftovers(file);
  }
}

/** What processes that died while they wrote the state left beside it. */
function removeLeftovers(file: string): void {
  try {
    for (const name of readdirSync(dirname(file))) {
      const [, pid] = /\.(\d+)\.tmp$/.exec(name) ?? [];
      if (pid !== undefined && name.startsWith(basename(file)) && !isRunning(Number(pid)))
        rmSync(join(dirname(file), name), { force: true });
    }
  } catch {
    // Somebody else's folder by now: they are in nobody's way.
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errno(error) !== 'ESRCH';
  }
}

function* linesOf(files: Iterable<RememberedFile>): Generator<string> {
  for (const { path, key, digest } of files) yield `${JSON.stringify(path)}\t${key}\t${digest}`;
}

/** The lines between the header and the checksum; none where anything is not as it was written. */
function readChecked(file: string | undefined, header: string): string[] {
  if (file === undefined) return [];
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return []; // lost, or not ours to read: everything is hashed anew
  }
  const end = bytes.lastIndexOf('\n') + 1;
  if (hash('sha256', bytes.subarray(0, end)) !== bytes.toString('latin1', end)) return [];
  const text = bytes.toString('utf8', 0, end);
  return text.startsWith(`${header}\n`)
    ? text
        .slice(header.length + 1)
        .split('\n')
        .filter(Boolean)
    : [];
}

/** Characters that are written at a time, so that a large file is never in memory as a whole. */
const PIECE = 1 << 18;

/** Best effort: a state that cannot be written is a state that is lost. */
function writeChecked(file: string, header: string, lines: Iterable<string>): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const descriptor = openSync(temporary, 'w');
    try {
      const checksum = createHash('sha256');
      let piece = `${header}\n`;
      const put = (): void => {
        checksum.update(piece);
        crashPoint('write state');
        writeFileSync(descriptor, piece);
        piece = '';
      };
      for (const line of lines) {
        piece += `${line}\n`;
        if (piece.length > PIECE) put();
      }
      put();
      crashPoint('seal state');
      writeFileSync(descriptor, checksum.digest('hex'));
    } finally {
      closeSync(descriptor);
    }
    crashPoint('rename state');
    renameSync(temporary, file);
  } catch {
    discard(temporary);
  }
}
