// The files of one job, in a folder that the job and we both see: its script, what it printed, and its result.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../../base/problem.ts';
import type { Exit } from '../event.ts';
import type { Clock } from '../schedule/stop.ts';
import { jobScript, PARAMS, writesParams, type PreparedJob } from './job-script.ts';

export const SCRIPT = 'job.sh';
/** Written by the job as its first step, by whoever of two gets there first. */
const STARTED = 'started';
/** Everything that the stage prints. */
export const OUTPUT = 'output';
export const PROGRESS = 'progress';
/** One line, the last that the job writes. */
const RESULT = 'result';
/** Written by us: the job is given up, and is to end. */
const FENCED = 'fenced';
/** Written by a job that was given up, as its last step. */
const GONE = 'gone';
const MEMORY = 'memory';
/** In the folder of all jobs: an empty file for each job that wrote its result. */
export const DONE = 'done';

export interface Started {
  readonly id: string;
  /** Of the submission, where the job knows it. */
  readonly key: string | undefined;
  readonly node: string;
  /** Milliseconds, by the clock of the disk. */
  readonly time: number;
}

export interface Result {
  readonly exit: Exit;
  /** Milliseconds, by the clock of the disk. */
  readonly time: number;
}

/**
 * Makes the folder of a job with all that it needs.
 * @param forCommands with the files that commands of the project read to copy what belongs to the job.
 */
export function writeJobFiles(prepared: PreparedJob, forCommands: boolean): void {
  const { dir, job, request } = prepared;
  // Only ours: values of parameters and variables may be secrets.
  mkdirSync(dir, { mode: 0o700 });
  const options = { mode: 0o600 };
  writeFileSync(join(dir, SCRIPT), jobScript(prepared), { mode: 0o700 });
  if (forCommands || !writesParams(job)) writeFileSync(join(dir, PARAMS), job.params, options);
  if (!forCommands) return;
  const listed = (paths: readonly string[]): string => paths.map((path) => `${path}\n`).join('');
  writeFileSync(join(dir, 'inputs'), listed(request.inputs), options);
  writeFileSync(join(dir, 'outputs'), listed(request.outputs), options);
}

export function readStarted(dir: string): Started | undefined {
  const read = readWhole(join(dir, STARTED));
  if (!read) return undefined;
  const [id = '', node = '', key] = read.text.trim().split(' ');
  return { id, node, key, time: read.time };
}

/** Undefined until the job has written all of it, and it is shown. */
export function readResult(dir: string): Result | undefined {
  const read = isShown(dir, RESULT) ? readWhole(join(dir, RESULT)) : undefined;
  if (!read) return undefined;
  const [, what, rest = ''] = /^(\w+) ?(.*)$/.exec(read.text.trim()) ?? [];
  return { exit: exitOf(what, rest), time: read.time };
}

function exitOf(what: string | undefined, rest: string): Exit {
  if (what === 'code') return { kind: 'code', code: Number(rest) };
  if (what === 'timeout') return { kind: 'timeout', seconds: Number(rest) };
  return { kind: 'not-started', message: rest };
}

/** Whether all is shown that a job makes before its result. */
export const showsOutput = (dir: string): boolean =>
  [STARTED, OUTPUT, PROGRESS].every((name) => isShown(dir, name));

/** Whether the file is there once the folder was listed: that makes the client of a network file system ask its server. */
function isShown(dir: string, name: string): boolean {
  if (existsSync(join(dir, name))) return true;
  listFiles(dir);
  return existsSync(join(dir, name));
}

/** Asks for files that a network file system does not show yet. */
export function listFiles(dir: string): void {
  try {
    readdirSync(dir);
  } catch (error) {
    if (errno(error) !== 'ENOENT' && errno(error) !== 'ESTALE') throw error;
  }
}

/** The most memory that was seen, in bytes. */
export function readMemory(dir: string): number | undefined {
  const kilobytes = Number(readWhole(join(dir, MEMORY))?.text.trim() ?? NaN);
  return kilobytes > 0 ? kilobytes * 1024 : undefined;
}

/**
 * From now on the job does not start; where it has started, it is ended within seconds, and this waits until it is. On a node that is
 * gone nothing answers, and nothing writes.
 */
export async function giveUp(dir: string, clock: Clock): Promise<void> {
  fence(dir);
  const until = clock.now() + MOST_GOING;
  while (readStarted(dir)?.id !== NEVER && !isShown(dir, GONE) && clock.now() < until)
    await new Promise<void>((resolve) => void clock.after(0.2, resolve));
}

/** Seconds; the script of a job looks every three seconds. */
const MOST_GOING = 12;
/** In place of the id of a job that was given up before it started. */
const NEVER = 'never';

/** From now on the job does not start; where it has started, it ends within seconds. */
export function fence(dir: string): void {
  try {
    writeFileSync(join(dir, FENCED), '');
    writeFileSync(join(dir, STARTED), `${NEVER} -\n`, { flag: 'wx' });
  } catch (error) {
    // It has started, or its folder is gone.
    if (errno(error) !== 'EEXIST' && errno(error) !== 'ENOENT') throw error;
  }
}

/** A file that its writer ended with a line end; undefined before. */
function readWhole(file: string): { readonly text: string; readonly time: number } | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return text.endsWith('\n') ? { text, time: statSync(file).mtimeMs } : undefined;
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ESTALE') return undefined;
    throw error;
  }
}
