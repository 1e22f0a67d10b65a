// What came of a large object until now: a folder beside the object, with its bytes and a record of which of them came. A fetch takes over
// what a dead one left. Renaming the folder decides between several that try, and no other process writes to it afterwards.
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { errno } from '../../base/problem.ts';
import { isAlive, ownProcessId, type ProcessId } from '../../base/process-id.ts';
import { discardFolder } from '../../disk/discard.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import { isRunning, temporaryName, temporaryOwner } from '../../disk/temporary-name.ts';
import type { Range } from './remote.ts';

export interface PartialOptions {
  /** Absolute path of the object. Its folder exists. */
  readonly object: string;
  readonly size: number;
  /** Of the remote: the bytes of another one are not continued. */
  readonly url: string;
}

/** The first line of the record. Each later one lists all ranges that came until then, as pairs of numbers. */
interface Header extends ProcessId {
  readonly host: string;
  readonly url: string;
  readonly size: number;
  readonly version?: string;
}

interface Found {
  readonly folder: string;
  readonly version: string | undefined;
  readonly received: readonly Range[];
}

export class PartialFile {
  readonly #folder: string;
  readonly #options: PartialOptions;
  /** Which version the bytes are of, where it is known. */
  version: string | undefined;
  received: readonly Range[];

  private constructor(options: PartialOptions, { folder, version, received }: Found) {
    this.#options = options;
    this.#folder = folder;
    this.version = version;
    this.received = received;
  }

  /** Takes over what a dead process left of this object, or begins with nothing. */
  static open(options: PartialOptions): PartialFile {
    const left = leftOf(options);
    if (left) {
      const partial = new PartialFile(options, left);
      partial.#write();
      return partial;
    }
    const folder = newFolder(options);
    mkdirSync(folder);
    return new PartialFile(options, { folder, version: undefined, received: [] });
  }

  /** Absolute path of the bytes. */
  get path(): string {
    return join(this.#folder, BYTES);
  }

  /** Bytes of this version come from now on; those that came are of it too. */
  begin(version: string | undefined): void {
    this.version = version;
    this.#write();
  }

  note(received: readonly Range[]): void {
    this.received = received;
    appendFileSync(join(this.#folder, RECORD), lineOf(received));
  }

  /** Forgets what came. */
  restart(): void {
    this.received = [];
    this.begin(undefined);
  }

  /** Gives the bytes another path. */
  moveTo(path: string): void {
    renameSync(this.path, path);
    this.discard();
  }

  discard(): void {
    discardFolder(this.#folder);
  }

  #write(): void {
    const { url, size } = this.#options;
    const version = this.version === undefined ? {} : { version: this.version };
    const header: Header = { ...ownProcessId(), host: ownHost(), url, size, ...version };
    const record = join(this.#folder, RECORD);
    replaceFile(record, `${JSON.stringify(header)}\n${lineOf(this.received)}`, {
      temporary: `${record}.new`,
    });
  }
}

const BYTES = 'bytes';
const RECORD = 'received';

const lineOf = (received: readonly Range[]): string =>
  `${JSON.stringify(received.map(({ start, end }) => [start, end]))}\n`;

/** Garbage collection knows the name as that of a temporary file of an object. */
const newFolder = ({ object }: PartialOptions): string => `${object}.${temporaryName()}`;

/** Containers on one machine can have its name, and processes of equal numbers. */
function ownHost(): string {
  try {
    return `${hostname()} ${statSync('/proc/self/ns/pid').ino}`;
  } catch {
    return hostname();
  }
}

/** Takes everything that dead processes left of the object: the best of it is kept. */
function leftOf(options: PartialOptions): Found | undefined {
  const { object } = options;
  let best: Found | undefined;
  for (const name of readdirSync(dirname(object))) {
    const left = join(dirname(object), name);
    if (!name.startsWith(`${basename(object)}.`) || !isLeft(left, name)) continue;
    const folder = newFolder(options);
    // Whoever is later does not find it.
    if (!renamed(left, folder)) continue;
    const found = contentOf(folder, options);
    const isBetter = found !== undefined && bytesIn(found) > (best ? bytesIn(best) : 0);
    const worse = isBetter ? best?.folder : folder;
    if (worse !== undefined) discardFolder(worse);
    if (isBetter) best = found;
  }
  return best;
}

/** Whether a process that is dead left it: one of this user, on this machine. */
function isLeft(folder: string, name: string): boolean {
  const pid = temporaryOwner(name);
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (pid === undefined || !stats?.isDirectory() || stats.uid !== process.getuid!()) return false;
  const header = recordIn(folder)?.header;
  if (header?.host !== ownHost()) return false;
  // It gets its name before its record says who took it over.
  return !(pid === header.pid ? isAlive(header) : isRunning(pid));
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw error;
  }
}

/** @returns undefined where it is of no use. */
function contentOf(folder: string, { url, size }: PartialOptions): Found | undefined {
  const { header, received = [] } = recordIn(folder) ?? {};
  if (header?.url !== url || header.size !== size) return undefined;
  const written = statSync(join(folder, BYTES), { throwIfNoEntry: false })?.size ?? 0;
  return written < (received.at(-1)?.end ?? Infinity)
    ? undefined
    : { folder, version: header.version, received };
}

/** @returns undefined for a record that was cut off. */
function recordIn(
  folder: string,
): { readonly header: Header; readonly received: readonly Range[] } | undefined {
  try {
    const lines = readFileSync(join(folder, RECORD), 'utf8').split('\n').slice(0, -1);
    const pairs = JSON.parse(lines.at(-1)!) as readonly (readonly [number, number])[];
    return {
      header: JSON.parse(lines[0]!) as Header,
      received: pairs.map(([start, end]) => ({ start, end })),
    };
  } catch {
    return undefined;
  }
}

const bytesIn = ({ received }: Found): number =>
  received.reduce((sum, { start, end }) => sum + end - start, 0);
