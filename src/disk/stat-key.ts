// What the file system says of a file without reading it, and when equal values mean equal content.

/** Nanoseconds and bytes, as `fs.Stats` has them with `bigint: true`. */
export interface StatKey {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export type Times = Pick<StatKey, 'mtimeNs' | 'ctimeNs'>;

export const keyText = ({ ino, size, mtimeNs, ctimeNs }: StatKey): string =>
  `${ino}-${size}-${mtimeNs}-${ctimeNs}`;

export function sameKey(a: StatKey, b: StatKey): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/**
 * The same with the numbers that `fs.Stats` has without `bigint`. Looking at a file takes a quarter less time then, and leaves a fifth of
 * the garbage. Times are exact to a quarter of a microsecond: where `unsettledFor` was 0n, later changes differ by far more.
 */
export interface LookKey {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

const SECOND = 1_000_000_000n;

export const lookKey = ({ ino, size, mtimeNs, ctimeNs }: StatKey): LookKey => ({
  // Negative with `bigint` from 2 ** 63 on, as some network file systems have them.
  ino: Number(BigInt.asUintN(64, ino)),
  size: Number(size),
  mtimeMs: millisecondsOf(mtimeNs),
  ctimeMs: millisecondsOf(ctimeNs),
});

/** Rounded as `fs.Stats` does it: before 1970 too, the part of a second counts forward. */
function millisecondsOf(time: bigint): number {
  const part = ((time % SECOND) + SECOND) % SECOND;
  return Number((time - part) / SECOND) * 1000 + Number(part) / 1e6;
}

/** Its times in nanoseconds. */
export const timesOf = ({ mtimeMs, ctimeMs }: LookKey): Times => ({
  mtimeNs: nanosecondsOf(mtimeMs),
  ctimeNs: nanosecondsOf(ctimeMs),
});

function nanosecondsOf(time: number): bigint {
  const whole = Math.floor(time);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((time - whole) * 1e6));
}

export const sameLook = (a: LookKey, b: LookKey): boolean =>
  a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;

/** Longer than the tick of any kernel's clock for file times (10 ms at 100 Hz). */
const FINE = 20_000_000n;
/** FAT keeps even seconds, some file systems whole ones. */
const COARSE = 2n * SECOND;

/**
 * Git's rule for racy timestamps: a file that was read at `time` (ns) can have changed once more without a change of its
 * times, unless they were old enough.
 * @returns nanoseconds until a read would be safe; 0n when it was.
 */
export function unsettledFor(key: Times, time: bigint): bigint {
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
export type PlacedStats = Pick<LookKey, 'ino' | 'size' | 'mtimeMs'>;

export const isPlaced = (a: PlacedStats, placed: PlacedStats): boolean =>
  a.mtimeMs === placed.mtimeMs && a.size === placed.size && a.ino === placed.ino;

/** As `unsettledFor`, of a file that is changed by writing alone. */
export const isSettled = ({ mtimeMs }: PlacedStats): boolean =>
  mtimeMs % 1000 !== 0 && now() - nanosecondsOf(mtimeMs) >= FINE;
