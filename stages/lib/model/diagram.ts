// A drawing of the architecture, made from the model's own description: a row for each block with its shape and parameters.
import { parameters, type Architecture } from './architecture.ts';
import { decoderBlocks, encoderBlocks, INNER, type Cdae } from './cdae-layers.ts';
import { sizeOf } from './parameters.ts';
import { downLevels, upLevels, type Level, type Unet, type UpLevel } from './unet-layers.ts';

interface Row {
  readonly name: string;
  readonly layers: string;
  /** Height × width × channels, or the length of a vector. */
  readonly shape: string;
  /** Start of its parameters' names. */
  readonly prefix?: string;
  /** Name of an earlier row whose output is joined to this one's. */
  readonly joins?: string;
  readonly colour: string;
}

const WIDTH = 900;
const HEIGHT = 46;
const GAP = 14;
const MARGIN = 20;
const TITLES: { readonly [model in Architecture['model']]: string } = {
  cdae: 'denoising autoencoder',
  unet: 'U-Net',
  residual_unet: 'residual U-Net',
};
const COLOURS = { data: '#e4e4de', encoder: '#cfe3ea', code: '#f4dcc0', decoder: '#d9d3ea' };

/** @returns an SVG document */
export function architectureDiagram(architecture: Architecture): string {
  const rows = rowsOf(architecture);
  const height = 2 * MARGIN + rows.length * HEIGHT + (rows.length - 1) * GAP;
  const joins = rows.flatMap(({ joins }, at) => (joins === undefined ? [] : [drawJoin(rows, at)]));
  const drawn = [...joins, ...rows.map((row, at) => drawRow(row, at, architecture))].join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="14" role="img">
<title>The layers of the ${TITLES[architecture.model]}</title>
<rect width="100%" height="100%" fill="#fff"/>
${drawn}
</svg>
`;
}

function rowsOf(architecture: Architecture): readonly Row[] {
  return architecture.model === 'cdae' ? cdaeRows(architecture) : unetRows(architecture);
}

const NOISY: Row = { name: 'noisy image', layers: 'values 0 … 1', shape: '28×28×1', colour: COLOURS.data };

function cdaeRows(cdae: Cdae): readonly Row[] {
  const { filters, latentDim } = cdae;
  const encoder = encoderBlocks(cdae).map(({ name, cout, size }): Row => {
    const half = Math.floor(size / 2);
    const layers = `convolution 3×3 at ${size}×${size}, normalisation, ReLU, max pool 2`;
    return { name, layers, shape: `${half}×${half}×${cout}`, prefix: `${name}.`, colour: COLOURS.encoder };
  });
  const decoder = decoderBlocks(cdae).map(({ name, cout, size }): Row => {
    const layers = 'transposed convolution 3×3, stride 2, normalisation, ReLU';
    return { name, layers, shape: `${size}×${size}×${cout}`, prefix: `${name}.`, colour: COLOURS.decoder };
  });
  const inner = `${INNER}×${INNER}×${filters[2]}`;
  return [
    NOISY,
    ...encoder,
    {
      name: 'code',
      layers: 'flatten, linear',
      shape: `${latentDim}`,
      prefix: 'encoder.latent.',
      colour: COLOURS.code,
    },
    {
      name: 'decoder.latent',
      layers: 'linear, reshape',
      shape: inner,
      prefix: 'decoder.latent.',
      colour: COLOURS.decoder,
    },
    ...decoder,
    {
      name: 'decoder.output',
      layers: 'convolution 3×3, sigmoid',
      shape: '24×24×1',
      prefix: 'decoder.output.',
      colour: COLOURS.decoder,
    },
    { name: 'denoised image', layers: 'bilinear resize', shape: '28×28×1', colour: COLOURS.data },
  ];
}

function unetRows(unet: Unet): readonly Row[] {
  const [top, middle, bottom] = downLevels(unet);
  const twice = 'twice: convolution 3×3, normalisation, ReLU';
  const shapeOf = ({ blocks: [, { size, cout }] }: Level): string => `${size}×${size}×${cout}`;
  const down = (level: Level, before: string, colour: string): Row => ({
    name: level.name,
    layers: `${before}${twice}`,
    shape: shapeOf(level),
    prefix: `${level.name}.`,
    colour,
  });
  const up = (level: UpLevel, beside: Level): readonly Row[] => [
    {
      name: level.up.name,
      layers: `transposed convolution 2×2, stride 2; joined with ${beside.name}`,
      shape: `${level.blocks[0].size}×${level.blocks[0].size}×${level.blocks[0].cin}`,
      prefix: `${level.up.name}.`,
      colour: COLOURS.code,
      joins: beside.name,
    },
    down(level, '', COLOURS.decoder),
  ];
  const [first, second] = upLevels(unet);
  return [
    NOISY,
    down(top, '', COLOURS.encoder),
    down(middle, 'max pool 2, ', COLOURS.encoder),
    down(bottom, 'max pool 2, ', COLOURS.encoder),
    ...up(first, middle),
    ...up(second, top),
    {
      name: 'decoder.output',
      layers: 'convolution 1×1',
      shape: '28×28×1',
      prefix: 'decoder.output.',
      colour: COLOURS.decoder,
    },
    { name: 'denoised image', layers: LAST[unet.model], shape: '28×28×1', colour: COLOURS.data },
  ];
}

const LAST: { readonly [model in Unet['model']]: string } = {
  unet: 'sigmoid',
  residual_unet: 'noisy image − output, limited to 0 … 1',
};

/** A line along the margin from the joined row to the row that joins it; shorter lines are closer to the rows. */
function drawJoin(rows: readonly Row[], to: number): string {
  const from = rows.findIndex(({ name }) => name === rows[to]!.joins);
  const middle = (at: number): number => MARGIN + at * (HEIGHT + GAP) + HEIGHT / 2;
  const out = MARGIN - 6 - 3 * (to - from - 2);
  return `<path d="M${MARGIN} ${middle(from)}H${out}V${middle(to)}H${MARGIN}m-4 -4l4 4l-4 4" fill="none" stroke="#666"/>`;
}

function drawRow(
  { name, layers, shape, prefix, colour }: Row,
  at: number,
  architecture: Architecture,
): string {
  const top = MARGIN + at * (HEIGHT + GAP);
  const middle = top + HEIGHT / 2 + 5;
  const own = parameters(architecture).filter(
    (parameter) => prefix !== undefined && parameter.name.startsWith(prefix),
  );
  const count = own.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
  const arrow = `<path d="M${WIDTH / 2} ${top - GAP}v${GAP - 3}m-4 -4l4 4l4 -4" fill="none" stroke="#666"/>`;
  return [
    ...(at > 0 ? [arrow] : []),
    `<rect x="${MARGIN}" y="${top}" width="${WIDTH - 2 * MARGIN}" height="${HEIGHT}" rx="6" fill="${colour}"/>`,
    `<text x="${MARGIN + 14}" y="${middle}" font-weight="bold">${name}</text>`,
    `<text x="${MARGIN + 150}" y="${middle}">${layers}</text>`,
    `<text x="${WIDTH - MARGIN - 130}" y="${middle}" text-anchor="end">${shape}</text>`,
    `<text x="${WIDTH - MARGIN - 14}" y="${middle}" text-anchor="end" fill="#555">${count > 0 ? `${count.toLocaleString('en')} weights` : ''}</text>`,
  ].join('\n');
}
