// The kernels of convolutions and linear layers of the WebGPU training, each against plain JavaScript in double precision, on a driver
// that computes in software.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as convolution from '../../../packages/tensorflow/src/webgpu/kernels/convolution.ts';
import * as doubling from '../../../packages/tensorflow/src/webgpu/kernels/doubling.ts';
import {
  batchStatistics,
  rowStatistics,
} from '../../../packages/tensorflow/src/webgpu/kernels/statistics.ts';
import { tilingOf } from '../../../packages/tensorflow/src/webgpu/kernels/tiles.ts';
import { addParts } from '../../../packages/tensorflow/src/webgpu/kernels/parts.ts';
import type { Divided, Sizes } from '../../../packages/tensorflow/src/webgpu/kernels/convolution.ts';
import { softwareGpu, type Dispatched, type SoftwareGpu } from './software-gpu.ts';
import { near, RECIPE, values, zeros } from './kernel-numbers.ts';

let gpu: SoftwareGpu;
before(async () => {
  gpu = await softwareGpu();
});
after(() => gpu.dispose());

/** Images whose sizes are no multiples of tiles, and channels that no vector of four divides; then channels that four divides. */
const CONVOLUTIONS: readonly Sizes[] = [
  { images: 5, height: 7, width: 7, cin: 3, cout: 33 },
  { images: 3, height: 10, width: 14, cin: 36, cout: 68 },
];
const TRANSPOSED: readonly Sizes[] = [
  { images: 1, height: 7, width: 6, cin: 1, cout: 5 },
  { images: 5, height: 7, width: 7, cin: 36, cout: 68 },
];

for (const sizes of CONVOLUTIONS)
  test(`3×3 convolution and its gradients, ${JSON.stringify(sizes)}`, async () => {
    const { images, height, width, cin, cout } = sizes;
    const [x, weight, dy] = values(
      images * height * width * cin,
      9 * cin * cout,
      images * height * width * cout,
    );
    const [y, dx, dweight] = zeros(dy!.length, x!.length, weight!.length);
    everyTap(sizes, (place, seen, tap) => {
      for (let i = 0; i < cin; i++)
        for (let o = 0; o < cout; o++) {
          const [at, from, w] = [place * cout + o, seen * cin + i, (tap * cin + i) * cout + o];
          y![at]! += x![from]! * weight![w]!;
          dx![from]! += dy![at]! * weight![w]!;
          dweight![w]! += dy![at]! * x![from]!;
        }
    });
    const { kernel, tiled } = convolution.conv3x3(sizes);
    const [bx, bw, bdy] = [x!, weight!, dy!].map(gpu.buffer) as [GPUBuffer, GPUBuffer, GPUBuffer];
    const by = gpu.buffer(y!.length);
    const moments = gpu.buffer(2 * cout * tiled.phases * Math.ceil(tiled.rows / tiled.tileRows));
    const bdx = gpu.buffer(dx!.length);
    const summed = added(convolution.conv3x3KernelGradient(sizes), [bx, bdy]);
    const found = await gpu.run(
      [
        { kernel, buffers: [bx, bw, by, moments] },
        { kernel: convolution.conv3x3InputGradient(sizes), buffers: [bdy, bw, bdx] },
        ...summed.dispatches,
      ],
      [by, bdx, summed.result],
    );
    near(found, [y!, dx!, dweight!]);
  });

/** Rows enough that each shape of tiles is chosen. */
const SHAPES = [
  [64, { rows: 64, columns: 64 }],
  [20, { rows: 64, columns: 32 }],
  [16, { rows: 64, columns: 16 }],
] as const;

