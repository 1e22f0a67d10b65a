// The kernels of normalisation of the WebGPU training, each against plain JavaScript in double precision, on a driver that computes in
// software.
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
import { addParts } from '../../../packages/tensorflow/src/webgpu/kernels/parts.ts';
import type { Sizes } from '../../../packages/tensorflow/src/webgpu/kernels/convolution.ts';
import { softwareGpu, type Dispatched, type SoftwareGpu } from './software-gpu.ts';
import { near, RECIPE, values, zeros } from './kernel-numbers.ts';

let gpu: SoftwareGpu;
before(async () => {
  gpu = await softwareGpu();
});
after(() => gpu.dispose());

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

/** The channels of each pixel from `first` on. */
function only(all: ArrayLike<number>, channels: number, first: number, count: number): number[] {
  return Array.from(all).filter((_, at) => at % channels >= first && at % channels < first + count);
}

function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
