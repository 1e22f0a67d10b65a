// The kernels of the WebGPU training, each against plain JavaScript in double precision, on a driver that computes in software.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as convolution from '../../../packages/tensorflow/src/webgpu/kernels/convolution.ts';
import * as doubling from '../../../packages/tensorflow/src/webgpu/kernels/doubling.ts';
import { normalise } from '../../../packages/tensorflow/src/webgpu/kernels/normalisation.ts';
import {
  normalisationGradient,
  normalisationSums,
} from '../../../packages/tensorflow/src/webgpu/kernels/normalisation-gradient.ts';
import {
  batchStatistics,
  fixedStatistics,
  rowStatistics,
} from '../../../packages/tensorflow/src/webgpu/kernels/statistics.ts';
import { tilingOf } from '../../../packages/tensorflow/src/webgpu/kernels/tiles.ts';
import { addParts } from '../../../packages/tensorflow/src/webgpu/kernels/parts.ts';
import type { Divided, Sizes } from '../../../packages/tensorflow/src/webgpu/kernels/convolution.ts';
import { softwareGpu, type Dispatched, type SoftwareGpu } from './software-gpu.ts';

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

const RECIPE = { epsilon: 1e-5, momentum: 0.1 };

interface NormalisationCase extends Sizes {
  readonly whole: boolean;
  readonly halved: boolean;
  readonly among?: { readonly channels: number; readonly first: number };
}

const NORMALISATIONS: readonly NormalisationCase[] = [
  { images: 5, height: 7, width: 7, cin: 2, cout: 33, whole: false, halved: true },
  {
    images: 3,
    height: 6,
    width: 9,
    cin: 4,
    cout: 8,
    whole: true,
    halved: true,
    among: { channels: 20, first: 8 },
  },
  { images: 1, height: 4, width: 5, cin: 1, cout: 3, whole: true, halved: false },
];

