// Which outputs stages began to write without a record of theirs since: a failure, an end by the user or a crash left them
// behind. While the stage is declared its next run clears them; afterwards nobody else would know where they came from.
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { crashPoint } from '../disk/crash-point.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { APPEND_NO_LINK } from '../disk/real-folder.ts';
import { storeError } from '../disk/disk-problem.ts';
import { errno } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';
import { parseJsonLines } from '../disk/json-lines.ts';

export interface Attempt {
  readonly stage: string;
  readonly outs: readonly WorkspacePath[];
}

export interface Attempts {
  /** Called before the first byte is written. @throws PipeError when it cannot be noted. */
  begin(attempt: Attempt): void;
  /** The stage is recorded. */
  end(attempt: Attempt): void;
  left(): readonly Attempt[];
  /** Forgets those that `keep` says nothing of any more. @throws PipeError when the file cannot be written. */
  settle(keep: (attempt: Attempt) => boolean): void;
}

/** @param file absolute path. */
export function openAttempts(file: string): Attempts {
  const known = new Map(read(file).map((attempt) => [lineOf(attempt), attempt]));
  let exists = existsSync(file);

  return {
    begin(attempt) {
      try {
        if (!exists) mkdirSync(dirname(file), { recursive: true });
        crashPoint('note attempt');
        appendFileSync(file, lineOf(attempt), { flag: APPEND_NO_LINK });
      } catch (error) {
        throw storeError(error, `note that the stage '${attempt.stage}' starts`, file);
      }
      exists = true;
      known.set(lineOf(attempt), attempt);
    },
    end: (attempt) => void known.delete(lineOf(attempt)),
    left: () => [...known.values()],
    settle(keep) {
      if (!exists) return;
      const left = [...known.values()].filter(keep);
      try {
        if (left.length > 0)
          replaceFile(file, left.map(lineOf).join(''), { aside: `${file}.new`, durable: false });
        else {
          crashPoint('drop attempts');
          rmSync(file, { force: true });
        }
      } catch (error) {
        throw storeError(error, 'note what did not come to its end', file);
      }
      exists = left.length > 0;
    },
  };
}

// The line end comes first, so that a line which a crash cut off spoils only itself.
const lineOf = (attempt: Attempt): string => `\n${JSON.stringify(attempt)}`;

function read(file: string): Attempt[] {
  try {
    return parseJsonLines(readFileSync(file, 'utf8')).filter(isAttempt);
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw error;
  }
}

function isAttempt(value: unknown): value is Attempt {
  const { stage, outs } = (value ?? {}) as { stage?: unknown; outs?: unknown };
  return typeof stage === 'string' && Array.isArray(outs) && outs.every((out) => typeof out === 'string');
}
