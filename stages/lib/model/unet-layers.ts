// The U-Net as data: its layers and the shapes of its parameters. Three levels of two blocks each; what the encoder found at
// a level is joined to what the decoder makes there, so that nothing has to pass a short code. The residual one has the same layers
// and predicts the noise. What they compute is in unet-forward.ts.
import { blockParameters, dense, fan, type Block, type Parameter } from './parameters.ts';

export interface Unet {
  readonly model: 'unet' | 'residual_unet';
  /** Channels at 28 × 28, 14 × 14 and 7 × 7. */
  readonly filters: readonly [number, number, number];
}

/** Two blocks after one another. */
export interface Level {
  readonly name: string;
  readonly blocks: readonly [Block, Block];
}

/** From the whole image down to 7 × 7; the last is the bottom of the U. */
export function downLevels({ filters: [a, b, c] }: Unet): readonly [Level, Level, Level] {
  return [
    level('encoder.level1', 1, a, 28),
    level('encoder.level2', a, b, 14),
    level('encoder.level3', b, c, 7),
  ];
}

export interface UpLevel extends Level {
  /** The transposed convolution 2 × 2 before it, which doubles height and width; half of what its blocks get is from it. */
  readonly up: { readonly name: string; readonly cin: number; readonly cout: number };
}

/** Back up to the whole image. */
export function upLevels({ filters: [a, b, c] }: Unet): readonly [UpLevel, UpLevel] {
  return [
    { ...level('decoder.level2', 2 * b, b, 14), up: { name: 'decoder.up2', cin: c, cout: b } },
    { ...level('decoder.level1', 2 * a, a, 28), up: { name: 'decoder.up1', cin: b, cout: a } },
  ];
}

export function unetBlocks(unet: Unet): readonly Block[] {
  return [...downLevels(unet), ...upLevels(unet)].flatMap(({ blocks }) => blocks);
}

/** Every trained parameter, in a fixed order. */
export function unetParameters(unet: Unet): readonly Parameter[] {
  const both = ({ blocks }: Level): readonly Parameter[] =>
    blocks.flatMap((block) => blockParameters(block, block.cin));
  return [
    ...downLevels(unet).flatMap(both),
    ...upLevels(unet).flatMap((level) => [...upParameters(level), ...both(level)]),
    ...dense('decoder.output', unet.filters[0], 1),
  ];
}

/** Kernel [in, (row, column, out)] and bias. */
function upParameters({ up: { name, cin, cout } }: UpLevel): readonly Parameter[] {
  return [
    { name: `${name}.weight`, shape: [cin, 4 * cout], start: fan(4 * cout) },
    { name: `${name}.bias`, shape: [cout], start: fan(4 * cout) },
  ];
}

function level(name: string, cin: number, cout: number, size: number): Level {
  return {
    name,
    blocks: [
      { name: `${name}.block1`, cin, cout, size },
      { name: `${name}.block2`, cin: cout, cout, size },
    ],
  };
}