for (const { whole, halved, among, ...sizes } of NORMALISATIONS)
  test(`normalisation after a convolution and its gradients, ${JSON.stringify({ whole, halved, among, ...sizes })}`, async () => {
    const { images, height, width, cin, cout } = sizes;
    const pixels = images * height * width;
    const { channels, first } = among ?? { channels: cout, first: 0 };
    const [h2, w2] = [Math.floor(height / 2), Math.floor(width / 2)];
    const [input, weight, scale, shift, mean, variance] = values(
      pixels * cin,
      9 * cin * cout,
      cout,
      cout,
      cout,
      cout,
    );
    const [dy, dhalved] = values(pixels * channels, images * h2 * w2 * cout);
    // What the convolution computes, in single precision: it is the normalisation that is tested.
    const { kernel, tiled } = convolution.conv3x3(sizes);
    const moments = gpu.buffer(2 * cout * Math.ceil(tiled.rows / tiled.tileRows));
    const x = gpu.buffer(pixels * cout);
    const [bscale, bshift, bmean, bvariance, bdy, bdhalved] = [
      scale!,
      shift!,
      mean!,
      variance!,
      dy!,
      dhalved!,
    ].map(gpu.buffer);
    const [statistics, y, yHalved] = [
      gpu.buffer(3 * cout),
      gpu.buffer(pixels * channels),
      gpu.buffer(dhalved!.length),
    ];
    const dx = gpu.buffer(pixels * cout);
    const shape = { images, height, width, channels: cout };
    const uses = { ...(whole && { whole: among === undefined ? {} : { among } }), halved };
    const results = [...(whole ? [y] : []), ...(halved ? [yHalved] : [])];
    const gradients = [...(whole ? [bdy!] : []), ...(halved ? [bdhalved!] : [])];
    const read = [x, statistics, bshift!];
    const sums = normalisationSums(shape, uses);
    const bsums = gpu.buffer(sums.size * sums.count);
    const dboth = gpu.buffer(sums.size);
    const ofRows = [gpu.buffer(mean!), gpu.buffer(variance!), gpu.buffer(3 * cout)];
    const dispatches: Dispatched[] = [
      { kernel, buffers: [gpu.buffer(input!), gpu.buffer(weight!), x, moments] },
      {
        kernel: batchStatistics(tiled, cout, RECIPE),
        buffers: [moments, bscale!, bmean!, bvariance!, statistics],
      },
      { kernel: rowStatistics(pixels, cout, RECIPE), buffers: [x, bscale!, ...ofRows] },
      { kernel: normalise(shape, uses), buffers: [...read, ...results] },
      { kernel: sums.kernel, buffers: [...read, ...gradients, bsums] },
      { kernel: addParts(sums.count, sums.size), buffers: [bsums, dboth] },
      { kernel: normalisationGradient(shape, uses), buffers: [...read, ...gradients, bsums, dx] },
    ];
    const moved = [bmean!, bvariance!, statistics];
    const all = await gpu.run(dispatches, [...moved, ...ofRows, x, y, yHalved, dboth, dx]);
    near(all.slice(3, 6), all.slice(0, 3));
    const [fx, fy, fhalved, fboth, fdx] = all.slice(6) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const [newMean, newVariance, ey, ehalved, eboth, edx] = zeros(
      cout,
      cout,
      pixels * channels,
      dhalved!.length,
      2 * cout,
      pixels * cout,
    );
    for (let c = 0; c < cout; c++) {
      const all = Float64Array.from({ length: pixels }, (_, pixel) => fx[pixel * cout + c]!);
      const m = total(all) / pixels;
      const squares = total(all.map((value) => (value - m) ** 2));
      const inverse = 1 / Math.sqrt(squares / pixels + RECIPE.epsilon);
      newMean![c] = 0.9 * mean![c]! + 0.1 * m;
      newVariance![c] = 0.9 * variance![c]! + (0.1 * squares) / (pixels - 1);
      const relu = all.map((value) => Math.max(0, (value - m) * inverse * scale![c]! + shift![c]!));
      const gradient = new Float64Array(pixels);
      for (const [pixel, value] of relu.entries()) {
        ey![pixel * channels + first + c] = value;
        if (whole) gradient[pixel]! += dy![pixel * channels + first + c]!;
      }
      for (let image = 0; image < (halved ? images : 0); image++)
        for (let r = 0; r < h2; r++)
          for (let q = 0; q < w2; q++) {
            const corner = (image * height + 2 * r) * width + 2 * q;
            const window = [corner, corner + 1, corner + width, corner + width + 1];
            const best = window.reduce((a, b) => (relu[b]! > relu[a]! ? b : a));
            const at = ((image * h2 + r) * w2 + q) * cout + c;
            ehalved![at] = relu[best]!;
            gradient[best]! += dhalved![at]!;
          }
      for (const pixel of relu.keys()) if (relu[pixel] === 0) gradient[pixel] = 0;
      const sum = total(gradient);
      const along = total(gradient.map((value, pixel) => value * (all[pixel]! - m)));
      eboth![c] = sum;
      eboth![cout + c] = along * inverse;
      for (const pixel of relu.keys())
        edx![pixel * cout + c] =
          (gradient[pixel]! - sum / pixels - ((all[pixel]! - m) * along * inverse ** 2) / pixels) *
          inverse *
          scale![c]!;
    }
    near(
      [...all.slice(0, 2), whole ? only(fy, channels, first, cout) : [], halved ? fhalved : [], fboth, fdx],
      [
        newMean!,
        newVariance!,
        whole ? only(ey!, channels, first, cout) : [],
        halved ? ehalved! : [],
        eboth!,
        edx!,
      ],
    );
  });

