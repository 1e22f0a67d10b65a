// Writes each plot as an SVG file, and images as they are.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PipeError, type Problem } from '../../base/problem.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import { makeFolder } from '../../disk/make-folder.ts';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import { svgOf } from '../../show/plots/svg.ts';
import { writeImages } from './write-images.ts';

export interface WrittenSvgs {
  readonly files: readonly string[];
  /** Of plots that cannot be drawn; the others are written. */
  readonly problems: readonly Problem[];
}

/** @param folder absolute. */
export async function writeSvgs(plots: readonly DrawnPlot[], folder: string): Promise<WrittenSvgs> {
  makeFolder(folder, 'write the plots');
  const files: string[] = [];
  const problems: Problem[] = [];
  for (const { plot, filled } of plots) {
    if (!filled) continue;
    const file = join(folder, `${fileName(plot.name)}.svg`);
    refuseForeign(file);
    try {
      replaceFile(file, await svgOf(plot.name, filled.content));
      files.push(file);
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { files: [...files, ...[...writeImages(plots, folder).values()].flat()], problems };
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
