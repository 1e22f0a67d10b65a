// Refusals of the operating system as problems: the one place that knows what each code of errno(3) means for a reader.
import { lstatSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import type { ProblemCode } from '../base/problem-codes.ts';
import { errno, PipeError, type Problem } from '../base/problem.ts';

export interface SystemContext {
  /** What was being done, to follow "cannot"; else as the system call says. */
  readonly doing?: string;
  /** Absolute; else as the system call says. */
  readonly path?: string;
  /** The code where permission is denied. */
  readonly denied?: ProblemCode;
  /** What to do where permission is denied. */
  readonly permit?: string;
}

interface Cause {
  readonly code: ProblemCode;
  readonly reason: string;
  readonly hint: string;
}

const FREE_SPACE = 'free some space (`pipe gc` removes unused objects), then run again';
const DESCRIPTORS = 'or run fewer stages at a time (`-j`)';

const denied = (reason: string): Cause => ({
  code: 'not-permitted',
  reason,
  hint: 'correct the permissions, then run again',
});

const inTheWay = (reason: string): Cause => ({
  code: 'file-in-the-way',
  reason,
  hint: 'move it away, then run again',
});

const CAUSES: Readonly<Record<string, Cause>> = {
  ENOSPC: { code: 'disk-full', reason: 'the disk is full', hint: FREE_SPACE },
  EDQUOT: { code: 'disk-full', reason: 'the disk quota is used up', hint: FREE_SPACE },
  EFBIG: {
    code: 'file-too-large',
    reason: 'the file would be larger than the system allows',
    hint: 'raise the limit (`ulimit -f`), or use a file system that takes larger files',
  },
  ERR_FS_FILE_TOO_LARGE: {
    code: 'file-too-large',
    reason: 'the file is too large to be read as a whole',
    hint: 'make it smaller, or move it away',
  },
  ERR_STRING_TOO_LONG: {
    code: 'file-too-large',
    reason: 'the file is too large to be read as a text',
    hint: 'make it smaller, or move it away',
  },
  EMFILE: {
    code: 'too-many-open-files',
    reason: 'too many files are open in this process',
    hint: `raise the limit (\`ulimit -n\`), ${DESCRIPTORS}`,
  },
  ENFILE: {
    code: 'too-many-open-files',
    reason: 'too many files are open on this machine',
    hint: `end other programs, raise the limit (fs.file-max), ${DESCRIPTORS}`,
  },
  EIO: {
    code: 'disk-error',
    reason: 'the disk reports an error',
    hint: 'check the disk and its file system, then run again',
  },
  EACCES: denied('permission denied'),
  EPERM: denied('operation not permitted'),
  EROFS: denied('the file system is read-only'),
  ENOTDIR: inTheWay('a file is where a folder is needed'),
  EEXIST: inTheWay('something else has this name'),
  EISDIR: inTheWay('a folder is where a file is needed'),
  ENOTEMPTY: inTheWay('a folder with files has this name'),
  ELOOP: {
    code: 'system-error',
    reason: 'its symlinks lead in a circle',
    hint: 'remove or correct the link',
  },
  ENAMETOOLONG: { code: 'system-error', reason: 'its path is too long', hint: 'use shorter names' },
  ESTALE: {
    code: 'system-error',
    reason: 'the file server has lost it',
    hint: 'mount the file system again',
  },
  ENOENT: {
    code: 'system-error',
    reason: 'it does not exist',
    hint: 'correct the path; if another program removed it, run again',
  },
  ENOMEM: { code: 'system-error', reason: 'no memory is left', hint: 'end other programs, or add memory' },
  EAGAIN: {
    code: 'system-error',
    reason: 'the system has no more processes or memory',
    hint: `raise the limit (\`ulimit -u\`), ${DESCRIPTORS}`,
  },
};

/** The program used the system wrongly: these are bugs. */
const OUR_FAULT = new Set(['EBADF', 'EFAULT', 'EDOM', 'ERANGE', 'ENOTSOCK']);

/** @returns undefined for anything but a refusal of the operating system. */
export function systemProblem(error: unknown, context: SystemContext = {}): Problem | undefined {
  const code = codeOf(error);
  const cause = causeOf(code, error);
  if (code === undefined || cause === undefined) return undefined;
  const { path: own, syscall } = error as NodeJS.ErrnoException;
  const path = context.path ?? own;
  const blocker = path === undefined ? undefined : findBlocker(code, path);
  const isDenied = cause.code === 'not-permitted';
  return {
    code: isDenied ? (context.denied ?? cause.code) : cause.code,
    title: `cannot ${context.doing ?? doingOf(syscall)}: ${cause.reason}`,
    facts: [
      ...(path === undefined ? [] : [['path', path] as const]),
      ...(blocker === undefined || blocker === path ? [] : [['in the way', blocker] as const]),
      ['system', code],
    ],
    hint: (isDenied ? context.permit : undefined) ?? cause.hint,
  };
}

/** A refusal of the operating system as an error to be shown; any other error is returned unchanged. */
export function systemError(error: unknown, context?: SystemContext): unknown {
  const problem = systemProblem(error, context);
  return problem === undefined ? error : new PipeError(problem);
}

/** Adds the path to errors that lack it: those of reading and writing an open file. @param path absolute. */
export function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (errno(error) !== undefined) (error as NodeJS.ErrnoException).path ??= path;
    throw error;
  }
}

