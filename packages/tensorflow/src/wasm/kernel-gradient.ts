// Gradients of convolution kernels and matrices: sums of outer products over pixels, a few images at a time.
import type { Images } from './convolve.ts';
import type { Heap } from './heap.ts';

/** Bytes of rearranged images that are worked on at a time. */
const GROUP = 256 * 1024;

/** One side of the products: images with that border above and to the left, and below and to the right. */
export interface Side {
  readonly images: Images;
  readonly before: number;
  readonly after: number;
  /** Pixels from one product to the next. */
  readonly step: number;
}

/** Matrix number t of the gradient: Σ of left[pixel + leftTap] · right[pixel + rightTap], each [row, column]. */
export interface TapPair {
  readonly left: readonly [number, number];
  readonly right: readonly [number, number];
}

/** Addresses of the gradient's matrices, each [left channels, right channels]: strides in bytes, of the first two. */
export interface Matrices {
  readonly at: number;
  readonly tapStride: number;
  readonly rowStride: number;
}

/**
 * Adds the gradient to the values at `to`.
 * @param grid rows and columns of the pixels that are walked
 */
export function addKernelGradient(
  heap: Heap,
  left: Side,
  right: Side,
  grid: readonly [number, number],
  taps: readonly TapPair[],
  to: Matrices,
): void {
  const { kernels } = heap;
  const [a, b] = [panelsOf(left, 4), panelsOf(right, 8)];
  const all = left.images.images;
  const group = Math.max(1, Math.min(all, Math.floor(GROUP / (a.image * a.count + b.image * b.count))));
  const [leftPanel, rightPanel] = [group * a.image, group * b.image];

  let end = heap.room(leftPanel * a.count + rightPanel * b.count + 36);
  const take = (bytes: number): number => (end += bytes) - bytes;
  const [leftAt, rightAt, walk] = [take(leftPanel * a.count), take(rightPanel * b.count), take(36)];
  heap.clear(leftAt, walk - leftAt);
  const [height, width] = [left.images.channels, right.images.channels];
  for (let from = 0; from < all; from += group) {
    const count = Math.min(group, all - from);
    const fill = (
      { images, before }: Side,
      { row, pixel, image }: Panels,
      at: number,
      panel: number,
    ): void => {
      const { height, width, channels } = images;
      const source = images.at + 4 * from * height * width * channels;
      const copy = pixel === 16 ? kernels.toPanelsOfFour : kernels.toPanelsOfEight;
      copy(source, at + before * (row + pixel), count, height, width, channels, panel, image, row);
    };
    fill(left, a, leftAt, leftPanel);
    fill(right, b, rightAt, rightPanel);
    const strides = (side: Side, { image, row, pixel }: Panels): number[] => [
      image,
      side.step * row,
      side.step * pixel,
    ];
    const view = new DataView(heap.bytes().buffer, walk);
    for (const [at, value] of [count, ...grid, ...strides(left, a), ...strides(right, b)].entries())
      view.setInt32(4 * at, value, true);
    for (const [at, tap] of taps.entries()) {
      const p = leftAt + tap.left[0] * a.row + tap.left[1] * a.pixel;
      const q = rightAt + tap.right[0] * b.row + tap.right[1] * b.pixel;
      kernels.outer(
        p,
        leftPanel,
        q,
        rightPanel,
        to.at + at * to.tapStride,
        to.rowStride,
        height,
        width,
        walk,
      );
    }
  }
}

/** Bytes of one pixel, row and image within a panel, and the number of panels. */
interface Panels {
  readonly pixel: number;
  readonly row: number;
  readonly image: number;
  readonly count: number;
}

function panelsOf({ images, before, after }: Side, channels: 4 | 8): Panels {
  const pixel = 4 * channels;
  const row = (images.width + before + after) * pixel;
  return {
    pixel,
    row,
    image: (images.height + before + after) * row,
    count: Math.ceil(images.channels / channels),
  };
}

/** One matrix after the other, without gaps. */
export function packed(at: number, height: number, width: number): Matrices {
  return { at, tapStride: 4 * height * width, rowStride: 4 * width };
}
