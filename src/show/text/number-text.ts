// Numbers for people: as many digits as say enough.

/** @returns with so many significant digits, but all that are before the point. */
export const shortNumber = (value: number, digits: number): string =>
  String(Math.abs(value) < 10 ** digits ? Number(value.toPrecision(digits)) : Math.round(value));