for (const [cout, shape] of SHAPES)
  test(`a convolution in tiles of ${shape.rows} × ${shape.columns}, and the moments of them`, async () => {
    const sizes = { images: 11, height: 28, width: 28, cin: 4, cout };
    const rows = sizes.images * 784;
    const { rows: high, columns: wide } = tilingOf(rows, cout, 9 * sizes.cin);
    assert.deepEqual({ rows: high, columns: wide }, shape);
    const [x, weight, scale] = values(rows * sizes.cin, 9 * sizes.cin * cout, cout);
    const [y] = zeros(rows * cout);
    everyTap(sizes, (place, seen, tap) => {
      for (let i = 0; i < sizes.cin; i++)
        for (let o = 0; o < cout; o++)
          y![place * cout + o]! += x![seen * sizes.cin + i]! * weight![(tap * sizes.cin + i) * cout + o]!;
    });
    const { kernel, tiled } = convolution.conv3x3(sizes);
    const [by, bscale] = [gpu.buffer(rows * cout), gpu.buffer(scale!)];
    const moments = gpu.buffer(2 * cout * Math.ceil(rows / tiled.tileRows));
    const [ofTiles, ofRows] = [0, 1].map(() => [cout, cout, 3 * cout].map((count) => gpu.buffer(count)));
    const found = await gpu.run(
      [
        { kernel, buffers: [gpu.buffer(x!), gpu.buffer(weight!), by, moments] },
        { kernel: batchStatistics(tiled, cout, RECIPE), buffers: [moments, bscale, ...ofTiles!] },
        { kernel: rowStatistics(rows, cout, RECIPE), buffers: [by, bscale, ...ofRows!] },
      ],
      [by, ofTiles![2]!, ofRows![2]!],
    );
    near(found.slice(0, 1), [y!]);
    near(found.slice(1, 2), found.slice(2));
  });

for (const sizes of TRANSPOSED)
  test(`transposed convolutions and their gradients, ${JSON.stringify(sizes)}`, async () => {
    const { images, height, width, cin, cout } = sizes;
    const pixels = images * height * width;
    const [x, weight, dy, small, bias] = values(
      pixels * cin,
      9 * cin * cout,
      4 * pixels * cout,
      4 * cin * cout,
      cout,
    );
    const [y, dx, dweight, y2, dx2, dsmall, dbias] = zeros(
      dy!.length,
      x!.length,
      weight!.length,
      dy!.length,
      x!.length,
      small!.length,
      cout,
    );
    for (let pixel = 0; pixel < pixels; pixel++) {
      const [row, column] = [Math.floor(pixel / width) % height, pixel % width];
      const image = Math.floor(pixel / width / height);
      for (let tap = 0; tap < 9; tap++) {
        const [r, c] = [2 * row + Math.floor(tap / 3) - 1, 2 * column + (tap % 3) - 1];
        if (r < 0 || c < 0) continue;
        for (let i = 0; i < cin; i++)
          for (let o = 0; o < cout; o++) {
            const at = ((image * 2 * height + r) * 2 * width + c) * cout + o;
            const [from, w] = [pixel * cin + i, (tap * cin + i) * cout + o];
            y![at]! += x![from]! * weight![w]!;
            dx![from]! += dy![at]! * weight![w]!;
            dweight![w]! += dy![at]! * x![from]!;
          }
      }
      for (let tap = 0; tap < 4; tap++)
        for (let o = 0; o < cout; o++) {
          const [r, c] = [2 * row + Math.floor(tap / 2), 2 * column + (tap % 2)];
          const at = ((image * 2 * height + r) * 2 * width + c) * cout + o;
          y2![at]! += bias![o]!;
          dbias![o]! += dy![at]!;
          for (let i = 0; i < cin; i++) {
            const [from, w] = [pixel * cin + i, i * 4 * cout + tap * cout + o];
            y2![at]! += x![from]! * small![w]!;
            dx2![from]! += dy![at]! * small![w]!;
            dsmall![w]! += dy![at]! * x![from]!;
          }
        }
    }
    const [bx, bw, bdy, bsmall, bbias] = [x!, weight!, dy!, small!, bias!].map(gpu.buffer);
    const [by, bdx, by2, bdx2] = [y!, dx!, y2!, dx2!].map(({ length }) => gpu.buffer(length));
    const { kernel, tiled } = doubling.upConv3x3(sizes);
    const moments = gpu.buffer(2 * cout * tiled.phases * Math.ceil(tiled.rows / tiled.tileRows));
    const summed = added(doubling.upConv3x3KernelGradient(sizes), [bx!, bdy!]);
    const summed2 = added(doubling.doublingKernelGradient(sizes), [bx!, bdy!]);
    const found = await gpu.run(
      [
        { kernel, buffers: [bx!, bw!, by!, moments] },
        { kernel: doubling.upConv3x3InputGradient(sizes), buffers: [bdy!, bw!, bdx!] },
        ...summed.dispatches,
        { kernel: doubling.doubling(sizes), buffers: [bx!, bsmall!, bbias!, by2!] },
        { kernel: doubling.doublingInputGradient(sizes), buffers: [bdy!, bsmall!, bdx2!] },
        ...summed2.dispatches,
      ],
      [by!, bdx!, summed.result, by2!, bdx2!, summed2.result],
    );
    const last = found.pop()!;
    const shares = last.subarray(dsmall!.length);
    const ofBias = dbias!.map((_, o) => [0, 1, 2, 3].reduce((sum, at) => sum + shares[at * cout + o]!, 0));
    near(
      [...found, [...last.subarray(0, dsmall!.length), ...ofBias]],
      [y!, dx!, dweight!, y2!, dx2!, [...dsmall!, ...dbias!]],
    );
  });