/** `mkdir -p` reports that a file exists; the reader needs to know that it is no folder. */
function codeOf(error: unknown): string | undefined {
  const code = errno(error);
  return code === 'EEXIST' && (error as NodeJS.ErrnoException).syscall === 'mkdir' ? 'ENOTDIR' : code;
}

function causeOf(code: string | undefined, error: unknown): Cause | undefined {
  if (code === undefined || OUR_FAULT.has(code)) return undefined;
  const known = CAUSES[code];
  if (known || !(code in constants.errno)) return known;
  const { errno: number, message } = error as NodeJS.ErrnoException;
  const [, reason = message] = getSystemErrorMap().get(number ?? 0) ?? [];
  return { code: 'system-error', reason, hint: 'look at the path and its file system, then run again' };
}

/** What a system call does, for readers. */
const DOING: Readonly<Record<string, string>> = {
  open: 'open a file',
  read: 'read a file',
  write: 'write a file',
  close: 'write a file',
  fsync: 'flush a file to the disk',
  stat: 'look at a file',
  lstat: 'look at a file',
  fstat: 'look at a file',
  access: 'look at a file',
  scandir: 'list a folder',
  opendir: 'list a folder',
  mkdir: 'make a folder',
  rm: 'remove a file',
  unlink: 'remove a file',
  rmdir: 'remove a folder',
  rename: 'rename a file',
  copyfile: 'copy a file',
  link: 'link a file',
  symlink: 'make a symlink',
  readlink: 'read a symlink',
  realpath: 'follow a path',
  chmod: 'change the permissions of a file',
  utime: 'change the times of a file',
  watch: 'watch a folder',
  uv_cwd: 'find out the current folder',
};

function doingOf(syscall: string | undefined): string {
  if (syscall === undefined) return 'continue';
  const [verb = syscall, program] = syscall.split(' ', 2);
  return verb === 'spawn' || verb === 'spawnSync'
    ? `start ${program ?? 'a program'}`
    : (DOING[verb] ?? `call ${verb}`);
}

/** The part of an absolute path because of which the rest cannot exist. */
function findBlocker(code: string, path: string): string | undefined {
  const blocks = BLOCKS[code];
  if (blocks === undefined) return undefined;
  const parts = [path];
  while (dirname(parts[0]!) !== parts[0]) parts.unshift(dirname(parts[0]!));
  return parts.find(blocks);
}

const BLOCKS: Readonly<Record<string, (path: string) => boolean>> = {
  ENOTDIR: isNoFolder,
  EEXIST: isNoFolder,
  ELOOP: (path) => {
    try {
      return lstatSync(path).isSymbolicLink() && statSync(path) === undefined;
    } catch (error) {
      return errno(error) === 'ELOOP';
    }
  },
};

function isNoFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return false;
  }
}
