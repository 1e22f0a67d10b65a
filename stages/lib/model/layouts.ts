// PyTorch's names and layouts of the model's parameters, and the way from and to ours. In a model file the model looks as if
// PyTorch had written it: convolutions [out, in, h, w], transposed ones [in, out, h, w], matrices [out, in], and the code's
// neighbours flattened channel by channel.
import type { Architecture } from './architecture.ts';
import { decoderBlocks, encoderBlocks, INNER, type Cdae } from './cdae-layers.ts';
import { unetBlocks, upLevels, type Unet } from './unet-layers.ts';

export interface Layout {
  /** Our name. */
  readonly name: string;
  /** PyTorch's shape. */
  readonly shape: readonly number[];
  /** Position among our values of each of PyTorch's, in PyTorch's order. */
  readonly order: Uint32Array;
}

/** For each parameter that has another order in PyTorch; all others are the same in both. */
export function layouts(architecture: Architecture): readonly Layout[] {
  return architecture.model === 'cdae' ? cdaeLayouts(architecture) : unetLayouts(architecture);
}

function cdaeLayouts(cdae: Cdae): readonly Layout[] {
  const { filters, latentDim } = cdae;
  const inner = INNER * INNER * filters[2];
  const output = { name: 'decoder.output', cin: filters[0], cout: 1 };
  return [
    ...encoderBlocks(cdae).map(({ name, cin, cout }) => convolution(`${name}.conv.weight`, cin, cout)),
    ...decoderBlocks(cdae).map(({ name, cin, cout }) => transposed(`${name}.conv.weight`, cin, cout)),
    convolution(`${output.name}.weight`, output.cin, output.cout),
    matrix(
      'encoder.latent.weight',
      latentDim,
      inner,
      (row, column) => channelsLast(column, filters[2]) * latentDim + row,
    ),
    matrix(
      'decoder.latent.weight',
      inner,
      latentDim,
      (row, column) => column * inner + channelsLast(row, filters[2]),
    ),
    {
      name: 'decoder.latent.bias',
      shape: [inner],
      order: Uint32Array.from({ length: inner }, (_, at) => channelsLast(at, filters[2])),
    },
  ];
}

function unetLayouts(unet: Unet): readonly Layout[] {
  const [channels] = unet.filters;
  return [
    ...unetBlocks(unet).map(({ name, cin, cout }) => convolution(`${name}.conv.weight`, cin, cout)),
    ...upLevels(unet).map(({ up: { name, cin, cout } }): Layout => {
      // [in, out, row, column] of ours, [in, (row, column, out)].
      const order = Uint32Array.from({ length: cin * cout * 4 }, (_, at) => {
        const tap = at % 4;
        const pair = (at - tap) / 4;
        return Math.floor(pair / cout) * 4 * cout + tap * cout + (pair % cout);
      });
      return { name: `${name}.weight`, shape: [cin, cout, 2, 2], order };
    }),
    {
      name: 'decoder.output.weight',
      shape: [1, channels, 1, 1],
      order: Uint32Array.from({ length: channels }, (_, at) => at),
    },
  ];
}

/** Index in [y, x, channel] of the value at index `at` in [channel, y, x]. */
function channelsLast(at: number, channels: number): number {
  const place = at % (INNER * INNER);
  return place * channels + Math.floor(at / (INNER * INNER));
}

function convolution(name: string, cin: number, cout: number): Layout {
  return kernel(name, [cout, cin, 3, 3], (out, input, y, x) => ((y * 3 + x) * cin + input) * cout + out);
}

function transposed(name: string, cin: number, cout: number): Layout {
  return kernel(name, [cin, cout, 3, 3], (input, out, y, x) => ((y * 3 + x) * cin + input) * cout + out);
}

function kernel(
  name: string,
  shape: readonly [number, number, 3, 3],
  place: (a: number, b: number, y: number, x: number) => number,
): Layout {
  const order = Uint32Array.from({ length: shape[0] * shape[1] * 9 }, (_, at) => {
    const tap = at % 9;
    const pair = (at - tap) / 9;
    return place(Math.floor(pair / shape[1]), pair % shape[1], Math.floor(tap / 3), tap % 3);
  });
  return { name, shape, order };
}

function matrix(
  name: string,
  rows: number,
  columns: number,
  place: (row: number, column: number) => number,
): Layout {
  const order = Uint32Array.from({ length: rows * columns }, (_, at) =>
    place(Math.floor(at / columns), at % columns),
  );
  return { name, shape: [rows, columns], order };
}
