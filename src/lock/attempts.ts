// The outputs that stages began to write and that were not recorded since: a failure, an end by the user or a crash left them. While the
// stage is declared, its next run removes them; afterwards only this file says which stage they came from.
import { openJournal, parseJournal } from '../disk/journal.ts';
import { storeError } from '../disk/store-error.ts';
import { errno } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';

export interface Attempt {
  readonly stage: string;
  readonly outs: readonly WorkspacePath[];
}

export interface Attempts {
  /** Called before the first byte is written. @throws PipeError when the attempt cannot be noted. */
  begin(attempt: Attempt): void;
  /** The stage is recorded. */
  end(attempt: Attempt): void;
  left(): readonly Attempt[];
  /** Keeps only some attempts. @throws PipeError when the file cannot be written. */
  retain(keep: (attempt: Attempt) => boolean): void;
}

/** @param file absolute path. */
export function openAttempts(file: string): Attempts {
  const journal = openJournal(file, { name: 'attempts' });
  const known = new Map(read(file).map((attempt) => [keyOf(attempt), attempt]));
  let exists = existsSync(file);

  return {
    begin(attempt) {
      try {
        journal.append([attempt]);
      } catch (error) {
        throw storeError(error, `note that the stage '${attempt.stage}' starts`, file);
      }
      exists = true;
      known.set(keyOf(attempt), attempt);
    },
    end: (attempt) => void known.delete(keyOf(attempt)),
    left: () => [...known.values()],
    retain(keep) {
      if (!exists) return;
      const left = [...known.values()].filter(keep);
      try {
        journal.rewrite(left);
      } catch (error) {
        throw storeError(error, 'note which stages did not end', file);
      }
      exists = left.length > 0;
    },
  };
}

const keyOf = (attempt: Attempt): string => JSON.stringify(attempt);

function read(file: string): Attempt[] {
  try {
    return parseJournal(readFileSync(file, 'utf8')).filter(isAttempt);
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw error;
  }
}

function isAttempt(value: unknown): value is Attempt {
  const { stage, outs } = (value ?? {}) as { stage?: unknown; outs?: unknown };
  return typeof stage === 'string' && Array.isArray(outs) && outs.every((out) => typeof out === 'string');
}
