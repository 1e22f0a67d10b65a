// A number with its noun: `1 object`, `2 objects`.

/** @param noun whose plural ends in `s` alone. */
export const countText = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
