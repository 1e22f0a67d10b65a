// Replaces a file as a whole: a reader finds the old content or the new one, whenever the program or the machine stops. Every file of
// ours that is rewritten is written here; the object store, which flushes many files at a time, has its own way.
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../base/problem.ts';
import { crashPoint, type Fault } from './crash-point.ts';
import { discard } from './discard.ts';
import { syncPaths } from './flush.ts';
import { naming } from './system-problem.ts';
import { temporaryBeside } from './temporary-name.ts';

/** A text, as a whole or in pieces, or the bytes of another file. */
export type NewContent = string | { readonly pieces: () => Iterable<string> } | { readonly copyOf: string };

export interface ReplaceOptions {
  /**
   * Absolute path of the temporary file. What a crash left there is overwritten, so only one writer may use it at a time.
   * Default: a new name in the folder of the file.
   */
  readonly temporary?: string;
  /** Safe against a power cut, not only against the end of the process. */
  readonly durable?: boolean;
  /** Replace a symlink itself. By default it stays, and the file that it leads to is replaced. */
  readonly replaceLink?: boolean;
  /** Default: the permissions of the old file; of a new file, those of the umask or of the file that is copied. */
  readonly mode?: number;
  /** Modification time in milliseconds since the epoch; default now. */
  readonly time?: number;
  readonly steps?: Steps;
  readonly fault?: Fault;
}

/** Names of the crash points. */
interface Steps {
  readonly write: string;
  readonly rename: string;
}

const STEPS: Steps = { write: 'write file', rename: 'rename file' };

/** @param file absolute path, in a folder that exists. The owner stays, where the system allows it. */
export function replaceFile(file: string, content: NewContent, options: ReplaceOptions = {}): void {
  const { fault = crashPoint, steps = STEPS, replaceLink = false, durable = false } = options;
  const target = replaceLink ? file : followLinks(file);
  const { temporary = temporaryBeside(target), ...others } = options;
  try {
    fault(steps.write);
    write(temporary, content);
    inherit(temporary, oldFile(target, replaceLink), options);
    if (durable) syncPaths([temporary], dirname(temporary), fault);
    fault(steps.rename);
    renameSync(temporary, target);
  } catch (error) {
    discard(temporary);
    // The temporary file was on another file system: the next one is beside the file.
    if (errno(error) === 'EXDEV' && options.temporary !== undefined)
      return replaceFile(target, content, others);
    throw error;
  }
  if (durable) syncPaths([dirname(target)], dirname(target), fault);
}

function write(path: string, content: NewContent): void {
  try {
    create(path, content);
  } catch (error) {
    // Left by a crash, or a link.
    if (errno(error) !== 'EEXIST') throw error;
    rmSync(path, { force: true });
    create(path, content);
  }
}

function create(path: string, content: NewContent): void {
  if (typeof content === 'string') naming(path, () => writeFileSync(path, content, { flag: 'wx' }));
  else if ('pieces' in content) naming(path, () => writePieces(path, content.pieces()));
  else copyFileSync(content.copyOf, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}

function writePieces(path: string, pieces: Iterable<string>): void {
  const descriptor = openSync(path, 'wx');
  try {
    for (const piece of pieces) writeFileSync(descriptor, piece);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives the temporary file what the old file had besides its content. */
function inherit(path: string, old: Stats | undefined, options: ReplaceOptions): void {
  if (old) keepOwner(path, old);
  const mode = options.mode ?? (old && old.mode & 0o7777);
  // After the owner, whose change clears the setuid bit.
  if (mode !== undefined) chmodSync(path, mode);
  if (options.time !== undefined) utimesSync(path, options.time / 1000, options.time / 1000);
}

function keepOwner(path: string, old: Stats): void {
  const { uid, gid } = statSync(path);
  if (uid === old.uid && gid === old.gid) return;
  try {
    chownSync(path, old.uid, old.gid);
  } catch (error) {
    // Only root may do it, and not every file system has owners.
    if (!['EPERM', 'EINVAL', 'ENOSYS'].includes(errno(error) ?? '')) throw error;
  }
}

function oldFile(target: string, replaceLink: boolean): Stats | undefined {
  const stats = (replaceLink ? lstatSync : statSync)(target, { throwIfNoEntry: false });
  return stats?.isFile() ? stats : undefined;
}

/** A link that leads nowhere is replaced itself. */
function followLinks(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (errno(error) === 'ENOENT') return file;
    throw error;
  }
}
