// Sizes for people: bytes with a unit.
const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** `512 B`, `1.2 MB`, `34 GB`; powers of a thousand. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < UNITS.length - 1);
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]!}`;
}
