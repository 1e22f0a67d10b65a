// How far a file is written that another thread reads at the same time: a number in shared memory that the reader waits for.

/** Its one number: bytes that are complete from the start on; below zero, less one, where there will be no more. */
export type WrittenUpTo = BigInt64Array<SharedArrayBuffer>;

/** Waking the reader is a system call. */
const STEP = 1n << 20n;

export const nothingWritten = (): WrittenUpTo => new BigInt64Array(new SharedArrayBuffer(8));

/** Called by the writer. */
export function advance(written: WrittenUpTo, bytes: number): void {
  if (BigInt(bytes) - Atomics.load(written, 0) >= STEP) publish(written, BigInt(bytes));
}

/** Called by the writer: there will be no more. */
export const endAt = (written: WrittenUpTo, bytes: number): void => publish(written, -1n - BigInt(bytes));

function publish(written: WrittenUpTo, value: bigint): void {
  Atomics.store(written, 0, value);
  Atomics.notify(written, 0);
}

/** Called by the reader, which is blocked until then. @returns how many bytes it may read, up to `most`. */
export function waitFor(written: WrittenUpTo, done: number, most: number): number {
  for (;;) {
    const value = Atomics.load(written, 0);
    const isLast = value < 0n;
    const left = Number(isLast ? -1n - value : value) - done;
    if (left >= most || isLast) return Math.min(Math.max(left, 0), most);
    Atomics.wait(written, 0, value);
  }
}
