// The records of a project: one file per experiment, replaced as a whole.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno, PipeError, type Problem } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { refuseLink } from '../disk/real-folder.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { storeError } from '../disk/store-error.ts';
import { refuseName } from './name.ts';
import type { ExperimentRecord } from './record.ts';
import { formatRecord, parseRecord } from './record-text.ts';

const ENDING = '.json';

export interface Records {
  /** The oldest first. */
  readonly records: readonly ExperimentRecord[];
  /** One for each file that is no record, or that a newer version wrote. */
  readonly unreadable: readonly Problem[];
}

/** @param folder absolute folder of the records; it need not exist. */
export function readRecords(folder: string): Records {
  const records: ExperimentRecord[] = [];
  const unreadable: Problem[] = [];
  for (const name of namesIn(folder)) {
    const record = readRecord(folder, name);
    if (record) records.push(record);
    else unreadable.push(unreadableProblem(folder, name));
  }
  records.sort((a, b) => compare(a.started, b.started) || naturally(a.name, b.name));
  return { records, unreadable };
}

/** As `readRecords`. @throws PipeError where one cannot be read. */
export function readAllRecords(folder: string): readonly ExperimentRecord[] {
  const { records, unreadable } = readRecords(folder);
  if (unreadable.length > 0) throw new PipeError(unreadable);
  return records;
}

/** @returns undefined where there is no such experiment. @throws PipeError where its record cannot be read. */
export function findRecord(folder: string, name: string): ExperimentRecord | undefined {
  if (!namesIn(folder).includes(name)) return undefined;
  const record = readRecord(folder, name);
  if (!record) throw new PipeError(unreadableProblem(folder, name));
  return record;
}

/** @throws PipeError where there is no such experiment. */
export function recordNamed(folder: string, name: string): ExperimentRecord {
  const record = findRecord(folder, name);
  if (record) return record;
  const names = namesIn(folder);
  const hint = didYouMean(name, names);
  throw new PipeError({
    code: 'exp-unknown',
    title: `there is no experiment '${name}'`,
    hint: hint ?? (names.length === 0 ? 'run one with `pipe exp run`' : '`pipe exp show` lists them'),
  });
}

/** @throws PipeError for a name that no file can have, and where the file cannot be written. */
export function writeRecord(folder: string, record: ExperimentRecord): void {
  refuseName(record.name);
  const file = fileOf(folder, record.name);
  try {
    makeFolder(folder);
    replaceFile(file, formatRecord(record), { replaceLink: true, steps: STEPS });
  } catch (error) {
    throw storeError(error, `write the record of the experiment '${record.name}'`, file);
  }
}

/** Only the record: garbage collection removes what no record names. */
export function removeRecord(folder: string, name: string): void {
  const file = fileOf(folder, name);
  try {
    crashPoint('remove experiment');
    rmSync(file, { force: true });
  } catch (error) {
    throw storeError(error, `remove the record of the experiment '${name}'`, file);
  }
}

const STEPS = { write: 'write experiment', rename: 'rename experiment' };

export const fileOf = (folder: string, name: string): string => join(folder, `${name}${ENDING}`);

function makeFolder(folder: string): void {
  refuseLink(folder);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
}

/** Of all experiments, without a look into their records. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ENDING) && !name.startsWith('.'))
      .map((name) => name.slice(0, -ENDING.length));
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw storeError(error, 'list the experiments', folder);
  }
}

/** The name of the file counts: a copy under another name is another experiment. */
function readRecord(folder: string, name: string): ExperimentRecord | undefined {
  let text: string;
  try {
    text = readFileSync(fileOf(folder, name), 'utf8');
  } catch {
    return undefined;
  }
  return parseRecord(text, name);
}

function unreadableProblem(folder: string, name: string): Problem {
  return {
    code: 'exp-unreadable',
    title: `the record of the experiment '${name}' cannot be read: it is damaged, or a newer version of pipe wrote it`,
    facts: [['record', fileOf(folder, name)]],
    hint: 'update pipe, or move the file away',
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `grid-2` before `grid-10`. */
export function naturally(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

/** Made when first needed, for that takes 10 ms. */
let collator: Intl.Collator | undefined;
