// Whether a stamp that was taken of a path shows every change since.
import { EXISTS, MISSING, numbersOfStamp, type PathStamp } from './path-stamp.ts';
import { unsettledFor } from './stat-key.ts';

/** Nanoseconds; longer than the resolution of any file system. */
const LONG_AGO = 10e9;

/** Whether the times of the file would show every change since then. @param started nanoseconds since the epoch. */
export function isSettled(what: PathStamp, started: bigint): boolean {
  if (what === EXISTS || what === MISSING) return true;
  const { mtimeNs, ctimeNs } = numbersOfStamp(what);
  // Most files are much older: only the others need exact numbers.
  if (Math.max(Number(mtimeNs), Number(ctimeNs)) < Number(started) - LONG_AGO) return true;
  return unsettledFor({ mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs) }, started) === 0n;
}
