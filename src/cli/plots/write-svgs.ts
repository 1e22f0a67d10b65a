// Writes each plot as an SVG file, and images as they are.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import { svgOf } from '../../show/plots/svg.ts';
import { writeImages } from './write-images.ts';

/** @param folder absolute. @returns the files. */
export async function writeSvgs(plots: readonly DrawnPlot[], folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (const { plot, filled } of plots) {
    if (!filled) continue;
    const file = join(folder, `${fileName(plot.name)}.svg`);
    refuseForeign(file);
    replaceFile(file, await svgOf(plot.name, filled.content));
    files.push(file);
  }
  return [...files, ...[...writeImages(plots, folder).values()].flat()];
}

/** A name can be a path. */
const fileName = (name: string): string => name.replaceAll(/[/\\:\0]+/g, '_').replace(/^\.+/, '_');

function refuseForeign(file: string): void {
  if (!existsSync(file) || readFileSync(file).toString('utf8', 0, 4096).includes('class="marks"')) return;
  throw new PipeError({
    code: 'plot-out-exists',
    title: `${relative(process.cwd(), file)} exists, and is not a plot`,
    hint: 'name another folder with `--out`, or move the file away',
  });
}
