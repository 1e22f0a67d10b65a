// Merges the lock files of two branches, stage by stage. Every entry records a real run and is compared with the workspace before it is
// used: either side can make a stage stale, never wrongly fresh.

/** The merged lock file. */
export interface MergedText {
  readonly text: string;
  /** Stages that both branches recorded, differently: our side was taken. */
  readonly both: readonly string[];
}

type Equal<T> = (a: T | undefined, b: T | undefined) => boolean;
type Entries<T> = ReadonlyMap<string, T>;

/** Merges records of stages by name, of any type. */
export function mergeEntries<T>(
  base: Entries<T>,
  ours: Entries<T>,
  theirs: Entries<T>,
  equal: Equal<T>,
): { readonly entries: Entries<T>; readonly both: readonly string[] } {
  const both: string[] = [];
  const entries = new Map<string, T>();
  for (const name of mergedOrder([...ours.keys()], [...theirs.keys()])) {
    const [before, our, their] = [base, ours, theirs].map((side) => side.get(name));
    if (
      our !== undefined &&
      their !== undefined &&
      !equal(our, their) &&
      !equal(our, before) &&
      !equal(their, before)
    )
      both.push(name);
    const taken = pick(before, our, their, equal);
    if (taken !== undefined) entries.set(name, taken);
  }
  return { entries, both };
}

/** The side that changed; ours where both did, unless ours only removed what theirs ran. */
export function pick<T>(
  before: T | undefined,
  our: T | undefined,
  their: T | undefined,
  equal: Equal<T>,
): T | undefined {
  if (equal(our, before)) return their;
  return our ?? (equal(their, before) ? undefined : their);
}

/** Our order; an entry that only they have follows the entry that it follows in theirs. */
function mergedOrder(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  const order = [...ours];
  const known = new Set(ours);
  let after = -1;
  for (const name of theirs) {
    if (known.has(name)) after = order.indexOf(name);
    else {
      after += 1;
      order.splice(after, 0, name);
    }
  }
  return order;
}
