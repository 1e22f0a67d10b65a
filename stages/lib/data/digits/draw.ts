// Synthetic handwritten digits, shaped and centred like MNIST's: a jittered, warped, slanted skeleton drawn with a round pen.
// The experiment runs on them without a network. docs/experiment.md explains how each number was chosen.
import { PIXELS, SIZE } from '../images.ts';
import { random, shuffle, type Random } from '../random.ts';
import { SKELETONS, type Point, type Run, type Skeleton } from './skeletons.ts';

const JITTER = 0.035;
const WARPS = 2;
const POINTS_PER_RUN = 36;
/** Pixels that the longer side of a digit covers, pen included. */
const EXTENT = 20;
/** Pixels over which the pen's edge fades. */
const EDGE = 1.15;

export interface LabelledImages {
  /** [n × 784], 0 … 255 */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Digits of balanced classes in random order, all from one generator. */
export function drawDigits(count: number, seed: number, part: string): LabelledImages {
  const source = random(seed, 'digits', part);
  const labels = Uint8Array.from({ length: count }, (_, at) => at % SKELETONS.length);
  shuffle(labels, source);
  const images = new Uint8Array(count * PIXELS);
  for (const [at, label] of labels.entries()) images.set(drawDigit(label, source), at * PIXELS);
  return { images, labels };
}

export type Curve = readonly Point[];

function drawDigit(label: number, source: Random): Uint8Array {
  const skeleton = chooseSkeleton(SKELETONS[label]!, source);
  const curves = warp(jitter(skeleton.runs, source), source);
  const written = slantAndTurn(stretch(curves, label, source), source);
  const pen = clamp(1.27 + 0.3 * source.normal(), 0.65, 2.2);
  return inked(written, pen);
}

/**
 * Strokes of any size as MNIST's makers would have shown them.
 * @param curves points in any unit, y downwards; at least one of them
 * @param pen radius in pixels of the result
 * @returns [784], 0 … 255
 */
export function inked(curves: readonly Curve[], pen: number): Uint8Array {
  return centreOfMass(paint(fit(curves, pen), pen));
}

function chooseSkeleton(skeletons: readonly Skeleton[], source: Random): Skeleton {
  let rest = source.uniform();
  for (const skeleton of skeletons) {
    rest -= skeleton.weight;
    if (rest < 0) return skeleton;
  }
  return skeletons.at(-1)!;
}

/** Moves every distinct control point and draws curves through them, around the middle of the box. */
function jitter(runs: readonly Run[], source: Random): Curve[] {
  const moved = new Map<string, Point>();
  const move = ([x, y]: Point): Point => {
    const key = `${x} ${y}`;
    const known = moved.get(key);
    if (known !== undefined) return known;
    const point: Point = [x + JITTER * source.normal() - 0.5, y + JITTER * source.normal() - 0.5];
    moved.set(key, point);
    return point;
  };
  return runs.map((run) => catmullRom(run.map(move)));
}

/** Smooth curve through all points; a straight line through two. */
function catmullRom(points: readonly Point[]): Curve {
  if (points.length === 2) {
    const [from, to] = points as [Point, Point];
    return Array.from({ length: POINTS_PER_RUN }, (_, at) => mix(from, to, at / (POINTS_PER_RUN - 1)));
  }
  // Points beyond both ends, mirrored, give the ends their tangents.
  const padded = [mix(points[1]!, points[0]!, 2), ...points, mix(points.at(-2)!, points.at(-1)!, 2)];
  const pieces = points.length - 1;
  const steps = Math.max(2, Math.floor(POINTS_PER_RUN / pieces));
  const curve: Point[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const [a, b, c, d] = padded.slice(piece, piece + 4) as [Point, Point, Point, Point];
    for (let at = 0; at < steps; at++) {
      const t = at / steps;
      const along = (axis: 0 | 1): number =>
        0.5 *
        (2 * b[axis] +
          (c[axis] - a[axis]) * t +
          (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t ** 2 +
          (3 * b[axis] - 3 * c[axis] + d[axis] - a[axis]) * t ** 3);
      curve.push([along(0), along(1)]);
    }
  }
  curve.push(points.at(-1)!);
  return curve;
}

function mix(from: Point, to: Point, t: number): Point {
  return [from[0] * (1 - t) + to[0] * t, from[1] * (1 - t) + to[1] * t];
}

/** Adds slow sine waves. */
function warp(curves: readonly Curve[], source: Random): readonly Curve[] {
  let warped = curves;
  for (let wave = 0; wave < WARPS; wave++) {
    const [fx, fy] = [3.2 * source.normal(), 3.2 * source.normal()];
    const phase = 2 * Math.PI * source.uniform();
    const [ax, ay] = [0.035 * source.normal(), 0.035 * source.normal()];
    warped = mapPoints(warped, ([x, y]) => {
      const height = Math.sin(x * fx + y * fy + phase);
      return [x + ax * height, y + ay * height];
    });
  }
  return warped;
}

/** Width against height; a one is as thin as it likes. */
function stretch(curves: readonly Curve[], label: number, source: Random): readonly Curve[] {
  const ratio = label === 1 ? 0.5 + 0.6 * source.uniform() : Math.exp(Math.log(0.8) + 0.17 * source.normal());
  return mapPoints(curves, ([x, y]) => [x * ratio, y]);
}

function slantAndTurn(curves: readonly Curve[], source: Random): readonly Curve[] {
  const angle = 0.1 * source.normal();
  const slant = 0.18 + 0.22 * source.normal();
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  return mapPoints(curves, ([x, y]) => {
    const slanted = x - slant * y;
    return [slanted * cos - y * sin, slanted * sin + y * cos];
  });
}

/** Scales the longer side to the extent, and moves the box to the middle of the image. */
function fit(curves: readonly Curve[], pen: number): readonly Curve[] {
  const points = curves.flat();
  const range = (axis: 0 | 1): [number, number] => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [top, bottom]] = [range(0), range(1)];
  const scale = (EXTENT - 2 * pen) / Math.max(right - left, bottom - top, 1e-6);
  return mapPoints(curves, ([x, y]) => [
    (x - (left + right) / 2) * scale + SIZE / 2,
    (y - (top + bottom) / 2) * scale + SIZE / 2,
  ]);
}

/** Ink 0 … 1 of each pixel, by the distance of its middle to the nearest curve. */
function paint(curves: readonly Curve[], pen: number): Float64Array {
  const nearest = new Float64Array(PIXELS).fill(Infinity);
  const reach = pen + EDGE;
  for (const curve of curves) {
    for (let at = 1; at < curve.length; at++) {
      const [from, to] = [curve[at - 1]!, curve[at]!];
      const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
      const length = dx * dx + dy * dy + 1e-12;
      // Only pixels that the pen can reach from this piece.
      const [x0, x1] = pixelRange(Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach);
      const [y0, y1] = pixelRange(Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach);
      for (let y = y0; y <= y1; y++) {
        for (let x = x0; x <= x1; x++) {
          const [vx, vy] = [x + 0.5 - from[0], y + 0.5 - from[1]];
          const t = clamp((vx * dx + vy * dy) / length, 0, 1);
          const distance = (vx - t * dx) ** 2 + (vy - t * dy) ** 2;
          const pixel = y * SIZE + x;
          if (distance < nearest[pixel]!) nearest[pixel] = distance;
        }
      }
    }
  }
  return nearest.map((distance) => clamp((pen - Math.sqrt(distance)) / EDGE + 0.5, 0, 1));
}

function pixelRange(from: number, to: number): [number, number] {
  return [Math.max(0, Math.floor(from)), Math.min(SIZE - 1, Math.ceil(to))];
}

/** Moves the centre of mass to the middle by whole pixels, as MNIST's makers did; ink that leaves on one side enters on the other. */
function centreOfMass(ink: Float64Array): Uint8Array {
  let [mass, sumX, sumY] = [0, 0, 0];
  for (const [at, value] of ink.entries()) {
    mass += value;
    sumX += value * ((at % SIZE) + 0.5);
    sumY += value * (Math.floor(at / SIZE) + 0.5);
  }
  const shiftX = Math.round(SIZE / 2 - sumX / mass) + SIZE;
  const shiftY = Math.round(SIZE / 2 - sumY / mass) + SIZE;
  const image = new Uint8Array(PIXELS);
  for (const [at, value] of ink.entries()) {
    const x = ((at % SIZE) + shiftX) % SIZE;
    const y = (Math.floor(at / SIZE) + shiftY) % SIZE;
    image[y * SIZE + x] = Math.round(value * 255);
  }
  return image;
}

function mapPoints(curves: readonly Curve[], change: (point: Point) => Point): readonly Curve[] {
  return curves.map((curve) => curve.map(change));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
