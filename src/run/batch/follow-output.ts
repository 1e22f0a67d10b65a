// Follows what a job prints: reads what a file has more than before, keeps it in the log of the stage and gives it on line by line.
import { appendFileSync, closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errno } from '../../base/problem.ts';
import { APPEND_NO_LINK, refuseLink } from '../../disk/real-folder.ts';
import { parseProgress } from '../process/command-output.ts';
import type { Job, JobListener } from '../process/executor.ts';
import { splitLines } from '../process/line-splitter.ts';
import { OUTPUT, PROGRESS } from './job-files.ts';

/** Bytes that are read of one job at a time: a job that prints much does not hold up the others. */
const MOST = 1 << 20;
const TAIL_LINES = 20;

export class FollowedOutput {
  readonly #job: Job;
  readonly #output: FollowedFile;
  readonly #progress: FollowedFile;
  readonly #lines: ReturnType<typeof splitLines>;
  readonly #progressLines: ReturnType<typeof splitLines>;
  readonly tail: string[] = [];

  constructor(dir: string, job: Job, listener: JobListener) {
    this.#job = job;
    this.#output = new FollowedFile(join(dir, OUTPUT));
    this.#progress = new FollowedFile(join(dir, PROGRESS));
    this.#lines = splitLines((line, more) => {
      this.tail.push(more ? `${line}…` : line);
      if (this.tail.length > TAIL_LINES) this.tail.shift();
      listener.line('stdout', line, more);
    });
    this.#progressLines = splitLines((line) => {
      const parsed = parseProgress(line);
      if (parsed) listener.progress(parsed);
    });
    // As of local stages: from the first that printed something each has a log.
    if (refuseLink(dirname(job.log))) this.#keep(Buffer.alloc(0));
  }

  /** Bytes that were taken, in either way. */
  taken = 0;

  /** Reads what is new. */
  read(): void {
    this.take(this.#output.read());
    this.#progressLines.push(this.#progress.read());
  }

  /** Reads all that is left. */
  end(): void {
    for (let before = -1; before !== this.taken;) {
      before = this.taken;
      this.read();
    }
    this.#lines.end();
    this.#progressLines.end();
  }

  /** What came in another way than through the file. */
  take(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.taken === 0) mkdirSync(dirname(this.#job.log), { recursive: true });
    this.taken += chunk.length;
    this.#keep(chunk);
    this.#lines.push(chunk);
  }

  #keep(chunk: Buffer): void {
    try {
      appendFileSync(this.#job.log, chunk, { flag: APPEND_NO_LINK });
    } catch (error) {
      // A full disk must not take the stage down with it.
      if (errno(error) === undefined) throw error;
    }
  }
}

class FollowedFile {
  readonly #file: string;
  offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  read(): Buffer {
    let descriptor: number;
    try {
      descriptor = openSync(this.#file, 'r');
    } catch (error) {
      if (errno(error) === 'ENOENT' || errno(error) === 'ESTALE') return Buffer.alloc(0);
      throw error;
    }
    try {
      const pieces: Buffer[] = [];
      for (let total = 0; total < MOST;) {
        const chunk = Buffer.allocUnsafe(PIECE);
        const read = readSync(descriptor, chunk, 0, chunk.length, this.offset);
        if (read === 0) break;
        this.offset += read;
        total += read;
        pieces.push(chunk.subarray(0, read));
      }
      return Buffer.concat(pieces);
    } finally {
      closeSync(descriptor);
    }
  }
}

const PIECE = 16 << 10;
