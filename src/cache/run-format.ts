// What differs between dialects in the files that keep earlier runs, in the cache and on remotes.
import type { Digest } from '../hash/digest.ts';
import type { LockedPath, LockEntry } from '../lock/lock-entry.ts';

/** The outputs of one run. */
export type RunResult = readonly LockedPath[];

export interface RunFormat {
  /** Names of the folders on the way from the folder of runs to a record, and of the record. */
  readonly names: readonly RegExp[];
  /** @returns results in the text of a record, newest first; undefined where it is no record, or of another version. */
  parse(text: string): readonly RunResult[] | undefined;
  /** The text of a record with these results. Called only for records that `parse` found several results in. */
  format(results: readonly RunResult[]): string;
  /** The text of a record on a remote. */
  record(entry: LockEntry): string;
  /** Folder of the signed records on a remote. */
  readonly records: string;
  /** Unsigned records of another program on the same remote. */
  readonly foreign?: {
    /** Folder of all of them. */
    readonly root: string;
    folder(key: Digest): string;
    file(entry: LockEntry): { readonly name: string; readonly text: string };
  };
}
