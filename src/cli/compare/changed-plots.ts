// The plots that differ between two revisions, drawn where a folder for them is given.
import { basename, relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import type { Report } from '../../show/compare/report-markdown.ts';
import { load } from '../../session/load.ts';
import { drawnPlots } from '../plots/plots.ts';
import { printProblem } from '../problems.ts';
import { writeSvgs } from '../plots/write-svgs.ts';

/** @param plots folder, in the current one; @param plotsUrl what addresses of drawings begin with. */
export async function changedPlots(
  revs: readonly [string, string],
  { plots, plotsUrl }: { readonly plots?: string; readonly plotsUrl?: string },
): Promise<Report['plots']> {
  const { drawn } = await drawnPlots(await load({}), [], { header: true }, { revs, compare: true });
  const changed = drawn.filter((one) => differs(one, revs));
  if (plots === undefined) return changed.map(({ plot }) => ({ name: plot.name, image: undefined }));
  const folder = resolve(plots);
  const named = await Promise.all(
    changed.map(async (one) => {
      const { files, problems } = await writeSvgs([one], folder);
      for (const problem of problems) printProblem(problem);
      const file = files[0];
      return { name: one.plot.name, image: file && addressOf(file, plotsUrl) };
    }),
  );
  return named;
}

const addressOf = (file: string, url: string | undefined): string =>
  (url === undefined ? relative(process.cwd(), file) : `${url.replace(/\/$/, '')}/${basename(file)}`)
    .split('/')
    .map((part) => (/^https?:$/.test(part) ? part : encodeURI(part)))
    .join('/');

/** Whether the two revisions have other points, or other bytes of images. */
function differs({ plot }: DrawnPlot, [old, now]: readonly [string, string]): boolean {
  if (plot.kind === 'image') {
    const bytesOf = (rev: string): readonly Buffer[] =>
      plot.images.filter(({ revision }) => revision === rev).map(({ bytes }) => Buffer.from(bytes));
    return !isDeepStrictEqual(bytesOf(old), bytesOf(now));
  }
  const rowsOf = (rev: string): unknown =>
    plot.rows.filter((row) => row['rev'] === rev).map((row) => ({ ...row, rev: '' }));
  return !isDeepStrictEqual(rowsOf(old), rowsOf(now));
}
