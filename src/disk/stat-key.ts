// What the file system says of a file without reading it, and when equal values mean equal content.

/** Nanoseconds and bytes, as `fs.Stats` has them with `bigint: true`. */
export interface StatKey {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export const keyText = ({ ino, size, mtimeNs, ctimeNs }: StatKey): string =>
  `${ino}-${size}-${mtimeNs}-${ctimeNs}`;

export function sameKey(a: StatKey, b: StatKey): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

const SECOND = 1_000_000_000n;
/** Longer than the tick of any kernel's clock for file times (10 ms at 100 Hz). */
const FINE = 20_000_000n;
/** FAT keeps even seconds, some file systems whole ones. */
const COARSE = 2n * SECOND;

/**
 * Git's rule for racy timestamps: a file that was read at `time` (ns) can have changed once more without a change of its
 * times, unless they were old enough.
 * @returns nanoseconds until a read would be safe; 0n when it was.
 */
export function unsettledFor(key: StatKey, time: bigint): bigint {
  const newest = key.mtimeNs > key.ctimeNs ? key.mtimeNs : key.ctimeNs;
  const whole = key.mtimeNs % SECOND === 0n && key.ctimeNs % SECOND === 0n;
  const left = newest + (whole ? COARSE : FINE) - time;
  return left > 0n ? left : 0n;
}

/** Nanoseconds since the epoch, never later than the real time. */
export function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** What is known of a file of ours before it is renamed, which changes its `ctime`. */
export type PlacedStats = Pick<StatKey, 'ino' | 'size' | 'mtimeNs'>;

export function isPlaced({ ino, size, mtimeNs }: PlacedStats, placed: PlacedStats): boolean {
  return mtimeNs === placed.mtimeNs && size === placed.size && ino === placed.ino;
}

/** As `unsettledFor`, of a file that is changed by writing alone. */
export const isSettled = ({ mtimeNs }: PlacedStats): boolean =>
  mtimeNs % SECOND !== 0n && now() - mtimeNs >= FINE;