test('linear layer and its gradients', async () => {
  const [rows, cin, cout] = [67, 261, 33];
  const [x, weight, bias, dy] = values(rows * cin, cin * cout, cout, rows * cout);
  const [y, dx, dweight, dbias] = zeros(rows * cout, x!.length, weight!.length, cout);
  for (let row = 0; row < rows; row++)
    for (let o = 0; o < cout; o++) {
      y![row * cout + o]! += bias![o]!;
      dbias![o]! += dy![row * cout + o]!;
      for (let i = 0; i < cin; i++) {
        y![row * cout + o]! += x![row * cin + i]! * weight![i * cout + o]!;
        dx![row * cin + i]! += dy![row * cout + o]! * weight![i * cout + o]!;
        dweight![i * cout + o]! += dy![row * cout + o]! * x![row * cin + i]!;
      }
    }
  const [bx, bw, bbias, bdy] = [x!, weight!, bias!, dy!].map(gpu.buffer);
  const [by, by2] = [gpu.buffer(y!.length), gpu.buffer(y!.length)];
  const parts = convolution.linearParts(rows, cin, cout);
  const inParts = gpu.buffer(parts.count * parts.size);
  const summedInput = added(convolution.linearInputGradient(rows, cin, cout), [bdy!, bw!]);
  const summed = added(convolution.linearKernelGradient(rows, cin, cout), [bx!, bdy!]);
  const found = await gpu.run(
    [
      { kernel: convolution.linear(rows, cin, cout), buffers: [bx!, bw!, bbias!, by] },
      { kernel: parts.kernel, buffers: [bx!, bw!, inParts] },
      { kernel: addParts(parts.count, parts.size, { columns: cout }), buffers: [inParts, bbias!, by2] },
      ...summedInput.dispatches,
      ...summed.dispatches,
    ],
    [by, by2, summedInput.result, summed.result],
  );
  near(found, [y!, y!, dx!, [...dweight!, ...dbias!]]);
});

test('a batch that needs too many workgroups is refused', () => {
  assert.throws(() => convolution.conv3x3({ images: 6000, height: 28, width: 28, cin: 16, cout: 32 }), {
    name: 'BackendError',
    message:
      /^the batch is too large for the webgpu backend: a kernel \(convolution\) needs 73500 × 1 × 1 workgroups\n/,
  });
});

/** The kernel, and the sums of its parts. */
function added(
  { kernel, count, size }: Divided,
  buffers: readonly GPUBuffer[],
): { readonly dispatches: readonly Dispatched[]; readonly result: GPUBuffer } {
  const parts = gpu.buffer(count * size);
  const result = gpu.buffer(size);
  return {
    dispatches: [
      { kernel, buffers: [...buffers, parts] },
      { kernel: addParts(count, size), buffers: [parts, result] },
    ],
    result,
  };
}

/** Calls back for every pixel and each of the pixels around it. */
function everyTap(
  { images, height, width }: Sizes,
  callback: (place: number, seen: number, tap: number) => void,
): void {
  for (let place = 0; place < images * height * width; place++)
    for (let tap = 0; tap < 9; tap++) {
      const [row, column] = [Math.floor(place / width) % height, place % width];
      const [down, across] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
      if (row + down < 0 || row + down >= height || column + across < 0 || column + across >= width) continue;
      callback(place, place + down * width + across, tap);
    }
}
