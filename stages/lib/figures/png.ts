// Figures as PNG: drawn by resvg, compiled to WebAssembly, with a font of its own. The same bytes on every machine.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** Pixels per unit. */
export const SCALE = 2;

const FAMILY = 'DejaVu Sans';

let fonts: readonly Uint8Array[] | undefined;

/** @param svg a document @returns a PNG file */
export async function rasterise(svg: string): Promise<Uint8Array> {
  fonts ??= await load();
  const font = {
    fontBuffers: [...fonts],
    loadSystemFonts: false,
    defaultFontFamily: FAMILY,
    sansSerifFamily: FAMILY,
  };
  const drawing = new Resvg(svg, { fitTo: { mode: 'zoom', value: SCALE }, font });
  try {
    return drawing.render().asPng();
  } finally {
    drawing.free();
  }
}

async function load(): Promise<readonly Uint8Array[]> {
  await initWasm(readFileSync(fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
  const folder = join(dirname(fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/package.json'))), 'ttf');
  return ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => readFileSync(join(folder, name)));
}
