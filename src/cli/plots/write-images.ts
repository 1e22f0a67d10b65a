// Writes the images of plots as files of their own: for --json, which names them, and for --svg.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../disk/make-folder.ts';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import type { PlotImage } from '../../plots/gather-plots.ts';

/** @param folder absolute. @returns the files of each plot. */
export function writeImages(
  plots: readonly DrawnPlot[],
  folder: string,
): ReadonlyMap<DrawnPlot, readonly string[]> {
  const written = new Map<DrawnPlot, readonly string[]>();
  for (const drawn of plots) {
    const { plot } = drawn;
    if (plot.kind === 'image')
      written.set(
        drawn,
        plot.images.map((image) => writeImage(image, plot.name, folder)),
      );
  }
  return written;
}

/** Under DVC's name for it. */
function writeImage({ revision, bytes }: PlotImage, name: string, folder: string): string {
  makeFolder(folder, 'write the plots');
  const file = join(folder, `${revision}_${name}`.replaceAll('/', '_'));
  writeFileSync(file, bytes);
  return file;
}
