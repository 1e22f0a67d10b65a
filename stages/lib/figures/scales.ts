// Scales and their ticks: the numbers along an axis.

/** Position from 0 to 1; a value below the range is at its start. */
export function logScale(low: number, high: number): (value: number) => number {
  const [from, to] = [Math.log(low), Math.log(high)];
  return (value) => (Math.log(Math.max(value, low)) - from) / (to - from || 1);
}

/** The 1, 2 and 5 of each power of ten inside the range; all of 1 … 9 where those are fewer than two. */
export function logTicks(low: number, high: number): readonly number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (let digit = 1; digit <= 9; digit++) all.push(Number((digit * 10 ** power).toPrecision(1)));
  const inside = all.filter((value) => value >= low && value <= high);
  const few = inside.filter((value) => /^[125]/.test(String(value).replace(/^0?\.0*/, '')));
  return few.length >= 2 ? few : inside;
}

/** Round numbers inside the range, at most `most` of them. */
export function linearTicks(low: number, high: number, most: number): readonly number[] {
  const rough = (high - low) / most;
  if (!(rough > 0)) return [low];
  const power = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((factor) => factor * 10 ** power >= rough)!;
  const step = factor * 10 ** power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  // By way of text: 3 · 0.1 is 0.30000000000000004.
  return Array.from({ length: count }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** Epoch 1 and a handful of round ones. */
export function epochTicks(epochs: number): readonly number[] {
  const step = [1, 2, 5, 10, 20, 50, 100].find((step) => epochs / step <= 6) ?? epochs;
  const ticks = Array.from({ length: epochs }, (_, at) => at + 1);
  return ticks.filter((epoch) => epoch === 1 || epoch % step === 0);
}
