// Which processes can have been started after a certain one. The system gives numbers one after the other, so they have higher ones, unless it
// began again at the lowest meanwhile.
import { readFileSync } from 'node:fs';

/** What the system says of the numbers it gives. */
export interface Numbers {
  /** Processes and threads that it has started. */
  readonly started: number;
  /** Those that exist. */
  readonly existing: number;
  /** The number that it gave last. */
  readonly last: number;
  /** All numbers are lower. */
  readonly limit: number;
}

/** Undefined on a system that does not say it. */
export function numbersNow(): Numbers | undefined {
  try {
    const [, started] = /^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1')) ?? [];
    const [, existing, last] = /\/(\d+) (\d+)\s*$/.exec(readFileSync('/proc/loadavg', 'latin1')) ?? [];
    const limit = readFileSync('/proc/sys/kernel/pid_max', 'latin1');
    if (!Number(started) || !Number(last)) return undefined;
    return {
      started: Number(started),
      existing: Number(existing),
      last: Number(last),
      limit: Number(limit),
    };
  } catch {
    return undefined;
  }
}

/**
 * @param first the number of a process. @param before from before it was started.
 * @returns the lowest number that one which was started later can have; 0 where that is unknown.
 */
export function lowestAfter(first: number, before: Numbers | undefined, now: Numbers | undefined): number {
  // The system must have counted the first process itself.
  if (!before || !now || now.started <= before.started || now.last < first) return 0;
  // Numbers that are taken are left out.
  const highest = first + (now.started - before.started) + now.existing;
  return highest < now.limit ? first : 0;
}
