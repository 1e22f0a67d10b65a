// The journal of submitted jobs: what a later run needs to find them again, however this one ends.
import { readFileSync } from 'node:fs';
import { errno } from '../../base/problem.ts';
import { openJournal, parseJournal } from '../../disk/journal.ts';

/** A job that was submitted, or is about to be. */
export interface JournaledJob {
  readonly name: string;
  readonly stage: string;
  readonly fingerprint: string;
  readonly temporary: boolean;
  /** The submission that it is part of, and the place of its task in that. */
  readonly key: string;
  readonly task: number;
  readonly tasks: number;
  /** Unknown until the submission has ended. */
  readonly id?: string;
}

export interface JobJournal {
  /** What earlier runs left, in their order. */
  readonly left: ReadonlyMap<string, JournaledJob>;
  submitting(jobs: readonly JournaledJob[]): void;
  submitted(key: string, ids: readonly string[]): void;
  forget(name: string): void;
  /** Whether a job is left. */
  hasOpen(): boolean;
  /** Removes the file. */
  remove(): void;
}

type Line =
  | { readonly what: 'submitting'; readonly job: JournaledJob }
  | { readonly what: 'submitted'; readonly key: string; readonly ids: readonly string[] }
  | { readonly what: 'ended'; readonly name: string };

/** @param file absolute path. @throws Error of the system. */
export function openJobJournal(file: string): JobJournal {
  const journal = openJournal(file, { name: 'job journal' });
  const left = readJobs(file);
  // Only what is left is kept. Each job has its id with it.
  const open = new Set(left.keys());
  const append = (lines: readonly Line[]): void => journal.append(lines);
  journal.rewrite([...left.values()].map((job): Line => ({ what: 'submitting', job })));
  return {
    left,
    submitting(jobs) {
      for (const { name } of jobs) open.add(name);
      append(jobs.map((job) => ({ what: 'submitting', job })));
    },
    submitted: (key, ids) => append([{ what: 'submitted', key, ids }]),
    forget(name) {
      if (open.delete(name)) append([{ what: 'ended', name }]);
    },
    hasOpen: () => open.size > 0,
    remove: () => journal.remove(),
  };
}

/** The jobs that no run has finished with. */
export function readJobs(file: string): ReadonlyMap<string, JournaledJob> {
  const jobs = new Map<string, JournaledJob>();
  for (const line of parseJournal(readText(file)) as Line[]) {
    if (line.what === 'submitting') jobs.set(line.job.name, line.job);
    else if (line.what === 'ended') jobs.delete(line.name);
    else if (line.what === 'submitted')
      for (const job of jobs.values())
        if (job.key === line.key && job.id === undefined)
          jobs.set(job.name, { ...job, id: line.ids[job.task]! });
  }
  return jobs;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  }
}
