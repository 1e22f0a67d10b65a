// Looks at many files of a folder from inside of it: finding the way through all folders of a path takes a quarter of a look.
import { lstatSync as lstatHere, type Stats } from 'node:fs';
import { errno } from '../base/problem.ts';
import { lookKey, type LookKey } from './stat-key.ts';
import { isObserved, lstatSync } from './witnessed-fs.ts';

/** What a look gives. */
export interface Look extends LookKey {
  readonly mode: number;
}

/**
 * Looks at what is in a folder. @param folder absolute path. @param name or a path relative to the folder.
 * @returns undefined where nothing is. @throws what `lstat` throws, with the absolute path.
 */
export type LookInside<S = Look> = (folder: string, name: string) => S | undefined;

/** Files of one folder, one after the other, from which on the process goes there. */
const WORTH_GOING = 16;

/**
 * @param work looks at files. It ends before it returns, and no other code runs meanwhile, so that nothing else sees that the
 * process is in another folder.
 */
export function lookingInside<T>(work: (look: LookInside) => T): T {
  // A witness and a mounted tree know files by their paths.
  return isObserved() ? work(lookWitnessed) : lookingUnseen(work);
}

function lookWitnessed(folder: string, name: string): Look | undefined {
  const stats = lstatSync(`${folder}/${name}`, { bigint: true, throwIfNoEntry: false });
  return stats && { ...lookKey(stats), mode: Number(stats.mode) };
}

const PLAIN = { throwIfNoEntry: false } as const;

/** As `lookingInside`, at what no witness needs, such as files of the cache. */
export function lookingUnseen<T>(work: (look: LookInside<Stats>) => T): T {
  const lookByPath: LookInside<Stats> = (folder, name) => lstatHere(`${folder}/${name}`, PLAIN);
  let home: string | undefined;
  let last = '';
  let count = 0;
  let inside = false;
  const look: LookInside<Stats> = (folder, name) => {
    if (folder !== last) {
      last = folder;
      count = 0;
      inside = false;
    }
    count += 1;
    if (count === WORTH_GOING) {
      home ??= here();
      inside = home !== undefined && enter(folder);
    }
    return inside ? lookHere(folder, name) : lookByPath(folder, name);
  };
  try {
    return work(look);
  } finally {
    if (home !== undefined) process.chdir(home);
  }
}

function lookHere(folder: string, name: string): Stats | undefined {
  try {
    return lstatHere(name, PLAIN);
  } catch (error) {
    if (errno(error) !== undefined) (error as NodeJS.ErrnoException).path = `${folder}/${name}`;
    throw error;
  }
}

/** Undefined where the folder of the process was removed. */
function here(): string | undefined {
  try {
    const home = process.cwd();
    // Node remembers its name; whether there is a way back shows only here.
    process.chdir(home);
    return home;
  } catch {
    return undefined;
  }
}

/** @returns false in a thread, and where the folder cannot be entered. */
function enter(folder: string): boolean {
  try {
    process.chdir(folder);
    return true;
  } catch {
    return false;
  }
}
