// The nearest names to a mistyped one.

/** At most `most` of the candidates that are similar enough to the name, nearest first. */
export function nearest(name: string, candidates: Iterable<string>, most = 1): string[] {
  const limit = Math.max(1, Math.floor(name.length / 3) + (name.length > 3 ? 1 : 0));
  const scored: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit) scored.push({ candidate, distance });
  }
  return scored
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** `did you mean 'x' or 'y'?` with at most `most` names, or undefined when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>, most = 1): string | undefined {
  const near = nearest(name, candidates, most);
  return near.length === 0 ? undefined : `did you mean ${near.map((one) => `'${one}'`).join(' or ')}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours. Names are cut at 64 characters. */
function editDistance(from: string, to: string): number {
  const a = from.slice(0, 64);
  const b = to.slice(0, 64);
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