test('layers that normalise what they read; twice the same bytes', async () => {
  const [cin, cout, among] = [4, 8, { channels: 12, first: 4 }] as const;
  const sizes = { images: 2, height: 5, width: 6, cin, cout };
  const [x, weight, dy, statistics, shift, bias] = values(
    60 * cin,
    9 * cin * cout,
    240 * among.channels,
    3 * cin,
    cin,
    cout,
  ).map((given) => gpu.buffer(given)) as [GPUBuffer, GPUBuffer, GPUBuffer, GPUBuffer, GPUBuffer, GPUBuffer];
  // The same buffers, normalised by a kernel of its own first.
  const normalised = gpu.buffer(60 * cin);
  const shape = { images: 2, height: 5, width: 6, channels: cin };
  const first: Dispatched = {
    kernel: normalise(shape, { whole: {} }),
    buffers: [x, statistics, shift, normalised],
  };
  const results = async (reading: { readonly normalised: boolean }): Promise<Float32Array[]> => {
    const read = reading.normalised ? [x, statistics, shift] : [normalised];
    const both = { ...reading, among };
    const up = doubling.upConv3x3(sizes, reading);
    const around = convolution.conv3x3(sizes, reading);
    const divided = [
      convolution.conv3x3KernelGradient(sizes, reading),
      doubling.upConv3x3KernelGradient(sizes, reading),
      doubling.doublingKernelGradient(sizes, both),
    ];
    const parts = divided.map(({ count, size }) => gpu.buffer(count * size));
    const [y, y2, y3] = [gpu.buffer(60 * cout), gpu.buffer(240 * cout), gpu.buffer(240 * among.channels)];
    const moments = [around, up].map(({ tiled }) =>
      gpu.buffer(2 * cout * tiled.phases * Math.ceil(tiled.rows / tiled.tileRows)),
    );
    return gpu.run(
      [
        first,
        { kernel: around.kernel, buffers: [...read, weight, y, moments[0]!] },
        { kernel: up.kernel, buffers: [...read, weight, y2, moments[1]!] },
        { kernel: doubling.doubling(sizes, both), buffers: [...read, weight, bias, y3] },
        ...divided.map(({ kernel }, at) => ({ kernel, buffers: [...read, dy, parts[at]!] })),
      ],
      [y, y2, y3, ...moments, ...parts],
    );
  };
  const expected = await results({ normalised: false });
  const found = await results({ normalised: true });
  near(found, expected);
  assert.deepEqual(await results({ normalised: true }), found);
});

test('statistics of a finished model', async () => {
  const [scale, mean, spread] = values(70, 70, 70) as [Float32Array, Float32Array, Float32Array];
  const variance = spread.map(Math.abs);
  const buffers = [scale, mean, variance].map((given) => gpu.buffer(given));
  const statistics = gpu.buffer(210);
  const kernel = fixedStatistics(70, RECIPE.epsilon);
  const [found] = await gpu.run([{ kernel, buffers: [...buffers, statistics] }], [statistics]);
  const inverse = Array.from(variance, (value) => 1 / Math.sqrt(value + RECIPE.epsilon));
  near([found!], [[...mean, ...inverse, ...inverse.map((value, at) => value * scale[at]!)]]);
});

test('a batch that needs too many workgroups is refused', () => {
  assert.throws(() => convolution.conv3x3({ images: 6000, height: 28, width: 28, cin: 16, cout: 32 }), {
    name: 'BackendError',
    message:
      /^the batch is too large for the webgpu backend: a kernel \(convolution\) needs 73500 × 1 × 1 workgroups\n/,
  });
});

/** The channels of each pixel from `first` on. */
function only(all: ArrayLike<number>, channels: number, first: number, count: number): number[] {
  return Array.from(all).filter((_, at) => at % channels >= first && at % channels < first + count);
}

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

let state = 1;

/** Numbers between −1 and 1, the same in each run. */
function values(...counts: readonly number[]): Float32Array[] {
  return counts.map((count) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 31 - 1;
    }),
  );
}

function zeros(...counts: readonly number[]): Float64Array[] {
  return counts.map((count) => new Float64Array(count));
}

function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Of single precision: the differences are small against the largest value. */
function near(found: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): void {
  for (const [which, right] of expected.entries()) {
    const scale = Array.from(right).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    assert.equal(found[which]!.length, right.length);
    for (let at = 0; at < right.length; at++) {
      const apart = Math.abs(found[which]![at]! - right[at]!) / scale;
      assert.ok(apart < 5e-6, `result ${which}, value ${at}: ${found[which]![at]}, expected ${right[at]}`);
    }
  }
}
