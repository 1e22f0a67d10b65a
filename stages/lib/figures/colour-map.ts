// Colours for errors: from black over violet and orange to light yellow, ever lighter, so that they read in grey too. (The anchors
// are those of Matplotlib's "inferno", linear in between.)

type Rgb = readonly [red: number, green: number, blue: number];

const ANCHORS: readonly Rgb[] = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
];

/** @param value 0 … 1, cut there */
export function errorColour(value: number): Rgb {
  const place = Math.min(1, Math.max(0, value)) * (ANCHORS.length - 1);
  const at = Math.min(Math.floor(place), ANCHORS.length - 2);
  const [from, to] = [ANCHORS[at]!, ANCHORS[at + 1]!];
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (place - at) * (to[channel] - from[channel]));
  return [mix(0), mix(1), mix(2)];
}
