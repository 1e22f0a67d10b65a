// Whether a stamp that was taken of a path shows every change since.
import { EXISTS, MISSING, type PathStamp } from './path-stamp.ts';
import { unsettledFor } from './stat-key.ts';

/** Nanoseconds; longer than the resolution of any file system. */
const LONG_AGO = 10e9;

/** Whether the times of the file would show every change since then. @param started nanoseconds since the epoch. */
export function isSettled(what: PathStamp, started: bigint): boolean {
  if (what === EXISTS || what === MISSING) return true;
  const [, , mtime, ctime] = what.split('-');
  // Most files are much older: only the others need exact numbers.
  if (Math.max(Number(mtime), Number(ctime)) < Number(started) - LONG_AGO) return true;
  const [, , mtimeNs, ctimeNs] = what.split('-').map(BigInt) as [bigint, bigint, bigint, bigint];
  return unsettledFor({ mtimeNs, ctimeNs }, started) === 0n;
}
